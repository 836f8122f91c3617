from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from labs.errors import InputError
from labs.running import process
from labs.running.process import run_in_processes


def test_labs_run_with_their_options_and_their_directories_are_returned(tmp_path: Path) -> None:
    names = ["nand", "nothing", "wrong_signs"]
    ended = run_in_processes(names, ["--quick", "--seed", "3"], tmp_path, at_once=2)
    outcomes = {lab: outcome for lab, outcome, _ in ended}
    failure = outcomes.pop("nothing")
    assert isinstance(failure, InputError)
    assert re.fullmatch(
        r"nothing ended with status 1: .*No module named labs\.nothing", str(failure)
    )
    assert set(outcomes) == {"nand", "wrong_signs"}
    for lab, directory in outcomes.items():
        assert isinstance(directory, Path)
        assert directory.parent == tmp_path / lab
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        assert (config["seed"], config["quick"]) == (3, True)
        assert (directory / "results.json").exists()


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_a_lab_by_the_clock_runs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    together: set[frozenset[str]] = set()
    alive: dict[str, subprocess.Popen[str]] = {}

    def start(lab: str, *_: object) -> subprocess.Popen[str]:
        running = {name for name, program in alive.items() if program.returncode is None}
        together.add(frozenset(running | {lab}))
        seconds = {"a": 2, "b": 1, "c": 0.1, "batch_cost": 0.1}[lab]
        code = f"import time; time.sleep({seconds}); print('Run directory: {lab}')"
        pipe = subprocess.PIPE
        alive[lab] = subprocess.Popen(
            [sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True
        )
        return alive[lab]

    monkeypatch.setattr(process, "_start", start)
    ended = list(run_in_processes(["a", "b", "batch_cost", "c"], [], tmp_path, at_once))
    assert [e.outcome for e in ended] == [Path(e.lab) for e in ended]
    assert together == {frozenset(lab) for lab in ("a", "c")} | {frozenset(["batch_cost"])} | (
        {frozenset("b")} if at_once == 1 else {frozenset("ab")}
    )
    assert ended[0] == (("a", Path("a"), ()) if at_once == 1 else ("b", Path("b"), ("a",)))


def test_a_lab_ends_when_the_program_that_started_it_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from labs.running.process import run_in_processes; import sys;"
        "list(run_in_processes(['playground'], ['--quick', '--seeds', '200'], Path(sys.argv[1]),"
        "1))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) as program:
        while not (started := psutil.Process(program.pid).children()):
            time.sleep(0.05)
        program.kill()
    gone, alive = psutil.wait_procs(started, timeout=60)
    assert gone == started
    assert not [*tmp_path.glob("*/*/*.png")]


def test_ctrl_c_ends_the_labs_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    communicate = subprocess.Popen.communicate

    def interrupt(lab: subprocess.Popen[str], timeout: float | None = None) -> tuple[str, str]:
        if timeout is None:
            return communicate(lab)
        started.append(lab)
        if len(started) == 2:
            raise KeyboardInterrupt
        raise subprocess.TimeoutExpired("", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(run_in_processes(["line_fit", "line_descent"], [], tmp_path, at_once=2))
    assert len({lab.pid for lab in started}) == 2
    assert all(lab.returncode for lab in started)
