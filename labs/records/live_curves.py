"""A callback that keeps the curves of a training on disk while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras


class LiveCurves(keras.callbacks.Callback):
    """Observes; hands the curves so far to `write` whenever `is_due` says so.

    Args:
        is_due: Whether somebody may want to see them.
        write: Takes one value per epoch for each metric.
    """

    role = "observer"

    def __init__(
        self, is_due: Callable[[], bool], write: Callable[[dict[str, list[float]]], None]
    ) -> None:
        super().__init__()
        self._is_due, self._write = is_due, write
        self._history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training."""
        self._history = {}

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the epoch, and write if it is time."""
        for name, value in (logs or {}).items():
            self._history.setdefault(name, []).append(float(value))
        if len(set(map(len, self._history.values()))) == 1 and self._is_due():
            self._write(self._history)
