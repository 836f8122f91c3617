"""Run a lab small, in this process, and read what it leaves."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from labs import results


def run_quickly(lab: str, folder: Path, **settings: Any) -> Path:
    """Run a lab with the settings of `--quick`, some of them changed; return its run directory."""
    module = importlib.import_module(f"labs.{lab}")
    config = module.Config.for_quick_run(output_dir=folder, **settings)
    with results.RunRecord(lab, config, "replay") as record:
        module.run(config, record)
    return record.directory


def read_results(directory: Path) -> dict[str, Any]:
    """Return what a run has recorded."""
    found: dict[str, Any] = json.loads((directory / "results.json").read_text(encoding="utf-8"))
    return found


def without_times(found: Any) -> Any:
    """Return what a run has recorded without what no second run repeats."""
    if isinstance(found, dict):
        return {name: without_times(value) for name, value in found.items() if name != "seconds"}
    return [without_times(value) for value in found] if isinstance(found, list) else found
