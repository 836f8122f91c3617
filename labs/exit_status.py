"""How a program ends: one clear line and an exit status, or a traceback for a bug."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from labs.errors import InputError


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does."""


@contextmanager
def exit_status() -> Iterator[None]:
    """Turn what ends a program early into one line on standard error and an exit status.

    2 for an `InputError`, 130 for Ctrl-C, 143 for SIGTERM. Any other exception is a bug:
    Python shows its traceback and exits with 1.
    """
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except InputError as error:
        _exit(2, f"error: {error}")
    except KeyboardInterrupt as interrupt:
        notes = ". ".join(getattr(interrupt, "__notes__", []))
        status = 143 if isinstance(interrupt, Terminated) else 130
        _exit(status, f"Interrupted. {notes}")
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _exit(status: int, message: str) -> NoReturn:
    if sys.stderr.isatty():
        print(file=sys.stderr)  # A progress bar may have left the cursor in its line.
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(status)
