"""All that training changes in a model, to be stored and put back, so that a training goes on."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from .arrays import Arrays, as_tensors
from .augmentation import RandomChanges
from .compiled_epoch import create_variables


def take_state(model: keras.Model, augment: RandomChanges | None = None) -> list[np.ndarray]:
    """Return a trained model's weights, random states and optimizer's variables.

    After `put_back_state`, `fit(..., initial_epoch=...)` gives the numbers of a training that
    never stopped; callbacks have a state of their own, see `callbacks.Resumable`.

    Args:
        model: A compiled model that has been trained.
        augment: What changes its batches, whose random numbers go on as well.
    """
    return [variable.numpy() for variable in _variables(model, augment)]


def put_back_state(
    model: keras.Model,
    state: Sequence[np.ndarray],
    x: Arrays,
    y: Arrays,
    augment: RandomChanges | None = None,
) -> None:
    """Give a model, as it was built and compiled, what `take_state` has returned of such a one.

    Args:
        model: The model.
        state: Its state.
        x: Inputs, `(rows, ...)`, to create the variables that are not there yet.
        y: Targets.
        augment: A new one of the same settings.

    Raises:
        ValueError: If it is the state of another model.
    """
    create_variables(model, as_tensors(x, y))
    variables = _variables(model, augment)
    expected, got = [tuple(v.shape) for v in variables], [np.shape(value) for value in state]
    if got != expected:
        raise ValueError(f"Expected arrays of the shapes {expected}, got {got}.")
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def _variables(model: keras.Model, augment: RandomChanges | None) -> list[keras.Variable]:
    own = [] if augment is None else augment.variables
    return [*model.variables, *model.optimizer.variables, *own]
