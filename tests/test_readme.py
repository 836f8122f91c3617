"""What README and the pages beside it show is true: commands run, names exist."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import callbacks
import models
from labs.running.catalog import find_labs

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    """Return the code blocks of README in a language."""
    return re.findall(rf"```{language}\n(.*?)\n```", README, flags=re.DOTALL)


def start(command: str, folder: Path) -> subprocess.Popen[str]:
    """Start a line of README in the project's folder, with the interpreter of the tests."""
    words = shlex.split(command.replace(".venv/bin/", f"{BIN}/"), comments=True)
    return subprocess.Popen(
        words,
        cwd=PROJECT,
        env={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(command: str, folder: Path) -> str:
    """Run a line of README and return what it prints."""
    with start(command, folder) as program:
        printed, _ = program.communicate()
    assert program.returncode == 0, f"{command}\n{printed}"
    return printed


def test_readme_is_short_and_opens_with_the_two_commands() -> None:
    assert len(README.splitlines()) <= 130
    first, second = blocks("sh")[:2]
    assert first.endswith("&& .venv/bin/python -m labs.diabetes")
    assert second.startswith(".venv/bin/python -m pytest")


def test_ci_runs_the_second_command() -> None:
    matches = [
        line for line in README.splitlines() if line.startswith(".venv/bin/python -m pytest")
    ]
    assert matches[:1] == blocks("sh")[1:2]
    assert "'^\\.venv/bin/python -m pytest' README.md" in (PROJECT / ".ci/run").read_text()


def test_commands_of_the_pages_exist_with_their_options() -> None:
    pages = README + (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python -m (labs\.[a-z_]+|tuning|tests\.benchmarks\.[a-z_]+)", pages))
    assert len(named) > 6
    for name in named - {"labs.lectures", "labs.exercises"}:
        path = PROJECT / (name.replace(".", "/") + ".py")
        assert path.exists() or (PROJECT / name / "__main__.py").exists(), name


def test_the_tree_names_every_room() -> None:
    tree = README.split("## The house")[1].split("```")[1]
    rooms = {path.name for path in (PROJECT / "labs").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"{room}/" not in tree} == set()
    for name in re.findall(r"\b[a-z_]+\.(?:py|toml)\b", tree):
        assert list(PROJECT.glob(f"*/{name}")) + list(PROJECT.glob(f"labs/*/{name}")), name


def test_pictures_of_the_pages_are_there() -> None:
    for page in ("README.md", "RESULTS.md"):
        links = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (PROJECT / page).read_text(encoding="utf-8"))
        assert links
        assert all((PROJECT / link).is_file() for link in links)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, marks=pytest.mark.slow if "trials=" in block else [])
        for block in blocks("python")
    ],
)
def test_python_of_the_readme_runs(block: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 10)).astype("float32"), rng.integers(0, 2, 40)
    names: dict[str, Any] = {"x": x, "y": y, "x_val": x[:10], "y_val": y[:10]}
    quick = block.replace("trials=40", "trials=2, epochs=2, folds=2")
    exec(compile(quick, "README.md", "exec"), names)


def test_each_part_says_which_keras_it_was_tested_with() -> None:
    tested = f"ested with Keras {keras.__version__.rpartition('.')[0]}."
    parts = [models.fit, models.fit_replicas, *(getattr(callbacks, n) for n in callbacks.__all__)]
    assert [part.__name__ for part in parts if tested not in part.__doc__] == []
    assert tested in README


@pytest.mark.slow
def test_parts_are_imported_from_any_folder_of_the_environment(tmp_path: Path) -> None:
    code = "from models import fit; from callbacks import OverfittingMonitor; print(fit.__name__)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "fit\n"


@pytest.mark.slow
def test_labs_and_searches_of_the_readme_run(tmp_path: Path) -> None:
    lines = "\n".join(blocks("sh")[2:]).splitlines()
    output = f" --output-dir {tmp_path}"
    rows = "".join(f"{row % 7},{row * 5 % 11},{'ab'[row % 2]}\n" for row in range(60))
    (tmp_path / "my.csv").write_text(f"one,two,outcome\n{rows}", encoding="utf-8")
    own = str(tmp_path / "my.csv")
    lines = [line.replace("my.csv", own) for line in lines if "FIRST" not in line]
    ran = [line.partition("#")[0].strip() for line in lines]
    for line in ran:
        if line.endswith(("labs", "labs.exercises", "dask scheduler")) or "--resume" in line:
            continue
        labs = " --labs line_fit" if line.endswith("labs.claims") else ""
        option = (
            "" if "--help" in line or "labs.lectures" in line or "labs.runs" in line else " --quick"
        )
        finish(line + labs + option + ("" if "--help" in line else output), tmp_path)
    listed = finish(ran[0], tmp_path)
    assert all(name in listed for name in find_labs())
    (search,) = (tmp_path / "tuning-diabetes").iterdir()
    (resume,) = [line for line in ran if "--resume" in line]
    finish(resume.replace("runs/tuning-diabetes/RUN-ID", str(search)), tmp_path)


@pytest.mark.slow
def test_a_cluster_is_started_as_the_readme_says(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("sh") if "dask scheduler" in block]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scheduler, worker, search = (
        line.partition("#")[0].replace("FIRST:8786", f"127.0.0.1:{port}")
        for line in block.splitlines()
    )
    own = f"--host 127.0.0.1 --port {port} --no-dashboard"
    started = [start(f"{scheduler} {own}", tmp_path), start(worker, tmp_path)]
    try:
        printed = finish(f"{search} --quick --output-dir {tmp_path}", tmp_path)
        assert "Run directory: " in printed
        time.sleep(0.1)
        assert all(program.poll() is None for program in started)
    finally:
        for program in reversed(started):
            program.terminate()
            program.communicate(timeout=30)
