"""Intervals for accuracies and other results.

- One model, one test set: `wilson_interval`.
- One model, many seeds: `mean_interval` for where the mean lies (`geometric_mean_interval`
  for ratios and other positive numbers that differ manifold), `prediction_interval` for where
  the next seed's result will fall.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class Interval(NamedTuple):
    """A range of values, both ends included; `low, high = interval` unpacks it."""

    low: float
    high: float

    def of_share(self) -> Interval:
        """Return the part of it that a share, such as an accuracy, can have: from 0 to 1."""
        return Interval(max(self.low, 0.0), min(self.high, 1.0))

    def excludes(self, value: float) -> bool:
        """Tell whether a value lies outside of it: no difference, say."""
        return not self.low <= value <= self.high


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the score interval of a proportion, e.g. of a test accuracy.

    It stays inside 0..1 and holds its confidence for small n and for proportions near 0
    or 1, where mean ± 1.96 standard errors does not.

    Args:
        successes: Number of successes, 0 to n.
        n: Number of trials, at least 1.
        confidence: Share of such intervals that hold the true proportion, 0 to 1.

    Raises:
        ValueError: If n is below 1 or successes are not within 0..n.

    Source: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association 22.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(
            f"Expected 0 <= successes <= n and n >= 1, got successes={successes}, n={n}; "
            "a proportion of no trials has no interval."
        )
    _require_confidence(confidence)
    result = stats.binomtest(int(successes), int(n)).proportion_ci(confidence, method="wilson")
    return Interval(float(result.low), float(result.high))


def row_errors(values: ArrayLike, groups: ArrayLike | None = None) -> tuple[float, int]:
    """Return the standard error of a mean over rows, and its degrees of freedom.

    Args:
        values: One value a row, `(rows,)`.
        groups: For each row what it is a copy of, `(rows,)`; rows of one group are taken for
            one draw (ratio estimator: Cochran 1977, Sampling Techniques, chapter 6).
    """
    x = np.asarray(values, dtype=np.float64)
    members = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    residuals = np.bincount(members, weights=x - x.mean())
    count = len(residuals)
    if count < 2:
        raise ValueError(f"Expected rows of two groups or more, got {count}.")
    return float(np.sqrt(count / (count - 1) * np.sum(residuals**2)) / len(x)), count - 1


def accuracy_interval(right: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """Return the interval of one net's accuracy: Wilson's, of as many rows as are independent.

    Rows that are copies of one photo tell less than as many photos. Their effective number is
    that of independent rows with the same standard error (Kish 1965, Survey Sampling).

    Args:
        right: Whether the net is right about each row, `(rows,)`.
        groups: For each row what it is a copy of, `(rows,)`, if rows are copies.
    """
    correct = np.asarray(right, dtype=bool)
    rows = len(correct)
    if groups is None:
        return wilson_interval(int(correct.sum()), rows)
    accuracy, photos = float(correct.mean()), len(np.unique(groups))
    error = row_errors(correct, groups)[0]
    known = accuracy * (1 - accuracy) / error**2 if error > 0 else photos
    effective = int(np.clip(round(known), min(photos, rows), rows))
    return wilson_interval(round(accuracy * effective), effective)


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return where the mean over all seeds lies: mean ± t s/√k (Student's t interval).

    Args:
        values: One result per seed, `(seeds,)`, at least two.
        confidence: Share of such intervals that hold the true mean, 0 to 1.

    Raises:
        ValueError: If there are fewer than two values or one is not finite.
    """
    x = finite_values(values)
    return t_interval(x, 1 / len(x), confidence)


def geometric_mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return where the geometric mean over all seeds lies: exp of the logarithms' mean interval.

    Args:
        values: One positive result per seed, `(seeds,)`, at least two.
        confidence: Share of such intervals that hold the true geometric mean, 0 to 1.

    Raises:
        ValueError: If there are fewer than two values, or one is not positive and finite.
    """
    x = finite_values(values)
    if (x <= 0).any():
        raise ValueError(f"Expected positive values, got {x.min():g} as the smallest.")
    low, high = mean_interval(np.log(x), confidence)
    return Interval(float(np.exp(low)), float(np.exp(high)))


def prediction_interval(
    values: ArrayLike, confidence: float = 0.95, *, share: bool = False
) -> Interval:
    """Return where one more seed's result will fall: mean ± t s √(1 + 1/k).

    Unlike `mean_interval` it does not shrink to a point with more seeds: it answers whether
    a number that somebody got in a single run could come from the same experiment. It takes
    the results for normally distributed.

    Args:
        values: One result per seed, `(seeds,)`, at least three.
        confidence: Share of such intervals that hold the next result, 0 to 1.
        share: Whether the results are shares, which end at 0 and 1.

    Raises:
        ValueError: If there are fewer than three values or one is not finite.
    """
    x = finite_values(values)
    if len(x) < 3:
        raise ValueError(f"Two values do not tell where a third one falls, got {x}.")
    found = t_interval(x, 1 + 1 / len(x), confidence)
    return found.of_share() if share else found


def spread(x: np.ndarray) -> float:
    """Return the sample standard deviation, exactly 0 if all values are equal."""
    # The rounding of the mean alone would give .1, .1, .1 a spread of 1e-17.
    return float(x.std(ddof=1)) if np.ptp(x) > 0 else 0.0


def t_interval(x: np.ndarray, factor: float, confidence: float) -> Interval:
    """Return mean ± t s √factor."""
    _require_confidence(confidence)
    quantile = stats.t.ppf((1 + confidence) / 2, len(x) - 1)
    mean, half_width = float(x.mean()), float(quantile * spread(x) * np.sqrt(factor))
    return Interval(mean - half_width, mean + half_width)


def finite_values(values: ArrayLike) -> np.ndarray:
    """Return at least two finite values as an array, `(values,)`; refuse others."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(
            f"Expected at least two finite values in one dimension, got shape {x.shape} with "
            f"{int(np.sum(~np.isfinite(x)))} NaN or infinite; run more seeds or splits, and "
            "leave out runs that diverged."
        )
    return x


def _require_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}; 95% is 0.95.")
