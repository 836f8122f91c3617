"""Convolutional nets for a search: folds and seeds of a trial train one after the other."""

from __future__ import annotations

import keras
import numpy as np

import models
from labs.data import Part
from tuning.validation import (
    Curves,
    Patience,
    Splits,
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


def validate(values: Values, part: Part, splits: Splits, seeds: int, seed: int) -> Validation:
    """Train on every fold with every seed and evaluate on the rows held out."""
    return validate_one_by_one(_train, values, part, splits, seeds, seed)


def predict(
    values: Values, epochs: int, train: Part, x: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, keras.Model]:
    """Train on all rows from several seeds.

    Returns:
        Each net's label for each row of `x`, `(seeds, rows)`, and the first net.
    """
    nets = [_fit(values, epochs, train, seed)[0] for seed in seeds]
    return np.stack([net.predict(x, verbose=0).argmax(axis=1) for net in nets]), nets[0]


def _train(values: Values, train: Part, validation: Part, seed: int, patience: Patience) -> Curves:
    return _fit(values, values["epochs"], train, seed, validation, [_StopWhen(patience)])[1]


def _fit(
    values: Values,
    epochs: int,
    train: Part,
    seed: int,
    validation: Part | None = None,
    more_callbacks: list[keras.callbacks.Callback] | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    net = build(values, train, int(train.y.max()) + 1, seed)
    augment = None
    if values["changed_images"]:
        augment = models.RandomChanges(shift=2, rotation=8, zoom=0.1, contrast=0.2, seed=seed)
    decay = step_decay(values)
    history = models.fit(
        net,
        train.x,
        train.y,
        epochs=epochs,
        batch_size=values["batch_size"],
        validation_data=None if validation is None else (validation.x, validation.y),
        callbacks=[*([] if decay is None else [decay]), *(more_callbacks or [])],
        augment=augment,
        seed=seed,
    ).history
    return net, history


class _StopWhen(keras.callbacks.Callback):
    """End the training when `Patience` says so, for one net."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name: np.array([value]) for name, value in (logs or {}).items()}
        self.model.stop_training = self._patience(epoch, values)
