"""Programs killed at any moment, by SIGKILL: nothing finished is lost, a rerun is the same.

`KILLS=50` kills each as often; `python -m tests.benchmarks.faults` does so and leaves a run.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from tests.benchmarks.faults import KINDS
from tests.faults import Count, Kind, attack, checksums, run

KILLS = int(os.environ.get("KILLS", "3"))


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_killed_programs_lose_nothing_that_was_finished(tmp_path: Path, name: str) -> None:
    count = attack(KINDS[name], KILLS, tmp_path, seed=0)
    assert count.kills == KILLS
    assert count.damaged == count.lost == count.different == []
    assert count.temporary == count.processes == []


def test_interrupted_attack_leaves_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object, **options: object) -> NoReturn:
        raise KeyboardInterrupt

    before = psutil.Process().children()
    monkeypatch.setattr(subprocess.Popen, "communicate", interrupt)
    sleeps = Kind(lambda given, written: ["-c", "import time; time.sleep(600)"], checksums)
    with pytest.raises(KeyboardInterrupt):
        run(sleeps, tmp_path, "killed", 600, Count())
    assert psutil.Process().children() == before
