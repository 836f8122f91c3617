"""Programs killed at any moment, by SIGKILL: nothing finished is lost, a rerun is the same.

`KILLS=50` kills each as often; `python -m tests.benchmarks.faults` does so and leaves a run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.benchmarks.faults import KINDS
from tests.faults import attack

KILLS = int(os.environ.get("KILLS", "3"))


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_killed_programs_lose_nothing_that_was_finished(tmp_path: Path, name: str) -> None:
    count = attack(KINDS[name], KILLS, tmp_path, seed=0)
    assert count.kills == KILLS
    assert count.damaged == count.lost == count.different == []
    assert count.temporary == count.processes == []
