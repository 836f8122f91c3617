"""How a program ends: one clear line and an exit status, or a traceback for a bug."""

from __future__ import annotations

import atexit
import codecs
import gc
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from labs.errors import UNWRITABLE, InputError, OutputError
from labs.interrupts import Terminated, interrupts

READABLE = "labs.readable"
"""What becomes of letters that a terminal does not have, an error handler's name."""
_ALIKE = dict(zip("×−–—·•’‘“”", "x---**''\"\"", strict=True))


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    """Put signs like it, or the code of a letter, in place of what cannot be encoded."""
    assert isinstance(error, UnicodeEncodeError)

    def plain(letter: str) -> str:
        parts = _ALIKE.get(letter) or unicodedata.normalize("NFKD", letter)
        alike = parts.encode("ascii", "ignore").decode()
        return alike or (f"\\u{ord(letter):04x}" if letter.isalnum() else "?")

    return "".join(map(plain, error.object[error.start : error.end])), error.end


codecs.register_error(READABLE, _spell_out)


@contextmanager
def exit_status() -> Iterator[None]:
    """Turn what ends a program early into one line on standard error and an exit status.

    2 for an `InputError`, a disk that is full or closed, or too little memory, 130 for Ctrl-C,
    143 for SIGTERM; 1 without a word if nobody reads on, as in `| head -1`. Any other exception
    is a bug: Python shows its traceback and exits with 1.
    """
    # A program may be started without them; the lowest free file descriptor is that of the first.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=READABLE)  # A terminal may know ASCII only.
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
        notes = getattr(error, "__notes__", []) if isinstance(error, OutputError) else []
        _exit(2, f"error: {error} {'. '.join(notes)}")
    except MemoryError as error:
        _exit(2, f"error: There is not enough memory ({error}); choose smaller settings.")
    except KeyboardInterrupt as interrupt:
        notes = ". ".join(getattr(interrupt, "__notes__", []))
        status = 143 if isinstance(interrupt, Terminated) else 130
        _exit(status, f"Interrupted. {notes}")
    except BrokenPipeError:
        _drop_unwritten()
        sys.exit(1)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        _exit(2, f"error: {OutputError(error.filename or 'The output', error)}")


def _drop_unwritten() -> None:
    """Drop what cannot be written, since Python tries once more at its end and fails.

    See "Note on SIGPIPE" in Python's manual.
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit(status: int, message: str) -> NoReturn:
    _drop_unwritten()
    if sys.stderr.isatty():
        print(file=sys.stderr)  # A progress bar may have left the cursor in its line.
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(status)
