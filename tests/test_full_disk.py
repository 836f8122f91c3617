"""Runs on disks that fill up at different moments, small ones of the machine's memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).parents[1]
SPACES = (0, 4, 12, 20, 100, 260)
"""Kilobytes: none, then enough for the settings, the record, and a part of the picture."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root on Linux")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up_costs_no_finished_file(disk: Path) -> None:
    statuses = []
    for space in SPACES:
        shutil.rmtree(disk / "runs", ignore_errors=True)
        free = os.statvfs(disk)
        filler = free.f_frsize * free.f_bavail - 1024 * space
        (disk / "filler").write_bytes(bytes(max(0, filler)))
        command = [sys.executable, "-m", "labs.line_fit", "--quick", "--quiet"]
        done = subprocess.run(
            [*command, "--output-dir", disk / "runs"], cwd=PROJECT, capture_output=True, text=True
        )
        statuses.append(done.returncode)
        if done.returncode:
            (line,) = done.stderr.splitlines()
            assert "No space left on device" in line
        for path in disk.glob("runs/*/*/*"):
            assert not path.name.startswith(".")
            if path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.suffix == ".png":
                with Image.open(path) as image:
                    image.load()
        (disk / "filler").unlink()
    assert statuses == [2, 2, 2, 2, 2, 0]
