from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from labs.errors import InputError
from labs.running.process import run_in_process


def test_a_lab_runs_with_its_options_and_its_directory_is_returned(tmp_path: Path) -> None:
    directory = run_in_process("nand", ["--quick", "--seed", "3"], tmp_path)
    assert directory.parent == tmp_path / "nand"
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    assert (config["seed"], config["quick"]) == (3, True)
    assert (directory / "results.json").exists()


def test_the_last_line_of_a_lab_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"status 1: .*No module named labs\.nothing"):
        run_in_process("nothing", [], tmp_path)


def test_a_lab_ends_when_the_program_that_started_it_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from labs.running.process import run_in_process; import sys;"
        "run_in_process('playground', ['--quick', '--seeds', '200'], Path(sys.argv[1]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) as program:
        while not (started := psutil.Process(program.pid).children()):
            time.sleep(0.05)
        program.kill()
    gone, alive = psutil.wait_procs(started, timeout=60)
    assert gone == started
    assert not [*tmp_path.glob("*/*/*.png")]


def test_ctrl_c_ends_the_lab_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def interrupt(lab: subprocess.Popen[str]) -> None:
        started.append(lab)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_in_process("line_fit", [], tmp_path)
    assert [lab.returncode for lab in started] != [0]
