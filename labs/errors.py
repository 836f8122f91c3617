"""What went wrong outside the program, which the user can mend, and what is said of it."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_MESSAGE = 1000
LONGEST_QUOTE = 80
UNWRITABLE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
)
"""What an operating system says of a disk, never of a program's mistake."""


class InputError(Exception):
    """An option, a file or a folder that the user gave cannot be used.

    The message is one sentence or two that name what was received, what was expected
    and the remedy. On the command line it becomes one line on standard error and exit
    status 2; every other exception is a bug and shows its traceback.

    It is no `ValueError`, which tyro would catch and report in a box of its own.

    Args:
        message: It loses its middle if it is long, since it may quote a file.
    """

    def __init__(self, message: str) -> None:
        if len(message) > LONGEST_MESSAGE:
            half = LONGEST_MESSAGE // 2
            message = f"{message[:half]} … {message[-half:]}"
        super().__init__(message)


class OutputError(InputError):
    """What was to be written could not be: no space, no permission, the folder is gone."""

    def __init__(self, place: str | Path, error: OSError) -> None:
        super().__init__(
            f"{place} cannot be written ({error.strerror or error}); make space or mend it there, "
            "or name another folder with --output-dir."
        )


def shorten(value: object) -> str:
    """Return how Python writes a value, without the rest of a long one."""
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


@contextmanager
def standard_error_kept_back(*, shown: bool) -> Iterator[None]:
    """Keep back what libraries write to file descriptor 2.

    Args:
        shown: Whether to show it if there is an exception.
    """
    sys.stderr.flush()
    standard_error = os.dup(2)
    with tempfile.TemporaryFile() as kept_back:
        os.dup2(kept_back.fileno(), 2)
        try:
            yield
        except Exception:
            if shown:
                kept_back.seek(0)
                os.write(standard_error, kept_back.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
