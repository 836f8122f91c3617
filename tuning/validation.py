"""What a trial is judged by: accuracies on rows that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import callbacks
from labs import data
from labs.data import Part
from tuning.spaces import NO_DECAY, STANDARDIZED

Values = Mapping[str, Any]
Splits = list[tuple[np.ndarray, np.ndarray]]
"""Row numbers of training and validation for each fold."""
Curves = Mapping[str, list[float]]
"""One value an epoch for each metric."""


class DivergedError(Exception):
    """A training whose loss is not finite."""


@dataclass(frozen=True)
class Validation:
    """Trainings on every fold with every seed.

    Attributes:
        scores: Validation accuracy of each, at the epoch that is kept, `(R,)`.
        epochs: That epoch, from 1, `(R,)`.
        history: One array `(R, epochs)` for each metric.
    """

    scores: np.ndarray
    epochs: np.ndarray
    history: dict[str, np.ndarray]


class Patience:
    """Early stopping of R trainings side by side, by Keras's rule.

    A training stops after `patience` epochs without a lower validation loss, and its best
    epoch is kept. The program ends when the last one has stopped; what the others went
    through meanwhile does not count.

    Args:
        patience: Epochs to wait, 0 for ever.
        replicas: Number of trainings R.
    """

    def __init__(self, patience: int, replicas: int) -> None:
        self._patience = patience
        self._lowest = np.full(replicas, np.inf)
        self._best = np.zeros(replicas, int)
        self._stopped = np.zeros(replicas, bool)

    def __call__(self, epoch: int, logs: Mapping[str, np.ndarray]) -> bool:
        """Take in an epoch, counted from 0, and tell whether all have stopped."""
        if not self._patience:
            return False
        lower = (logs["val_loss"] < self._lowest) & ~self._stopped
        self._lowest = np.where(lower, logs["val_loss"], self._lowest)
        self._best = np.where(lower, epoch, self._best)
        self._stopped |= epoch - self._best >= self._patience
        return bool(self._stopped.all())

    def judge(self, history: dict[str, np.ndarray]) -> Validation:
        """Return the accuracies at the epochs that are kept.

        Raises:
            DivergedError: If a loss of a kept epoch, or of one before, is not finite.
        """
        losses = history["loss"]
        kept = self._best if self._patience else np.full(len(losses), losses.shape[1] - 1)
        for replica, end in enumerate(kept):  # What comes after the kept epoch is thrown away.
            watched = np.stack([losses[replica], history["val_loss"][replica]])[:, : end + 1]
            finite = np.isfinite(watched).all(axis=0)
            if not finite.all():
                raise DivergedError(
                    f"The loss of training {replica + 1} of {len(losses)} is not finite in epoch "
                    f"{int(finite.argmin()) + 1}."
                )
        rows = np.arange(len(losses))
        scores = history["val_accuracy"][rows, kept].astype(float)
        return Validation(scores, kept + 1, history)


def join(parts: list[tuple[np.ndarray, Validation]], replicas: int) -> Validation:
    """Put trainings that ran in several programs in the order of their numbers.

    Args:
        parts: Numbers of the trainings `(r,)` and what became of them.
        replicas: Number of all trainings R.
    """
    scores, epochs = np.zeros(replicas), np.zeros(replicas, int)
    longest = max(len(part.history["loss"][0]) for _, part in parts)
    history = {
        name: np.full((replicas, longest), np.nan, np.float32) for name in parts[0][1].history
    }
    for numbers, part in parts:
        scores[numbers], epochs[numbers] = part.scores, part.epochs
        for name, curves in part.history.items():
            history[name][numbers, : curves.shape[1]] = curves
    return Validation(scores, epochs, history)


def validate_one_by_one(
    train: Callable[[Values, Part, Part, int, Patience], Curves],
    values: Values,
    part: Part,
    splits: Splits,
    seeds: int,
    seed: int,
) -> Validation:
    """Train on every fold with every seed, one training after the other.

    Args:
        train: Trains one net: takes values, training rows, validation rows, seed and when to
            stop, and returns its curves.
        values: The trial's hyperparameters.
        part: All rows.
        splits: Row numbers of training and validation for each fold.
        seeds: Trainings on each fold.
        seed: Seed of the trial.
    """
    pairs = [pair for pair in splits for _ in range(seeds)]
    parts = []
    for number, own_seed in enumerate(seeds_of(seed, len(pairs))):
        patience = Patience(values["patience"], 1)
        rows, held_out = (part.take(numbers) for numbers in pairs[number])
        curves = train(values, rows, held_out, own_seed, patience)
        history = {name: np.array([curve], np.float32) for name, curve in curves.items()}
        parts.append((np.array([number]), patience.judge(history)))
    return join(parts, len(pairs))


def step_decay(values: Values) -> callbacks.StepDecay | None:
    """Return the decay of the learning rate, None for a constant one."""
    factor = values.get("decay_factor", NO_DECAY)
    return None if factor == NO_DECAY else callbacks.StepDecay(factor, every=values["decay_every"])


def seeds_of(seed: int, count: int) -> list[int]:
    """Return seeds for `count` trainings, drawn from one."""
    return [int(s) for s in np.random.SeedSequence(seed).generate_state(count)]


def input_scale(values: Values, x: np.ndarray) -> float | None:
    """Return what raw inputs are multiplied by, None for nothing: pixels come as 0 to 255."""
    if x.dtype == np.uint8:
        return 1 / 255
    return data.DIABETES_SCALE if values.get("scaling") == STANDARDIZED else None
