from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labs.errors import InputError
from labs.records.runs import as_written, finished_runs, read_run


def make_run(directory: Path, status: str = "done", quick: bool = False) -> Path:
    directory.mkdir(parents=True)
    results = {"lab": directory.parent.name, "status": status}
    for name, content in (("results", results), ("config", {"quick": quick}), ("environment", {})):
        (directory / f"{name}.json").write_text(json.dumps(content))
    return directory


def test_a_run_is_read_by_its_files(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "line_fit" / "2026-01-01", quick=True))
    assert (run.lab, run.quick, run.results["status"]) == ("line_fit", True, "done")


@pytest.mark.parametrize("broken", ["no folder", "no config", "no json", "another's json"])
def test_what_is_no_run_is_refused(tmp_path: Path, broken: str) -> None:
    directory = tmp_path / "line_fit" / "run"
    if broken != "no folder":
        make_run(directory)
    if broken == "no config":
        (directory / "config.json").unlink()
    elif broken == "no json":
        (directory / "results.json").write_text("{")
    elif broken == "another's json":
        (directory / "results.json").write_text("[1, 2]")
    with pytest.raises(InputError, match="Expected a run directory"):
        read_run(directory)


def test_finished_runs_come_oldest_first_with_those_of_ledgers(tmp_path: Path) -> None:
    make_run(tmp_path / "line_fit" / "2026-03-01")
    make_run(tmp_path / "losses" / "2026-01-01")
    make_run(tmp_path / "losses" / "2026-04-01", status="interrupted")
    make_run(tmp_path / "claims" / "2026-02-01" / "labs" / "nand" / "2026-02-02")
    (tmp_path / "other" / "x").mkdir(parents=True)
    (tmp_path / "other" / "x" / "results.json").write_text("no run")
    assert [run.lab for run in finished_runs(tmp_path)] == ["losses", "nand", "line_fit"]


@pytest.mark.parametrize("take", [lambda r: r["x"], lambda r: r["lab"]["x"], lambda r: r.x])
def test_run_of_another_version_is_refused_where_it_is_read(tmp_path: Path, take: Any) -> None:
    run = read_run(make_run(tmp_path / "line_fit" / "run"))
    with pytest.raises(InputError, match="not as this version writes a run"), as_written(run):
        take(run.results)
