"""How a program ends: one clear line and an exit status, or a traceback for a bug."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import NoReturn

from labs.errors import InputError
from labs.interrupts import Terminated, interrupts


@contextmanager
def exit_status() -> Iterator[None]:
    """Turn what ends a program early into one line on standard error and an exit status.

    2 for an `InputError`, 130 for Ctrl-C, 143 for SIGTERM; 1 without a word if nobody reads
    on, as in `| head -1`. Any other exception is a bug: Python shows its traceback and exits
    with 1.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # A terminal may know ASCII only.
    # Python's last garbage collection goes through all that TensorFlow and Keras have made,
    # which takes a second; a process that ends needs none.
    atexit.register(gc.freeze)
    try:
        with interrupts.handled(), interrupts.arriving():
            try:
                yield
            finally:
                sys.stdout.flush()  # What waits to be written finds the closed pipe here.
    except InputError as error:
        _exit(2, f"error: {error}")
    except KeyboardInterrupt as interrupt:
        notes = ". ".join(getattr(interrupt, "__notes__", []))
        status = 143 if isinstance(interrupt, Terminated) else 130
        _exit(status, f"Interrupted. {notes}")
    except BrokenPipeError:
        # Python tries once more at its end; see "Note on SIGPIPE" in its manual.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _exit(status: int, message: str) -> NoReturn:
    if sys.stderr.isatty():
        print(file=sys.stderr)  # A progress bar may have left the cursor in its line.
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(status)
