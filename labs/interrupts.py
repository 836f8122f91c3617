"""Ctrl-C and SIGTERM end a program, wherever they find it, with one line and nothing lost.

An exception that a signal's handler raises may never arrive: in an import it leaves half a module
behind, in a `__del__` or a callback from C Python drops it, and libraries make errors of their own
of it. So a program that is run by `python -m` remembers that a signal came.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

AFTER_IMPORT, AGAIN = 0.05, 1.0  # seconds until an interrupt that has not arrived is raised again
ALARM = getattr(signal, "SIGALRM", None)  # Windows has none: what has not arrived waits there.
SIGNALS = (signal.SIGINT, signal.SIGTERM, *([ALARM] if ALARM else []))


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does."""


class _Interrupts:
    """What is known of signals in this process."""

    def __init__(self) -> None:
        self.came: type[KeyboardInterrupt] | None = None
        self.blocks: list[bool] = []
        self.standard_error = 2
        self.unraisable_hook = sys.unraisablehook

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals within the block."""
        self.came = None
        hook, previous = sys.unraisablehook, self.install()
        try:
            yield
        finally:
            sys.unraisablehook = hook
            _set_alarm(0)
            for number, handler in previous.items():
                signal.signal(number, handler)

    def install(self) -> dict[signal.Signals, Any]:
        """Handle the signals from now on, and return their handlers until now."""
        if self.standard_error == 2:
            with suppress(OSError):  # There may be none.
                self.standard_error = os.dup(2)  # Kept back while TensorFlow starts.
        if sys.unraisablehook != self._not_raised:
            self.unraisable_hook = sys.unraisablehook
            sys.unraisablehook = self._not_raised
        return {number: signal.signal(number, self._handle) for number in SIGNALS}

    @contextmanager
    def arriving(self, *, keeps: bool = False) -> Iterator[None]:
        """Raise an interrupt that came within the block, whatever has become of it, at its end.

        Args:
            keeps: Whether there is something to keep: an import is then waited for, where the
                process ends at once otherwise.
        """
        self.blocks.append(keeps)
        try:
            yield
        except BaseException as error:
            if self.came is None or isinstance(error, self.came):
                raise
            raise self.came from error
        else:
            if self.came is not None:
                raise self.came
        finally:
            _set_alarm(0)
            self.blocks.pop()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number != ALARM:
            if self.came is not None and not any(self.blocks):
                return  # What was finished is being kept.
            self.came = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        assert self.came is not None
        importing = _is_import(frame)
        if not self.blocks or (importing and not any(self.blocks)):
            self._end_at_once()
        _set_alarm(AFTER_IMPORT if importing else AGAIN)
        if not importing:
            raise self.came

    def _end_at_once(self) -> NoReturn:
        line_feed = "\n" if os.isatty(self.standard_error) else ""
        os.write(self.standard_error, f"{line_feed}Interrupted.\n".encode())
        os._exit(143 if self.came is Terminated else 130)

    def _not_raised(self, unraisable: sys.UnraisableHookArgs) -> None:
        if self.came is None or not isinstance(unraisable.exc_value, KeyboardInterrupt):
            self.unraisable_hook(unraisable)


def _set_alarm(seconds: float) -> None:
    if ALARM:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _is_import(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


interrupts = _Interrupts()
