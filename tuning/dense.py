"""Dense nets for a search: folds and seeds of a trial train as replicas in one program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import keras
import numpy as np

import models
from labs.data import Part
from tuning.validation import (
    DivergedError,
    Splits,
    Stretch,
    Validation,
    Values,
    input_scale,
    step_decay,
    validate_as_one,
    validate_together,
)

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


MOST_WEIGHTS = 20_000
"""Weights of a net that trains with those of other trials: a larger one keeps a core busy."""


def program_of(values: Values, part: Part) -> str | None:
    """Return what nets of one program have in common; None for one that trains without others."""
    hidden = [values[f"units_{layer}"] for layer in range(1, values["layers"] + 1)]
    sizes = [part.x[0].size, *hidden, int(part.y.max()) + 1]
    if sum((inputs + 1) * units for inputs, units in pairwise(sizes)) > MOST_WEIGHTS:
        return None
    own = ("learning_rate", "l2", "dropout")
    common = {name: value for name, value in values.items() if name not in own}
    return repr([sorted(common.items()), values["dropout"] > 0, values["l2"] > 0])


def build(values: Values, part: Part, num_classes: int, seed: int) -> keras.Model:
    """Build the dense net that the values describe."""
    return models.build_mlp(
        part.x.shape[1:],
        [values[f"units_{layer}"] for layer in range(1, values["layers"] + 1)],
        num_classes,
        activation=values["activation"],
        kernel_initializer=values["initializer"],
        scale=input_scale(values, part.x),
        dropout=values["dropout"],
        l2=values["l2"],
        optimizer=OPTIMIZERS[values["optimizer"]](values["learning_rate"]),
        seed=seed,
    )


def validate(
    values: Values,
    part: Part,
    splits: Splits,
    seeds: int,
    seed: int,
    stretch: Stretch | None = None,
) -> Validation:
    """Train on every fold with every seed and evaluate on the rows held out.

    Args:
        values: The trial's hyperparameters.
        part: All rows.
        splits: Row numbers of training and validation for each fold.
        seeds: Trainings on each fold.
        seed: Seed of the trial.
        stretch: Which epochs; None means those of the values.
    """
    return validate_as_one(
        partial(_fit, [values], part),
        splits,
        seeds,
        seed,
        patience=values.get("patience", 0),
        batch_size=values["batch_size"],
        stretch=stretch or Stretch(values["epochs"]),
    )


def validate_several(
    trials: Sequence[Values],
    part: Part,
    splits: Splits,
    seeds: int,
    trial_seeds: Sequence[int],
    stretches: Sequence[Stretch | None],
) -> list[Validation | DivergedError]:
    """Do what `validate` does for trials of one `program_of`, each with its seed and stretch."""
    first = trials[0]
    return validate_together(
        partial(_fit, trials, part),
        splits,
        seeds,
        trial_seeds,
        patience=first.get("patience", 0),
        batch_size=first["batch_size"],
        stretches=[stretch or Stretch(first["epochs"]) for stretch in stretches],
    )


def predict(
    values: Values, epochs: int, train: Part, x: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, keras.Model]:
    """Train on all rows from several seeds.

    Returns:
        Each net's label for each row of `x`, `(seeds, rows)`, and the first net.
    """
    replicas = _fit([values], train, [0] * len(seeds), seeds, epochs)
    return replicas.predict(x).argmax(axis=-1), replicas.model(0)


def _fit(
    trials: Sequence[Values],
    part: Part,
    places: Sequence[int],
    seeds: Sequence[int],
    epochs: int,
    **options: Any,
) -> models.Replicas:
    num_classes = int(part.y.max()) + 1
    decay = step_decay(trials[0])
    return models.fit_replicas(
        lambda seed, _, values: build(values, part, num_classes, seed),
        part.x,
        part.y,
        seeds=seeds,
        settings=[trials[place] for place in places],
        epochs=epochs,
        batch_size=trials[0]["batch_size"],
        redraw=_redraw,
        learning_rate_at=None if decay is None else decay.rate_at,
        **options,
    )


def _redraw(model: keras.Model, seed: int, values: Values) -> None:
    """Give a net what `build` would, for values of the same program."""
    models.redraw_mlp(model, seed)
    model.optimizer.learning_rate = values["learning_rate"]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = values["dropout"]
        elif isinstance(layer, keras.layers.Dense) and layer.kernel_regularizer is not None:
            layer.kernel_regularizer.l2 = values["l2"]
