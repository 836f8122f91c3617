from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from labs.atomic import replacing


def test_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert temporary.parent == path.parent
        assert temporary.suffix == ".keras"
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_old_file_stays_when_the_block_raises(tmp_path: Path, error: type[BaseException]) -> None:
    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise error

    path = tmp_path / "results.json"
    path.write_text("old")
    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.csv"):
        pass


def test_what_killed_processes_have_left_goes_when_the_file_is_written_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a[1].json"
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    node, alive = platform.node(), os.getppid()
    kept = [
        f".a[1].{node}.{alive}.json",
        f".a[1].another.{dead.pid}.json",  # Of another machine, where it may be alive.
        f".b.{node}.{dead.pid}.json",
        f".a[1].{node}.{dead.pid}.csv",
    ]
    for name in (*kept, f".a[1].{node}.{dead.pid}.json"):
        (tmp_path / name).touch()
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert {other.name for other in tmp_path.iterdir()} == {*kept, path.name}
