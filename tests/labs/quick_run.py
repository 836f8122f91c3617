"""Run a lab small, in this process, and read what it leaves."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from labs import records


def run_quickly(lab: str, folder: Path, **settings: Any) -> Path:
    """Run a lab with the settings of `--quick`, some of them changed; return its run directory."""
    module = importlib.import_module(f"labs.{lab}")
    directory: Path = module.run(quick=True, quiet=True, output_dir=folder, **settings).directory
    return directory


def make_record(lab: str, folder: Path, **settings: Any) -> records.RunRecord:
    """Return the record of a lab that is not run, to try a part of it with."""
    module = importlib.import_module(f"labs.{lab}")
    config = module.Config(quiet=True, output_dir=folder, **settings)
    return records.RunRecord(lab, config, "replay")


def verdicts(record: records.RunRecord) -> dict[str, str]:
    """Return the verdicts that a record holds, by the claims' ids."""
    return {claim["id"]: claim["verdict"] for claim in record.results["claims"]}


def read_results(directory: Path) -> dict[str, Any]:
    """Return what a run has recorded."""
    found: dict[str, Any] = json.loads((directory / "results.json").read_text(encoding="utf-8"))
    return found


def without_times(found: Any) -> Any:
    """Return what a run has recorded without what no second run repeats."""
    if isinstance(found, dict):
        times = ("seconds", "cpu_seconds")
        return {name: without_times(value) for name, value in found.items() if name not in times}
    return [without_times(value) for value in found] if isinstance(found, list) else found


def judged(judge: Callable[..., Any], *arguments: Any, **options: Any) -> list[SimpleNamespace]:
    """Let a lab's function judge what is given, on a record that is thrown away.

    Returns:
        The claims, with what `results.json` would hold of them as attributes.
    """
    with TemporaryDirectory() as folder:
        record = make_record(judge.__module__.removeprefix("labs."), Path(folder))
        judge(record, *arguments, **options)
        return [SimpleNamespace(**claim) for claim in record.results["claims"]]
