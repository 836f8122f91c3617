"""Models of a table side by side on the test rows, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labs import records, stats
from labs.data import Table

NUMBERS = ("in the search", "fresh splits", "test accuracy", "test RMSE", "log loss", "R²")
INTERVAL = "95% interval"
FORMATS = dict.fromkeys((*NUMBERS, INTERVAL), ".4g")


@dataclass(frozen=True)
class Evaluated:
    """A kind of model, its best settings trained on all rows of the search.

    Attributes:
        name: What it is called.
        library: Who made it.
        predictions: Of each training for each test row: probabilities `(seeds, rows, K)`, or
            numbers `(seeds, rows)`.
        seconds: Wall time of search and trainings.
        score: Its score in the search: accuracy, or root of the mean squared error in units of
            the target; None if it was not searched.
        fresh: The same on other splits and from other seeds.
        parameters: Number of weights, if that says something.
    """

    name: str
    library: str
    predictions: np.ndarray
    seconds: float
    score: float | None = None
    fresh: float | None = None
    parameters: int | None = None

    def losses(self, table: Table) -> np.ndarray:
        """Return whether each training is right about each test row, or its squared error."""
        y = table.y[table.test]
        if table.is_classification:
            right: np.ndarray = self.predictions.argmax(axis=-1) == y
            return right
        errors: np.ndarray = (self.predictions - y) ** 2
        return errors

    def test_score(self, table: Table) -> tuple[float, tuple[float, float]]:
        """Return accuracy, or RMSE, of the first training, and its interval over test rows."""
        first, groups = self.losses(table)[0], table.groups_of(table.test)
        if table.is_classification:
            return float(first.mean()), stats.accuracy_interval(first, groups)
        nothing = np.zeros((1, len(first)))
        low, high = stats.compare_rows(first[None], nothing, groups).interval()
        return float(first.mean() ** 0.5), (max(low, 0.0) ** 0.5, high**0.5)

    def describe(self, table: Table) -> str:
        """Return name and score on the test rows in words."""
        score, (low, high) = self.test_score(table)
        measure = "test accuracy" if table.is_classification else "test RMSE"
        return f"{self.name}: {measure} {score:.4g} ({low:.4g} to {high:.4g})"

    def row(self, table: Table) -> dict[str, Any]:
        """Return its row of the comparison."""
        y, (score, interval) = table.y[table.test], self.test_score(table)
        row = {"model": self.name, "in the search": self.score, "fresh splits": self.fresh}
        if table.is_classification:
            chosen = np.take_along_axis(self.predictions[0], y[:, None], axis=-1)
            loss = float(-np.log(np.maximum(chosen, 1e-15)).mean())
            return row | {"test accuracy": score, INTERVAL: interval, "log loss": loss}
        return row | {"test RMSE": score, INTERVAL: interval, "R²": 1 - score**2 / float(np.var(y))}

    def result(self, table: Table) -> records.ModelResult:
        """Return its row of a record's models, whose scores are accuracies."""
        accuracies: dict[str, Any] = {}
        if table.is_classification:
            score, interval = self.test_score(table)
            accuracies = {"test_accuracy": score, "test_interval": interval}
            accuracies["validation_accuracy"] = self.fresh
        return records.ModelResult(
            self.name, self.library, self.parameters, seconds=self.seconds, **accuracies
        )


def differences(evaluated: Sequence[Evaluated], table: Table) -> list[dict[str, Any]]:
    """Return what the first is better by than each of the others.

    In accuracy; or in the mean squared error, where less than 0 is better.
    """
    first, *others = evaluated
    measure = "accuracy" if table.is_classification else "mean squared error"
    rows = []
    for other in others:
        difference = compare_losses(first, other, table)
        # Where no row differs, nothing is known of the spread.
        interval = difference.interval() if difference.error else None
        name = f"{measure} of {first.name} minus this"
        rows.append({"model": other.name, name: difference.mean, INTERVAL: interval})
    return rows


def compare_losses(first: Evaluated, other: Evaluated, table: Table) -> stats.Difference:
    """Compare accuracies or mean squared errors, over test rows and trainings."""
    losses = first.losses(table), other.losses(table)
    return stats.compare_rows(*losses, table.groups_of(table.test))
