"""Intervals and tests for accuracies: how much of a number is chance?

Which one to take:
- One model, one test set: `wilson_interval`.
- Two models, one test set: `exact_mcnemar`.
- Two models, many random splits of one data set: `corrected_resampled_t_test`.
- One model, many seeds: `mean_interval` for where the mean lies (`geometric_mean_interval`
  for ratios and other positive numbers that differ manifold), `prediction_interval` for where
  the next seed's result will fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class Interval(NamedTuple):
    """A range of values, both ends included; `low, high = interval` unpacks it."""

    low: float
    high: float

    def rounded(self, digits: int = 4) -> list[float]:
        """Return both ends as a table shows them."""
        return [round(end, digits) for end in self]


@dataclass(frozen=True)
class McNemarTest:
    """Result of `exact_mcnemar`.

    Attributes:
        only_a_correct: Samples that A got right and B wrong.
        only_b_correct: Samples that B got right and A wrong.
        p_value: Two-sided; small if the two differ by more than chance.
    """

    only_a_correct: int
    only_b_correct: int
    p_value: float


@dataclass(frozen=True)
class ResampledTTest:
    """Result of `corrected_resampled_t_test`.

    Attributes:
        mean_difference: Mean of the differences.
        interval: Where the mean difference lies, at the confidence asked for.
        t: Test statistic; infinite if all differences are equal but not 0.
        degrees_of_freedom: Number of differences minus 1.
        p_value: Two-sided.
    """

    mean_difference: float
    interval: Interval
    t: float
    degrees_of_freedom: int
    p_value: float


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


def exact_mcnemar(correct_a: ArrayLike, correct_b: ArrayLike) -> McNemarTest:
    """Test whether two models differ in accuracy on the same samples.

    Samples that both got right, or both wrong, say nothing. If the models are equally good,
    each of the others is a fair coin, so the test is an exact binomial one.

    Args:
        correct_a: Whether A was right, booleans, `(samples,)`.
        correct_b: Whether B was right on the same samples, booleans, `(samples,)`.

    Returns:
        The counts and the p-value; it is 1 if the models were right on the same samples.

    Raises:
        ValueError: If the arrays are not boolean or not of one length.

    Source: McNemar (1947), "Note on the sampling error of the difference between
    correlated proportions or percentages", Psychometrika 12.
    """
    a, b = np.asarray(correct_a), np.asarray(correct_b)
    if a.dtype != bool or b.dtype != bool or a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            "Expected two boolean arrays of one length, one value per sample, got "
            f"{a.dtype} {a.shape} and {b.dtype} {b.shape}; compare predictions with labels first."
        )
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(~a & b))
    discordant = only_a + only_b
    p_value = float(stats.binomtest(only_a, discordant).pvalue) if discordant else 1.0
    return McNemarTest(only_a, only_b, p_value)


def describe_mcnemar(
    name_a: str, correct_a: ArrayLike, name_b: str, correct_b: ArrayLike, level: float = 0.05
) -> str:
    """Say in a sentence whether two models differ on one test set.

    Args:
        name_a: Name of the first model.
        correct_a: Whether it is right about each sample, `(samples,)` booleans.
        name_b: Name of the second model.
        correct_b: The same of the second model, same samples in the same order.
        level: A p-value below it shows a difference.
    """
    test = exact_mcnemar(correct_a, correct_b)
    difference = float(np.mean(np.asarray(correct_a)) - np.mean(np.asarray(correct_b)))
    better = name_a if difference > 0 else name_b
    verdict = f"{better} is better" if test.p_value < level else "no difference can be shown"
    return (
        f"{name_a} against {name_b} on {len(np.asarray(correct_a)):,} test rows: "
        f"{difference:+.4f}, alone right {test.only_a_correct} and {test.only_b_correct} times, "
        f"McNemar p = {test.p_value:.3g}: {verdict}."
    )


def corrected_resampled_t_test(
    differences: ArrayLike, n_train: int, n_test: int, confidence: float = 0.95
) -> ResampledTTest:
    """Test whether two models differ over random splits of one data set.

    The k splits share most of their training rows, so their differences d are correlated
    and the plain t-test finds differences where there are none. The correction widens the
    variance of the mean: s² (1/k + n_test/n_train) in place of s²/k.

    Args:
        differences: Score of A minus score of B for each split, `(splits,)`.
        n_train: Training rows of one split.
        n_test: Test rows of one split.
        confidence: Confidence of the interval, 0 to 1.

    Returns:
        Mean difference, its interval, t, degrees of freedom k − 1 and the p-value. If all
        differences are equal, the interval is a point, and p is 0, or 1 if they are all 0.

    Raises:
        ValueError: If there are fewer than two differences, one is not finite, or a number
            of rows is below 1.

    Source: Nadeau and Bengio (2003), "Inference for the Generalization Error", Machine
    Learning 52.
    """
    d = _finite_values(differences)
    if n_train < 1 or n_test < 1:
        raise ValueError(f"Expected at least one row each, got n_train={n_train}, n_test={n_test}.")
    factor = 1 / len(d) + n_test / n_train
    mean, error, df = float(d.mean()), _spread(d) * np.sqrt(factor), len(d) - 1
    t = float(mean / error) if error > 0 else float(np.sign(mean)) * np.inf if mean else 0.0
    p_value = float(2 * stats.t.sf(abs(t), df))
    return ResampledTTest(mean, _t_interval(d, factor, confidence), t, df, p_value)


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return where the mean over all seeds lies: mean ± t s/√k (Student's t interval).

    Args:
        values: One result per seed, `(seeds,)`, at least two.
        confidence: Share of such intervals that hold the true mean, 0 to 1.

    Raises:
        ValueError: If there are fewer than two values or one is not finite.
    """
    x = _finite_values(values)
    return _t_interval(x, 1 / len(x), confidence)


