"""Dense nets for a search: folds and seeds of a trial train as replicas in one program."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np

import models
from labs.data import Part
from tuning.validation import (
    Splits,
    Stretch,
    Validation,
    Values,
    input_scale,
    step_decay,
    validate_as_one,
)

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


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
        partial(_fit, values, part),
        splits,
        seeds,
        seed,
        patience=values.get("patience", 0),
        batch_size=values["batch_size"],
        stretch=stretch or Stretch(values["epochs"]),
    )


def predict(
    values: Values, epochs: int, train: Part, x: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, keras.Model]:
    """Train on all rows from several seeds.

    Returns:
        Each net's label for each row of `x`, `(seeds, rows)`, and the first net.
    """
    replicas = _fit(values, train, seeds, epochs)
    return replicas.predict(x).argmax(axis=-1), replicas.model(0)


def _fit(
    values: Values, part: Part, seeds: list[int], epochs: int, **options: Any
) -> models.Replicas:
    num_classes = int(part.y.max()) + 1
    decay = step_decay(values)
    return models.fit_replicas(
        lambda seed, _: build(values, part, num_classes, seed),
        part.x,
        part.y,
        seeds=seeds,
        epochs=epochs,
        batch_size=values["batch_size"],
        redraw=models.redraw_mlp,
        learning_rate_at=None if decay is None else decay.rate_at,
        **options,
    )
