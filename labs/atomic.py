"""Files that are either the old one or the new one, never half of one."""

from __future__ import annotations

import glob
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file in one step, whatever writes it.

    The block fills a temporary file beside `path`, with the same suffix because savers
    such as Keras's look at it. When the block ends, the file is forced to disk and takes
    the place of `path`; when it raises, `path` stays as it was. A kill in between leaves
    a hidden `.name.MACHINE.PID.suffix` file beside the untouched old one, until `path` is
    written again on the same machine.

    Args:
        path: The file to write. Its folder exists.

    Yields:
        The temporary path to write to.
    """
    _drop_those_of_the_dead(path)
    temporary = path.with_name(f"{_start(path)}{os.getpid()}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _start(path: Path) -> str:
    return f".{path.stem}.{platform.node()}."


def _drop_those_of_the_dead(path: Path) -> None:
    """Remove the temporary files of processes of this machine that were killed."""
    for left in path.parent.glob(f"{glob.escape(_start(path))}*{glob.escape(path.suffix)}"):
        pid = left.name[len(_start(path)) : len(left.name) - len(path.suffix)]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            left.unlink(missing_ok=True)
