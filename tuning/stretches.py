"""A Keras training of its own that stops after a stretch of epochs and goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from models.arrays import Arrays, as_tensors
from models.compiled_epoch import create_variables
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
        create_variables(net, as_tensors(*rows))
        for variable, value in zip(_variables(net), stretch.state[0], strict=True):
            variable.assign(value)
    history = fit(
        epochs=stretch.epochs,
        initial_epoch=stretch.initial_epoch,
        callbacks=[_StopWhen(patience)],
    ).history
    state = [variable.numpy() for variable in _variables(net)] if stretch.goes_on else ()
    return history, state


def _variables(net: keras.Model) -> list[keras.Variable]:
    return [*net.variables, *net.optimizer.variables]


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
