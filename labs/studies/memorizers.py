"""Nets that are too large for their rows, as they are and with remedies against overfitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data
from labs.data import Dataset

keras = lazy_loader.load("keras")

TRAINING_ROWS, BATCH_SIZE, LEARNING_RATE = 120, 32, 0.003
LARGE = (64, 64)
AS_IT_IS, STOPPED = "as it is", "early stopping"


class MemorizersConfig(Protocol):
    """Settings that the labs of these nets have."""

    @property
    def epochs(self) -> int:
        """Passes over the training rows."""

    @property
    def seeds(self) -> int:
        """Nets with each remedy."""

    @property
    def seed(self) -> int:
        """Seed of everything random."""


class Nets(NamedTuple):
    """Nets with one remedy, one for each seed; errors are cross-entropies without penalty.

    Attributes:
        name: The remedy.
        history: `error`, `accuracy`, `val_error`, `val_accuracy`, `(seeds, epochs)` each.
        onsets: Epoch from which the monitor found overfitting, None where it found none.
        test_error: Cross-entropy on the test rows, `(seeds,)`.
        test_accuracy: `(seeds,)`.
        gap: Validation error minus training error, `(seeds,)`.
    """

    name: str
    history: Mapping[str, np.ndarray]
    onsets: Sequence[int | None]
    test_error: np.ndarray
    test_accuracy: np.ndarray
    gap: np.ndarray


def build(
    seed: int,
    x_train: np.ndarray,
    *,
    hidden: Sequence[int] = LARGE,
    jitter: float = 0.0,
    **settings: Any,
) -> Any:
    """Build a net that reports its error apart from the penalty: Loss = Error + λ Penalty."""
    scale = data.DIABETES_SCALE
    net = models.build_mlp(x_train.shape[1:], hidden, 2, scale=scale, seed=seed, **settings)
    if jitter:
        scale, *dense = net.layers
        noise = keras.layers.GaussianNoise(jitter, seed=seed)
        net = keras.Sequential([keras.Input(x_train.shape[1:]), scale, noise, *dense])
    net.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="error")],
    )
    return net


def draw_rows(
    patients: Dataset, config: MemorizersConfig
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw the training rows of each net, all others of the training part validate it."""
    orders = [
        np.random.default_rng((config.seed, net)).permutation(len(patients.train))
        for net in range(config.seeds)
    ]
    return [o[:TRAINING_ROWS] for o in orders], [o[TRAINING_ROWS:] for o in orders]


def train_kind(
    changes: Mapping[str, Any], patients: Dataset, config: MemorizersConfig, *, tested: bool = False
) -> models.Replicas:
    """Train nets with one remedy, and validate them after every epoch.

    Args:
        changes: The remedy, as settings of `build`.
        patients: Training and test rows.
        config: Settings of the lab.
        tested: Whether each net is trained a second time and evaluated on the test rows
            instead, for the error at an epoch that the validation rows choose.
    """
    everything = data.join(patients.train, patients.test)
    rows, validation = draw_rows(patients, config)
    seeds = [config.seed + net for net in range(config.seeds)]
    if tested:
        test_rows = len(patients.train) + np.arange(len(patients.test))
        seeds, rows = [*seeds, *seeds], [*rows, *rows]
        validation = [*validation, *[test_rows] * config.seeds]
    return models.fit_replicas(
        partial(build, **changes),
        everything.x,
        everything.y,
        seeds=seeds,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        row_sets=rows,
        validation_row_sets=validation,
    )


def after_the_last_epoch(name: str, replicas: models.Replicas, test: data.Part, seeds: int) -> Nets:
    """Describe trained nets by their last epoch."""
    history = {metric: values[:seeds] for metric, values in replicas.history.items()}
    probabilities = replicas.predict(test.x)[:seeds]
    right = probabilities.argmax(axis=-1) == test.y
    of_truth = probabilities[:, np.arange(len(test)), test.y]
    return Nets(
        name,
        history,
        [monitor.onset_epoch for monitor in follow_all(history)],
        -np.log(of_truth).mean(axis=1),
        right.mean(axis=1),
        (history["val_error"] - history["error"])[:, -1],
    )


def stopped_early(as_it_is: Nets, both: Mapping[str, np.ndarray], seeds: int) -> Nets:
    """Describe the nets without remedy as they were when the monitor would stop them.

    Args:
        as_it_is: These nets after their last epoch.
        both: Their history, followed by that of the same nets evaluated on test rows.
        seeds: Number of nets.
    """
    history = as_it_is.history
    last = history["error"].shape[1] - 1
    ends = np.array(
        [
            last if monitor.onset_epoch is None else monitor.best_epoch
            for monitor in follow_all(history)
        ]
    )
    net = np.arange(seeds)
    return Nets(
        STOPPED,
        history,
        [None] * seeds,
        both["val_error"][seeds + net, ends],
        both["val_accuracy"][seeds + net, ends],
        (history["val_error"] - history["error"])[net, ends],
    )


def follow_all(history: Mapping[str, np.ndarray]) -> list[callbacks.OverfittingMonitor]:
    """Let a monitor read the curves of each net."""
    return [follow(*curves) for curves in zip(history["error"], history["val_error"], strict=True)]


def follow(loss: np.ndarray, val_loss: np.ndarray) -> callbacks.OverfittingMonitor:
    """Let the monitor read recorded curves, as far as it would let training go."""
    return callbacks.OverfittingMonitor.of({"loss": loss, "val_loss": val_loss}, mode="stop")
