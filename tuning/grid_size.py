"""How many different nets a space holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keras_tuner import HyperParameters


def grid_size(space: HyperParameters) -> float:
    """Return the number of combinations of values, infinite with a range of all numbers.

    A hyperparameter that depends on another counts only where it is active. A range of
    numbers without steps has infinitely many values for random and Bayesian search, although
    a grid search takes ten of them.
    """
    return _count(list(space.space), {})


def _count(hyperparameters: Sequence[Any], chosen: dict[str, Any]) -> float:
    if not hyperparameters:
        return 1
    first, *rest = hyperparameters
    if not all(condition.is_active(chosen) for condition in first.conditions):
        return _count(rest, chosen)
    if is_continuous(first):
        return math.inf
    values = set(first.values)
    later = {condition.name for hp in rest for condition in hp.conditions}
    if first.name not in later:  # All values lead to the same choices.
        return len(values) * _count(rest, chosen)
    return sum(_count(rest, {**chosen, first.name: value}) for value in values)


def is_continuous(hyperparameter: Any) -> bool:
    """Tell whether a hyperparameter is a range of numbers without steps."""
    return type(hyperparameter).__name__ == "Float" and hyperparameter.step is None
