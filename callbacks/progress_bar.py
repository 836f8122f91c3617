"""Show one progress bar for the whole training."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import rich
from rich.console import Console
from rich.control import Control
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import ControlType, Segments

from .resumable import Resumable

SECONDS_BETWEEN_DRAWINGS = 0.2
PLAIN_LINES = 10


class ProgressBar(Resumable):
    """Show the epochs done, the time left and the newest metrics in one line.

    On a terminal the line is drawn again at most five times a second, which costs a training
    of thousands of epochs a second next to nothing. Elsewhere (a file, a pipe, a notebook) at
    most ten plain lines are printed, evenly spread over the training.

    The state of the terminal is never changed: the cursor stays visible, no thread draws and
    no stream is redirected. So there is nothing to restore when training raises or is
    interrupted, of which Keras tells no callback. What others print while the bar is shown
    begins behind it.

    Use it with `fit(..., verbose=0)`, else Keras shows its own bars too.

    Tested with Keras 3.15.

    Args:
        description: What is trained, shown before the bar.
        console: Where to draw; rich's global console by default.

    Example:
        >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[ProgressBar("my net")])
        my net: 1/3 epochs, ...
        my net: 2/3 epochs, ...
        my net: 3/3 epochs, ...
    """

    role = "observer"

    def __init__(self, description: str = "Training", *, console: Console | None = None) -> None:
        super().__init__()
        self.description = description
        self.console = console
        self._reset()

    def _reset(self) -> None:
        self._progress: Progress | None = None
        self._logs: Mapping[str, Any] = {}
        self._first = 0  # epochs that an earlier training did, see initial_epoch
        self._done = 0
        self._lines = 0
        self._next_drawing = 0.0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training."""
        self._reset()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Show what has been done before this epoch."""
        # Not in on_epoch_end, where callbacks later in the list have not put their values
        # into the logs yet.
        if self._progress is None:
            self._progress = self._start(epoch)
        elif not self._progress.console.is_interactive:
            parts = PLAIN_LINES * (self._done - self._first)
            due = (self._lines + 1) * (self.params["epochs"] - self._first)
            if parts >= due and self._lines < PLAIN_LINES - 1:  # the last is on_train_end's
                self._print_line(self._progress)
        elif time.monotonic() >= self._next_drawing:
            self._draw(self._progress)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the epoch and its metrics."""
        self._done = epoch + 1
        self._logs = logs or {}

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Show where the training ended."""
        if self._progress is None:
            return
        if self._progress.console.is_interactive:
            self._draw(self._progress)
            self._progress.console.line()
        else:
            self._print_line(self._progress)
        self._progress = None

    def __deepcopy__(self, memo: dict[int, Any]) -> ProgressBar:
        """Return a bar that has not begun and draws to the same console."""
        return ProgressBar(self.description, console=self.console)

    def _start(self, epoch: int) -> Progress:
        self._first = self._done = epoch
        # Progress measures and lays out; it is not started, which would hide the cursor,
        # redirect the streams and run a thread until someone stops it.
        progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[metrics]}", markup=False),
            console=self.console or rich.get_console(),
            auto_refresh=False,
            speed_estimate_period=math.inf,  # plain lines may lie minutes apart
        )
        progress.add_task(
            self.description, total=self.params["epochs"], completed=epoch, metrics=""
        )
        if progress.console.is_interactive:
            self._draw(progress)
        return progress

    def _draw(self, progress: Progress) -> None:
        progress.update(progress.task_ids[0], completed=self._done, metrics=self._metrics())
        console = progress.console
        line = console.render_lines(progress.get_renderable(), pad=False)[0]
        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
        console.print(Segments(line), end="")
        self._next_drawing = time.monotonic() + SECONDS_BETWEEN_DRAWINGS

    def _print_line(self, progress: Progress) -> None:
        progress.update(progress.task_ids[0], completed=self._done)
        task = progress.tasks[0]
        times = f"{timedelta(seconds=round(task.elapsed or 0))} elapsed"
        if task.time_remaining:
            times += f", {timedelta(seconds=round(task.time_remaining))} left"
        text = f"{self.description}: {self._done}/{self.params['epochs']} epochs, {times}"
        progress.console.print(
            f"{text}, {self._metrics()}", markup=False, highlight=False, soft_wrap=True
        )
        self._lines += 1

    def _metrics(self) -> str:
        return "  ".join(
            f"{name} {value:.4g}"
            for name, value in self._logs.items()
            if isinstance(value, int | float)
        )
