"""Convolutional nets for a search: folds and seeds of a trial train one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import keras
import numpy as np

import models
from labs.data import Part
from tuning.stretches import train_stretch
from tuning.validation import (
    Curves,
    Patience,
    Splits,
    Stretch,
    Validation,
    Values,
    step_decay,
    validate_one_by_one,
)


def build(values: Values, part: Part, num_classes: int, seed: int) -> keras.Model:
    """Build the convolutional net that the values describe; filters double with each block."""
    return models.build_convnet(
        part.x.shape[1:],
        num_classes,
        filters=[values["filters"] * 2**block for block in range(values["blocks"])],
        dense_units=values["dense_units"],
        dropout=values["dropout"],
        optimizer=keras.optimizers.AdamW(
            values["learning_rate"], weight_decay=values["weight_decay"]
        ),
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
    """Train on every fold with every seed and evaluate on the rows held out."""
    return validate_one_by_one(
        partial(_train, values),
        part,
        splits,
        seeds,
        seed,
        patience=values.get("patience", 0),
        stretch=stretch or Stretch(values["epochs"]),
        reason="convolutions whose kernels differ cannot be one program.",
    )


def predict(
    values: Values, epochs: int, train: Part, x: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, keras.Model]:
    """Train on all rows from several seeds.

    Returns:
        Each net's label for each row of `x`, `(seeds, rows)`, and the first net.
    """
    nets = [build(values, train, int(train.y.max()) + 1, seed) for seed in seeds]
    for net, seed in zip(nets, seeds, strict=True):
        _fit(net, values, train, seed, epochs=epochs)
    return np.stack([net.predict(x, verbose=0).argmax(axis=1) for net in nets]), nets[0]


def _train(
    values: Values, train: Part, validation: Part, seed: int, patience: Patience, stretch: Stretch
) -> tuple[Curves, Sequence[np.ndarray]]:
    net = build(values, train, int(train.y.max()) + 1, seed)
    fit = partial(_fit, net, values, train, seed, validation)
    return train_stretch(net, (train.x, train.y), stretch, patience, fit)


def _fit(
    net: keras.Model,
    values: Values,
    train: Part,
    seed: int,
    validation: Part | None = None,
    *,
    epochs: int,
    initial_epoch: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> keras.callbacks.History:
    augment = None
    if values["changed_images"]:
        changes = {"shift": 2, "rotation": 8, "zoom": 0.1, "contrast": 0.2}
        augment = models.RandomChanges(**changes, seed=seed + initial_epoch)
    decay = step_decay(values)
    return models.fit(
        net,
        train.x,
        train.y,
        epochs=epochs,
        initial_epoch=initial_epoch,
        batch_size=values["batch_size"],
        validation_data=None if validation is None else (validation.x, validation.y),
        callbacks=[*([] if decay is None else [decay]), *callbacks],
        augment=augment,
        seed=seed,
    )