def geometric_mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return where the geometric mean over all seeds lies: exp of the logarithms' mean interval.

    Args:
        values: One positive result per seed, `(seeds,)`, at least two.
        confidence: Share of such intervals that hold the true geometric mean, 0 to 1.

    Raises:
        ValueError: If there are fewer than two values, or one is not positive and finite.
    """
    x = _finite_values(values)
    if (x <= 0).any():
        raise ValueError(f"Expected positive values, got {x.min():g} as the smallest.")
    low, high = mean_interval(np.log(x), confidence)
    return Interval(float(np.exp(low)), float(np.exp(high)))


def prediction_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return where one more seed's result will fall: mean ± t s √(1 + 1/k).

    Unlike `mean_interval` it does not shrink to a point with more seeds: it answers whether
    a number that somebody got in a single run could come from the same experiment. It takes
    the results for normally distributed and is not cut off at 0 and 1.

    Args:
        values: One result per seed, `(seeds,)`, at least two.
        confidence: Share of such intervals that hold the next result, 0 to 1.

    Raises:
        ValueError: If there are fewer than two values or one is not finite.
    """
    x = _finite_values(values)
    return _t_interval(x, 1 + 1 / len(x), confidence)


def _spread(x: np.ndarray) -> float:
    """Return the sample standard deviation, exactly 0 if all values are equal."""
    # The rounding of the mean alone would give .1, .1, .1 a spread of 1e-17.
    return float(x.std(ddof=1)) if np.ptp(x) > 0 else 0.0


def _t_interval(x: np.ndarray, factor: float, confidence: float) -> Interval:
    """Return mean ± t s √factor."""
    _require_confidence(confidence)
    quantile = stats.t.ppf((1 + confidence) / 2, len(x) - 1)
    mean, half_width = float(x.mean()), float(quantile * _spread(x) * np.sqrt(factor))
    return Interval(mean - half_width, mean + half_width)


def _finite_values(values: ArrayLike) -> np.ndarray:
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
