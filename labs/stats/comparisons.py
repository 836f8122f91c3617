"""Do two models differ by more than chance, and if not, how large may the difference still be?

- Two kinds of nets, the scores of their seeds: `welch`.
- Two kinds of nets, one test set: `compare_nets`.
- Two models, many random splits of one data set: `corrected_resampled_t_test`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from labs.stats.intervals import Interval, finite_values, row_errors, spread

MARGIN = 0.02
"""Differences in accuracy of at most so much are called none, where that is shown."""


@dataclass(frozen=True)
class Difference:
    """A difference between the means of two models.

    Attributes:
        mean: Score of the first minus score of the second.
        error: Its standard error.
        degrees_of_freedom: Of Student's t, by which it is judged.
    """

    mean: float
    error: float
    degrees_of_freedom: float

    @property
    def t(self) -> float:
        """Test statistic; infinite if there is a difference without any spread."""
        if self.error > 0:
            return self.mean / self.error
        return float(np.sign(self.mean)) * np.inf if self.mean else 0.0

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return float(2 * stats.t.sf(abs(self.t), self.degrees_of_freedom))

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return where the difference lies."""
        half = float(stats.t.ppf((1 + confidence) / 2, self.degrees_of_freedom) * self.error)
        return Interval(self.mean - half, self.mean + half)

    def verdict(self, first: str, second: str, margin: float = MARGIN) -> str:
        """Say what is shown: which is better, that they are equal, or neither.

        Args:
            first: Name of the first model.
            second: Name of the second one.
            margin: Differences of at most so much count as none. That they are is shown by two
                one-sided tests at 5% (TOST: Schuirmann 1987, "A comparison of the two one-sided
                tests procedure and the power approach", Journal of Pharmacokinetics and
                Biopharmaceutics 15).
        """
        interval = self.interval()
        if interval.excludes(0):
            return f"{first if self.mean > 0 else second} is better"
        inner = self.interval(0.90)
        if -margin < inner.low and inner.high < margin:
            return f"equal to within {margin:g} (two one-sided tests)"
        return f"no difference shown; it is smaller than {max(-interval.low, interval.high):.3f}"

    def describe(self, first: str, second: str, where: str, margin: float = MARGIN) -> str:
        """Say in a sentence what is shown, with the figures."""
        low, high = self.interval()
        return (
            f"{first} against {second} {where}: {self.mean:+.4f} (95% {low:+.4f} to {high:+.4f}), "
            f"p = {self.p_value:.2g}: {self.verdict(first, second, margin)}."
        )


def welch(first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare the means of two kinds over their seeds, with spreads of their own.

    Args:
        first: One score a seed, `(seeds,)`, at least two.
        second: The same of the other kind; the seeds need not be as many.

    Raises:
        ValueError: If there are fewer than two scores, or one is not finite.

    Source: Welch (1947), "The generalization of Student's problem when several different
    population variances are involved", Biometrika 34.
    """
    a, b = finite_values(first), finite_values(second)
    parts = [(spread(x) ** 2 / len(x), len(x) - 1) for x in (a, b)]
    return _combine(float(a.mean() - b.mean()), parts)


def compare_nets(
    first: ArrayLike, second: ArrayLike, groups: ArrayLike | None = None
) -> Difference:
    """Compare two kinds of nets on shared test rows, over seeds and rows together.

    The variance of the difference is that over rows (over groups, where rows are copies of one
    photo) plus that over the seeds of each kind. Of a kind with one net only, nothing is known of
    other seeds, so that the result is about this one net.

    Args:
        first: Whether each net is right about each row, booleans `(seeds, rows)`.
        second: The same of the other kind, on the same rows.
        groups: For each row what it is a copy of, `(rows,)`.

    Raises:
        ValueError: If the arrays are not boolean, or not of the same rows.

    Source: Welch and Satterthwaite's degrees of freedom, as in `welch`.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.dtype != bool or b.dtype != bool or a.ndim != 2 or b.ndim != 2 or len(a.T) != len(b.T):
        raise ValueError(
            "Expected two boolean arrays, a row for each net and a column for each test row, got "
            f"{a.dtype} {a.shape} and {b.dtype} {b.shape}."
        )
    return compare_rows(a, b, groups)


def compare_rows(
    first: np.ndarray, second: np.ndarray, groups: ArrayLike | None = None
) -> Difference:
    """Compare the means of any values of shared rows, such as squared errors, see `compare_nets`.

    Args:
        first: A value for each net and row, `(seeds, rows)`.
        second: The same of the other kind, on the same rows.
        groups: For each row what it is a copy of, `(rows,)`.
    """
    a, b = first, second
    over_rows, row_freedom = row_errors(a.mean(axis=0) - b.mean(axis=0), groups)
    parts = [(over_rows**2, row_freedom)]
    for nets in (a, b):
        if len(nets) > 1:
            parts.append((spread(nets.mean(axis=1)) ** 2 / len(nets), len(nets) - 1))
    return _combine(float(a.mean() - b.mean()), parts)


def corrected_resampled_t_test(differences: ArrayLike, n_train: int, n_test: int) -> Difference:
    """Compare two models over random splits of one data set.

    The k splits share most of their training rows, so their differences d are correlated
    and the plain t-test finds differences where there are none. The correction widens the
    variance of the mean: s² (1/k + n_test/n_train) in place of s²/k.

    Args:
        differences: Score of the first minus score of the second for each split, `(splits,)`.
        n_train: Training rows of one split.
        n_test: Test rows of one split.

    Raises:
        ValueError: If there are fewer than two differences, one is not finite, or a number
            of rows is below 1.

    Source: Nadeau and Bengio (2003), "Inference for the Generalization Error", Machine
    Learning 52.
    """
    d = finite_values(differences)
    if n_train < 1 or n_test < 1:
        raise ValueError(f"Expected at least one row each, got n_train={n_train}, n_test={n_test}.")
    error = spread(d) * np.sqrt(1 / len(d) + n_test / n_train)
    return Difference(float(d.mean()), float(error), len(d) - 1)


def interval_of_difference(
    first: float, first_interval: Interval, second: float, second_interval: Interval
) -> Interval:
    """Return the interval of `first - second` from the intervals of two independent results.

    Of proportions with Wilson's intervals it is method 10 of Newcombe (1998), "Interval estimation
    for the difference between independent proportions"; of others see Zou and Donner (2008).
    """
    difference = first - second
    return Interval(
        difference - math.hypot(first - first_interval[0], second_interval[1] - second),
        difference + math.hypot(first_interval[1] - first, second - second_interval[0]),
    )


def _combine(mean: float, parts: list[tuple[float, int]]) -> Difference:
    """Add up variances of a mean, each with its degrees of freedom."""
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return Difference(mean, 0.0, float(min(freedom for _, freedom in parts)))
    freedom = variance**2 / sum(part**2 / freedom for part, freedom in parts)
    return Difference(mean, float(np.sqrt(variance)), float(freedom))
