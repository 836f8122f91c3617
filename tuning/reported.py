"""What a training of a user's own reports: by callbacks while it runs, and by what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from labs.errors import InputError
from tuning.validation import Curves


class Recorder(keras.callbacks.Callback):
    """Keeps what `on_epoch_end` is told, by Keras or by a loop of the user's own."""

    role = "observer"

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the values of an epoch."""
        for name, value in (logs or {}).items():
            self.logs.setdefault(name, []).append(float(value))


def curves_of(result: Any, logs: Curves, objective: str) -> Curves:
    """Return the curves of a training, the objective's ending with what `fit` returned."""
    if isinstance(result, keras.callbacks.History):
        return result.history
    if isinstance(result, list) and result:
        results = [curves_of(one, {}, objective)[objective][-1] for one in result]
        result = float(np.mean(results))
    if isinstance(result, Mapping):
        return {name: [float(value)] for name, value in result.items()}
    if not isinstance(result, int | float | np.floating):
        raise InputError(
            "HyperModel.fit must return a History, a dict of metrics or the objective as a "
            f"number, got {type(result).__name__}; return one of these."
        )
    lengths = {len(values) for values in logs.values()}
    curves = dict(logs) if len(lengths) == 1 else {}
    epochs = lengths.pop() if curves else 1
    before = list(curves.get(objective, [float(result)] * epochs))[:-1]
    return {**curves, objective: [*before, float(result)]}
