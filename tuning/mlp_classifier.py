"""scikit-learn's MLPClassifier for a search, trained epoch by epoch as the Keras nets are."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from labs.data import Part
from labs.errors import InputError
from tuning.validation import (
    Curves,
    DivergedError,
    Patience,
    Splits,
    Stretch,
    Validation,
    Values,
    input_scale,
    validate_one_by_one,
)


def build(values: Values, rows: int, seed: int) -> MLPClassifier:
    """Return the classifier that the values describe."""
    return MLPClassifier(
        [values[f"units_{layer}"] for layer in range(1, values["layers"] + 1)],
        activation=values["activation"],
        solver=values["solver"],
        alpha=values["alpha"],
        batch_size=min(values["batch_size"], rows),
        learning_rate_init=values["learning_rate"],
        # With a number instead of a generator each epoch would visit the rows in one order.
        random_state=np.random.RandomState(seed),
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
    if stretch is not None:
        raise InputError("MLPClassifier cannot be paused: search it by another strategy.")
    return validate_one_by_one(
        partial(_train, values),
        part,
        splits,
        seeds,
        seed,
        patience=values["patience"],
        stretch=Stretch(values["epochs"]),
        reason="scikit-learn fits one estimator at a time.",
    )


def predict(
    values: Values, epochs: int, train: Part, x: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, None]:
    """Train on all rows from several seeds.

    Returns:
        Each net's label for each row of `x`, `(seeds, rows)`, and None in place of a Keras net.
    """
    labels = []
    for seed in seeds:
        net = build(values, len(train), seed)
        for _ in range(epochs):
            _one_epoch(net, _flat(values, train.x), train.y, np.unique(train.y))
        labels.append(net.predict(_flat(values, x)))
    return np.stack(labels), None


def _train(
    values: Values, train: Part, validation: Part, seed: int, patience: Patience, stretch: Stretch
) -> tuple[Curves, Sequence[np.ndarray]]:
    classes = np.unique(np.concatenate([train.y, validation.y]))
    x, x_validation = _flat(values, train.x), _flat(values, validation.x)
    net = build(values, len(train), seed)
    curves: dict[str, list[float]] = {"loss": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(stretch.epochs):
        _one_epoch(net, x, train.y, classes)
        probabilities = net.predict_proba(x_validation)
        if not np.isfinite(probabilities).all():
            raise DivergedError(f"The predictions are not finite in epoch {epoch + 1}.")
        loss = log_loss(validation.y, probabilities, labels=classes)
        right = classes[probabilities.argmax(axis=1)] == validation.y
        for name, value in (
            ("loss", net.loss_),
            ("val_loss", loss),
            ("val_accuracy", right.mean()),
        ):
            curves[name].append(float(value))
        if patience(epoch, {"val_loss": np.array([loss])}):
            break
    return curves, ()


def _one_epoch(net: MLPClassifier, x: np.ndarray, y: np.ndarray, classes: np.ndarray) -> None:
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        try:
            net.partial_fit(x, y, classes=classes)
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            raise DivergedError(str(error).splitlines()[0]) from error


def _flat(values: Values, x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1) * np.float32(input_scale(values, x) or 1)
