"""Programs of every kind, killed by SIGKILL at random moments; what is lost is counted."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

PROJECT = Path(__file__).parents[1]
GRACE = 600.0
"""Seconds in which the processes that a killed program has started may end; one that is just
importing TensorFlow first finishes that, which takes minutes beside many other programs."""
Words = list[Any]
"""What stands behind `python` on a command line."""


@dataclass(frozen=True)
class Kind:
    """A kind of program.

    Attributes:
        command: From the folder of what is given and the one it writes to, its command line, which
            goes on with what is there where there is an option for that.
        outcome: From the folder it writes to, what must be the same however often it was killed.
        prepare: Fills the folder of what is given.
    """

    command: Callable[[Path, Path], Words]
    outcome: Callable[[Path], Any]
    prepare: Callable[[Path], object] = lambda given: None


@dataclass
class Count:
    """What was tried with one kind: whole runs, kills, ends after kills; and what was lost."""

    seconds: float = 0.0
    kills: int = 0
    ends: int = 0
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    temporary: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)


def attack(kind: Kind, kills: int, folder: Path, seed: int) -> Count:
    """Kill a kind of program so many times, and count what is lost.

    It is started, killed, started again as a user would, and killed again, until it ends before
    its moment comes or was killed often enough; then it begins anew.

    Args:
        kind: The kind.
        kills: How often it is killed while it runs.
        folder: An empty folder.
        seed: Seed of the moments.

    Raises:
        RuntimeError: If a program that was not killed ends with an error.
    """
    count, moments, given = Count(), random.Random(seed), folder / "given"
    given.mkdir()
    kind.prepare(given)
    start = time.perf_counter()
    run(kind, folder, "whole", None, count)
    count.seconds = time.perf_counter() - start
    expected = kind.outcome(folder / "whole")
    while count.kills < kills:
        name, ended = f"killed-{count.ends}", False
        while not ended:
            moment = moments.uniform(0, count.seconds) if count.kills < kills else None
            ended = run(kind, folder, name, moment, count)
            count.kills += not ended
        count.ends += 1
        if kind.outcome(folder / name) != expected:
            count.different.append(name)
        temporary = [*hidden(folder / name), *(folder / "tmp").iterdir()]
        count.temporary += map(str, temporary)
    return count


def run(kind: Kind, folder: Path, name: str, seconds: float | None, count: Count) -> bool:
    """Start a program, kill it when its time is over, and look at what it leaves.

    Returns:
        Whether it has ended before.
    """
    written, temporary = folder / name, folder / "tmp"
    written.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    before = set(finished(written))
    with subprocess.Popen(
        [sys.executable, *map(str, kind.command(folder / "given", written))],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as program:
        try:
            with suppress(subprocess.TimeoutExpired):
                _, errors = program.communicate(timeout=seconds)
        finally:
            program.kill()  # Also after Ctrl-C, which a session of its own does not get.
            program.wait()
        count.processes += end_session(program.pid)
    if program.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{program.args!r} ended with {program.returncode}: {errors.decode()}")
    count.damaged += [str(path) for path in visible(written) if is_damaged(path)]
    count.lost += sorted(before - set(finished(written)))
    return program.returncode == 0


def end_session(session: int) -> list[str]:
    """Wait until no process of a session is left; kill those that stay, and return them."""
    until = time.monotonic() + GRACE
    while (left := list(of_session(session))) and time.monotonic() < until:
        time.sleep(0.05)
    for process in left:
        process.kill()
    return [str(process) for process in left]


def of_session(session: int) -> Iterator[psutil.Process]:
    """Give the processes of a session that are alive."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def visible(folder: Path) -> Iterator[Path]:
    """Give the files but those that a kill may leave."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return (path for path in paths if not path.name.startswith("."))


def hidden(folder: Path) -> Iterator[Path]:
    """Give the files that a kill has left."""
    return (path for path in folder.rglob(".*") if path.is_file())


def finished(folder: Path) -> Iterator[str]:
    """Give what a later kill must leave there: files, and in journals the whole lines."""
    for path in visible(folder):
        # What a paused trial, or a training, needs to go on goes when nobody needs it any more.
        if path.parent.name != "states" and path.name != "training.npz":
            yield str(path)
        if path.suffix == ".jsonl":
            yield from path.read_text(encoding="utf-8").split("\n")[:-1]


def is_damaged(path: Path) -> bool:
    """Tell whether a file is not whole, by its kind."""
    try:
        READERS.get(path.suffix, lambda path: None)(path)
    except Exception:
        return True
    return False


def _read_picture(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


def _read_table(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert all(len(row) == len(header) for row in rows)


def _read_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def _read_journal(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        json.loads(line)


def _read_page(path: Path) -> None:
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")


def _read_markdown(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page.endswith("\n")
    assert page.count("<!-- run: ") == page.count("<!-- end -->")


READERS: dict[str, Callable[[Path], None]] = {
    ".json": lambda path: json.loads(path.read_bytes()),
    ".jsonl": _read_journal,
    ".png": _read_picture,
    ".csv": _read_table,
    ".npz": _read_archive,
    ".keras": _read_archive,
    ".html": _read_page,
    ".md": _read_markdown,
}


def newest(folder: Path) -> Path | None:
    """Return the run directory in an output folder that was begun last."""
    return max((path.parent for path in folder.glob("*/*/config.json")), default=None)


def tables(folder: Path) -> dict[str, list[list[str]]]:
    """Return the tables of the newest run, without the columns of times."""
    directory, found = newest(folder), {}
    assert directory is not None
    for path in [*directory.glob("*.csv"), *directory.glob("*/*.csv")]:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        kept = [place for place, name in enumerate(header) if "second" not in name]
        found[str(path.relative_to(directory))] = [[r[n] for n in kept] for r in (header, *rows)]
    assert found
    return found


def checksums(folder: Path) -> dict[str, str]:
    """Return what is in all files."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in visible(folder)
    }
