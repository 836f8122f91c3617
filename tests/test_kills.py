"""Programs killed at any moment, by SIGKILL: every file that exists is whole, a rerun is the same.

`KILLS=50` kills each as often.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

PROJECT = Path(__file__).parents[1]
KILLS = int(os.environ.get("KILLS", "5"))
QUICK = ("--quick", "--quiet", "--output-dir")


def start(*command: Any) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", *map(str, command)]
    return subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_to_its_end(*command: Any) -> None:
    process = start(*command)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def kill_at_random(*command: Any, longest: float) -> bool:
    """Kill a program at a random moment; tell whether it was still running."""
    with start(*command) as process:
        try:
            process.wait(random.uniform(0, longest))
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def require_whole(folder: Path) -> None:
    """Require that every file can be read, but the temporary one that a kill may leave."""
    for path in folder.rglob("*"):
        if path.suffix == ".json" and not path.name.startswith("."):
            json.loads(path.read_bytes())
        elif path.suffix == ".png" and not path.name.startswith("."):
            with Image.open(path) as image:
                image.load()


def without_times(results: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in results.items() if key != "seconds"}


def results_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in folder.glob("*/*/results.json")]


@pytest.mark.slow
def test_killed_labs_leave_whole_files_and_a_rerun_is_the_same(tmp_path: Path) -> None:
    run_to_its_end("labs.nand", *QUICK, tmp_path / "whole")
    killed = sum(
        kill_at_random("labs.nand", *QUICK, tmp_path / "killed", longest=6) for _ in range(KILLS)
    )
    require_whole(tmp_path)
    ends = [results["status"] for results in results_of(tmp_path / "killed")]
    assert ends.count("done") <= KILLS - killed + 1  # One may be killed behind its last line.
    assert set(ends) <= {"done", "running"}
    run_to_its_end("labs.nand", *QUICK, tmp_path / "again")
    (whole,), (again,) = results_of(tmp_path / "whole"), results_of(tmp_path / "again")
    assert without_times(whole) == without_times(again)


@pytest.mark.slow
def test_killed_reports_leave_the_old_page_or_the_new_one(tmp_path: Path) -> None:
    run_to_its_end("labs.nand", "--quiet", "--output-dir", tmp_path)
    (run,) = (tmp_path / "nand").iterdir()
    page = tmp_path / "RESULTS.md"
    report = ("labs.results", run, "--page", page, "--pictures", tmp_path / "pictures")
    run_to_its_end(*report)
    new = page.read_text(encoding="utf-8")
    old = new.replace("nand", "another")
    for _ in range(KILLS):
        page.write_text(old, encoding="utf-8")
        kill_at_random(*report, longest=2)
        text = page.read_text(encoding="utf-8")
        assert text == old or ("run: another" in text and "run: nand" in text)
