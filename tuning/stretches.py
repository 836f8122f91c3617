"""A Keras training of its own that stops after a stretch of epochs and goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

import models
from models.arrays import Arrays
from tuning.validation import Curves, Patience, Stretch


def train_stretch(
    net: keras.Model,
    rows: tuple[Arrays, Arrays],
    stretch: Stretch,
    patience: Patience,
    fit: Callable[..., Any],
) -> tuple[Curves, Sequence[np.ndarray]]:
    """Train a net for a stretch, from where the stretch before has left it.

    Args:
        net: A compiled net as it was built.
        rows: Inputs and targets, to build what is not built yet.
        stretch: Which epochs, and the state to go on from.
        patience: When to stop.
        fit: Calls `models.fit` with these epochs and callbacks, by name.

    Returns:
        The curves, and the state if a later stretch may go on from it.
    """
    if stretch.state:
        models.put_back_state(net, stretch.state[0], *rows)
    history = fit(
        epochs=stretch.epochs,
        initial_epoch=stretch.initial_epoch,
        callbacks=[_StopWhen(patience)],
    ).history
    return history, models.take_state(net) if stretch.goes_on else ()


class _StopWhen(keras.callbacks.Callback):
    """End the training when `Patience` says so, for one net."""

    role = "observer"

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name: np.array([value]) for name, value in (logs or {}).items()}
        if self._patience(epoch, values):
            self.model.stop_training = True
