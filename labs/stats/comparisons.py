"""Tests: do two models differ by more than chance?

- Two models, one test set: `exact_mcnemar`.
- Two models, many random splits of one data set: `corrected_resampled_t_test`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from labs.stats.intervals import Interval, finite_values, spread, t_interval


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
    d = finite_values(differences)
    if n_train < 1 or n_test < 1:
        raise ValueError(f"Expected at least one row each, got n_train={n_train}, n_test={n_test}.")
    factor = 1 / len(d) + n_test / n_train
    mean, error, df = float(d.mean()), spread(d) * np.sqrt(factor), len(d) - 1
    t = float(mean / error) if error > 0 else float(np.sign(mean)) * np.inf if mean else 0.0
    p_value = float(2 * stats.t.sf(abs(t), df))
    return ResampledTTest(mean, t_interval(d, factor, confidence), t, df, p_value)
