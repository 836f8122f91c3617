"""Where a run's files go: a new directory for each run, and names that stay inside it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from labs.errors import InputError


def create_run_directory(parent: Path, seed: int) -> Path:
    """Create a directory in `parent` that no other run has, and return it.

    Its name is the start in UTC and the seed, `2026-11-21T10-15-30-seed7`, so that names
    sort by time; a second run of the same second gets `-2` behind it.

    Raises:
        InputError: If `parent` cannot be created or written.
    """
    run_id = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-seed{seed}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        directory, attempt = parent / run_id, 1
        # mkdir is atomic: of two processes that want the same name, one gets it.
        while not _create(directory):
            attempt += 1
            directory = parent / f"{run_id}-{attempt}"
    except OSError as error:
        raise InputError(
            f"The output folder must be one that can be written, got {str(parent)!r} "
            f"({error.strerror}); name another with --output-dir."
        ) from error
    return directory


def check_file_name(name: str) -> None:
    """Refuse a name that is no plain file name, such as `../x`, `a/b` or an absolute path.

    Raises:
        ValueError: If the name has other characters than letters, digits, `.`, `_`, `-`.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) is None:
        raise ValueError(
            "A name of a file must be made of letters, digits, '.', '_' and '-', and start "
            f"with a letter or digit, got {name!r}."
        )


def _create(directory: Path) -> bool:
    """Create a directory; return False if there already is one."""
    try:
        directory.mkdir()
    except FileExistsError:
        return False
    return True


def lock_file(path: Path) -> FileLock:
    """Keep what lies beside a file to this process until the lock is released.

    Raises:
        InputError: If another process has it.
    """
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise InputError(
            f"Another process is at work on {path.parent}; wait for it or end it."
        ) from error
    return lock
