"""Search spaces and trials that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import keras_tuner
import numpy as np

from tuning.trial_table import TrialRow


def row(
    number: int,
    values: Mapping[str, Any],
    score: float | None = 0.5,
    status: Literal["done", "failed", "diverged"] = "done",
) -> TrialRow:
    folds = () if score is None else (score - 0.01, score + 0.01)
    return TrialRow(number, values, status, score, folds, seconds=2.0)


def mixed_space() -> keras_tuner.HyperParameters:
    """A number on a log scale, a choice of names, a level, and one that needs two layers."""
    space = keras_tuner.HyperParameters()
    space.Float("learning_rate", 1e-4, 1e-1, sampling="log")
    space.Choice("optimizer", ["sgd", "adam"])
    space.Int("layers", 1, 2)
    space.Int("units_2", 8, 100, parent_name="layers", parent_values=[2])
    space.Boolean("shuffle")
    space.Fixed("epochs", 5)
    return space


def sampled_trials(
    space: keras_tuner.HyperParameters,
    num_trials: int,
    score: Callable[[Mapping[str, Any], np.random.Generator], float],
    seed: int = 0,
) -> list[TrialRow]:
    """Draw values as keras-tuner does, absent where their condition does not hold."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(num_trials):
        values: dict[str, Any] = {}
        for hyperparameter in space.space:
            if all(condition.is_active(values) for condition in hyperparameter.conditions):
                values[hyperparameter.name] = hyperparameter.prob_to_value(rng.random())
        trials.append(row(number, values, score(values, rng)))
    return trials
