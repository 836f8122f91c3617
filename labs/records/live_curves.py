"""A callback that keeps the curves of a training on disk while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras


class LiveCurves(keras.callbacks.Callback):
    """Observes, and offers the curves so far after every epoch.

    Args:
        offer: Takes one value per epoch for each metric, and writes them if it is time.
        before: Those of the epochs before, of a training that goes on.
    """

    role = "observer"

    def __init__(
        self,
        offer: Callable[[dict[str, list[float]]], None],
        before: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        self._offer, self._before = offer, before or {}
        self._history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training."""
        self._history = {name: [*values] for name, values in self._before.items()}

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the epoch; a metric that not all epochs have is left out."""
        for name, value in (logs or {}).items():
            self._history.setdefault(name, []).append(float(value))
        longest = max(map(len, self._history.values()), default=0)
        self._offer({name: v for name, v in self._history.items() if len(v) == longest})
