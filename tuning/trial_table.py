"""A search as a table: a row for each trial, a column for each hyperparameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from keras_tuner import HyperParameters

    from tuning.space_entries import Entry

MAX_INTEGER_LEVELS = 8
"""Integers that can take more values than this are numbers on a scale, not levels."""


@dataclass(frozen=True)
class TrialRow:
    """One trial of a search.

    Attributes:
        number: From 0, in the order of asking.
        hyperparameters: Name to value (str, int, float or bool). A name whose condition does
            not hold in this trial is absent.
        status: `"done"`; `"failed"` if it raised; `"diverged"` if the loss was not finite.
        score: Mean of the objective over folds and seeds; None unless done. Functions that rank
            trials take more for better, see `Objective.upward`.
        fold_scores: The values that `score` is the mean of.
        seconds: Time of the whole trial.
        seed: Seed of its trainings.
        epochs: For each of `fold_scores` the epoch, from 1, whose value it is.
        error: Why it has no score.
        repeats: Number of the earlier trial with the same values, whose result this is.
        group: Number of the first trial of those that it trained with as one program; its own
            for a trial alone.
        continues: Number of the trial whose training this one went on with.
        oracle: What asked for it, with its version.
        appeared: Hyperparameters that it met first, see `space_entries`.
        one_by_one: Why its trainings ran one after the other; empty if as one program.

    Raises:
        ValueError: If a done trial has no finite score, or another one has any.
    """

    number: int
    hyperparameters: Mapping[str, Any]
    status: Literal["done", "failed", "diverged"]
    score: float | None
    fold_scores: tuple[float, ...]
    seconds: float
    seed: int = 0
    epochs: tuple[int, ...] = ()
    error: str = ""
    repeats: int | None = None
    group: int = 0
    continues: int | None = None
    oracle: str = ""
    appeared: tuple[Entry, ...] = ()
    one_by_one: str = ""

    def __post_init__(self) -> None:
        scored = self.score is not None and math.isfinite(self.score)
        if (self.status == "done") != scored or (self.status != "done" and self.score is not None):
            raise ValueError(
                "Expected a finite score for a trial that is done and None for any other, got "
                f"status {self.status!r} with score {self.score} for trial {self.number}; a "
                "score that is not finite makes the trial 'diverged'."
            )


@dataclass(frozen=True)
class Column:
    """One hyperparameter over all trials, and the scale its values are compared on.

    Attributes:
        name: Name of the hyperparameter.
        scale: `"levels"` for choices, Booleans and integers of few values, otherwise
            `"linear"` or `"log"`.
        levels: The possible values, ascending if they are ordered; empty for a number.
        ordered: False for choices without an order, such as names.
        low: Smallest value of a number's range; NaN for levels.
        high: Largest value of a number's range; NaN for levels.
        integer: Whether a number is an integer.
    """

    name: str
    scale: Literal["levels", "linear", "log"]
    levels: tuple[Any, ...] = ()
    ordered: bool = True
    low: float = math.nan
    high: float = math.nan
    integer: bool = False

    def position(self, value: Any) -> float:
        """Place a value on the scale: index of the level, log10 of the number, or itself.

        Raises:
            ValueError: If the value is none of the levels.
        """
        if self.scale == "levels":
            if value not in self.levels:
                raise ValueError(
                    f"{self.name} must be one of {list(self.levels)}, got {value!r}; the trials "
                    "belong to another search space."
                )
            return float(self.levels.index(value))
        return math.log10(value) if self.scale == "log" else float(value)


def columns_in_use(space: HyperParameters, trials: Iterable[TrialRow]) -> list[Column]:
    """Return a column for each hyperparameter that some trial has, in the space's order.

    Fixed hyperparameters are left out. A name may stand for several ranges under different
    conditions, all of them numbers or all of them choices; its column holds all values.
    """
    used = {name for trial in trials for name in trial.hyperparameters}
    ranges: dict[str, list[Any]] = {}
    for hyperparameter in space.space:
        # Fixed alone has a single `value`.
        if hyperparameter.name in used and not hasattr(hyperparameter, "value"):
            ranges.setdefault(hyperparameter.name, []).append(hyperparameter)
    return [_column(name, hyperparameters) for name, hyperparameters in ranges.items()]


def finished(trials: Iterable[TrialRow]) -> list[TrialRow]:
    """Return the trials that are done, in the order of asking."""
    return sorted((t for t in trials if t.status == "done"), key=lambda t: t.number)


def last_rungs(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Leave out the trials with which a later one went on: each setting counts once."""
    gone_on = {trial.continues for trial in trials}
    return [trial for trial in trials if trial.number not in gone_on]


def best_trial(trials: Iterable[TrialRow]) -> TrialRow:
    """Return the done trial of the highest score, the first one asked for among equals.

    Raises:
        ValueError: If no trial is done.
    """
    done = finished(trials)
    if not done:
        raise ValueError(
            "Expected at least one finished trial, got none; look at the errors of the trials."
        )
    return done[scores_of(done).argmax()]


def scores_of(trials: Iterable[TrialRow]) -> np.ndarray:
    """Return the scores of trials that are done, `(trials,)`."""
    return np.array([trial.score for trial in trials], dtype=np.float64)


def describe_value(value: Any) -> str:
    """Write a value short enough for a tick label: `0.0001`, `2e-06`, `relu`."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _column(name: str, hyperparameters: list[Any]) -> Column:
    levels = [_levels(hyperparameter) for hyperparameter in hyperparameters]
    if all(levels):
        merged = list(dict.fromkeys(value for some in levels for value in some))
        # Numerical ranges and Booleans have no attribute `ordered`, but an order.
        ordered = all(getattr(h, "ordered", True) for h in hyperparameters)
        return Column(name, "levels", tuple(sorted(merged) if ordered else merged), ordered)
    low = min(h.min_value for h in hyperparameters)
    high = max(h.max_value for h in hyperparameters)
    logarithmic = all(h.sampling == "log" for h in hyperparameters)
    integer = all(isinstance(h.min_value, int) for h in hyperparameters)
    return Column(name, "log" if logarithmic else "linear", low=low, high=high, integer=integer)


def _levels(hyperparameter: Any) -> tuple[Any, ...]:
    """Return the values of a choice or a small range of integers; empty for a number."""
    if not hasattr(hyperparameter, "min_value"):
        return tuple(hyperparameter.values)
    if isinstance(hyperparameter.min_value, float):
        return ()
    if hyperparameter.step is None:
        values = range(hyperparameter.min_value, hyperparameter.max_value + 1)
        return tuple(values) if len(values) <= MAX_INTEGER_LEVELS else ()
    steps = {int(value) for value in hyperparameter.values}
    return tuple(steps) if len(steps) <= MAX_INTEGER_LEVELS else ()
