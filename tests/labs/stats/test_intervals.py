from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from labs.stats.intervals import (
    Interval,
    McNemarTest,
    corrected_resampled_t_test,
    describe_mcnemar,
    exact_mcnemar,
    geometric_mean_interval,
    mean_interval,
    prediction_interval,
    wilson_interval,
)


def test_wilson_interval_of_the_lectures_test_accuracy() -> None:
    low, high = wilson_interval(126, 177)  # .7119
    assert (round(low, 3), round(high, 3)) == (0.641, 0.774)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (3, 8), (9950, 10000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_wilson_interval_solves_wilsons_equation(successes: int, n: int, confidence: float) -> None:
    # Its ends are the p with |p̂ − p| = z √(p(1−p)/n).
    z = stats.norm.ppf((1 + confidence) / 2)
    for p in wilson_interval(successes, n, confidence):
        assert abs(successes / n - p) == pytest.approx(z * math.sqrt(abs(p * (1 - p)) / n))


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"successes={successes}, n={n}"):
        wilson_interval(successes, n)


def test_mcnemar_counts_disagreements_and_tests_them_as_coin_flips() -> None:
    a = np.array([True] * 8 + [False] * 2 + [True] * 50 + [False] * 40)
    b = np.array([False] * 8 + [True] * 2 + [True] * 50 + [False] * 40)
    # 2 · (1 + 10 + 45) / 2¹⁰ for 0, 1 or 2 heads of 10.
    test, mirrored = exact_mcnemar(a, b), exact_mcnemar(b, a)
    assert (test.only_a_correct, test.only_b_correct) == (8, 2)
    assert (mirrored.only_a_correct, mirrored.only_b_correct) == (2, 8)
    assert test.p_value == mirrored.p_value == pytest.approx(112 / 1024)


def test_mcnemar_agrees_with_scipys_binomial_test() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random(177) < 0.8, rng.random(177) < 0.7
    test = exact_mcnemar(a, b)
    discordant = int(np.sum(a != b))
    assert test.only_a_correct + test.only_b_correct == discordant
    assert test.p_value == pytest.approx(stats.binomtest(test.only_b_correct, discordant).pvalue)


def test_mcnemar_without_disagreement_has_p_1() -> None:
    correct = np.array([True, False, True])
    assert exact_mcnemar(correct, correct) == McNemarTest(0, 0, 1.0)
    empty = np.array([], dtype=bool)
    assert exact_mcnemar(empty, empty).p_value == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1, 0], [1, 0]),
        ([True], [True, False]),
        ([[True]], [[True]]),
    ],
)
def test_mcnemar_refuses_anything_but_two_like_boolean_arrays(a: list, b: list) -> None:
    with pytest.raises(ValueError, match="Expected two boolean arrays of one length"):
        exact_mcnemar(a, b)


def test_corrected_t_test_by_hand() -> None:
    # d = (1, 2, 3): mean 2, s² = 1; variance 1 · (1/3 + 20/80) = 7/12.
    test = corrected_resampled_t_test([1, 2, 3], n_train=80, n_test=20)
    assert test.mean_difference == 2
    assert test.degrees_of_freedom == 2
    assert test.t == pytest.approx(2 / math.sqrt(7 / 12))
    # For 2 degrees of freedom P(|T| > t) = 1 − t/√(t² + 2), and the 95% quantile is 4.3027.
    assert test.p_value == pytest.approx(1 - test.t / math.sqrt(test.t**2 + 2))
    half_width = 4.302653 * math.sqrt(7 / 12)
    assert test.interval == pytest.approx((2 - half_width, 2 + half_width))


def test_corrected_t_test_without_overlap_is_the_plain_one() -> None:
    d = np.random.default_rng(0).normal(0.01, 0.03, 10)
    test = corrected_resampled_t_test(d, n_train=10**12, n_test=1, confidence=0.9)
    plain = stats.ttest_1samp(d, 0)
    assert (test.t, test.p_value) == pytest.approx((plain.statistic, plain.pvalue))
    assert test.interval == pytest.approx(tuple(plain.confidence_interval(0.9)))


def test_correction_finds_fewer_differences() -> None:
    d = np.random.default_rng(0).normal(0.01, 0.03, 10)
    corrected = corrected_resampled_t_test(d, n_train=80, n_test=20)
    assert corrected.p_value > stats.ttest_1samp(d, 0).pvalue


@pytest.mark.parametrize(
    ("difference", "t", "p_value"), [(0.0, 0, 1), (0.1, math.inf, 0), (-0.1, -math.inf, 0)]
)
def test_equal_differences_leave_no_doubt(difference: float, t: float, p_value: float) -> None:
    # The mean of three times .1 is not .1 to the last bit; this must not matter.
    test = corrected_resampled_t_test([difference] * 3, n_train=80, n_test=20)
    assert (test.t, test.p_value) == (t, p_value)
    assert test.interval == pytest.approx((difference, difference))


def test_splits_without_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="n_train=0, n_test=20"):
        corrected_resampled_t_test([1, 2], 0, 20)


def test_mean_interval_is_students() -> None:
    x = np.random.default_rng(1).normal(0.8, 0.01, 7)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.9)
    assert mean_interval(x, 0.9) == pytest.approx(tuple(expected))


def test_geometric_mean_interval_by_hand() -> None:
    # Logarithms 1, 2, 3: mean 2, s = 1, 2 degrees of freedom: exp(2 ± 4.3027 / √3).
    half_width = 4.302653 / math.sqrt(3)
    expected = math.exp(2 - half_width), math.exp(2 + half_width)
    assert geometric_mean_interval(np.exp([1, 2, 3])) == pytest.approx(expected)
    with pytest.raises(ValueError, match="positive"):
        geometric_mean_interval([1, 0])


def test_an_interval_is_rounded_for_a_table() -> None:
    assert Interval(0.12345, 0.98765).rounded() == [0.1235, 0.9877]
    assert Interval(0.12345, 0.98765).rounded(2) == [0.12, 0.99]


def test_prediction_interval_by_hand() -> None:
    # Mean 2, s = 1, 2 degrees of freedom: 2 ± 4.3027 √(1 + 1/3).
    half_width = 4.302653 * math.sqrt(4 / 3)
    assert prediction_interval([1, 2, 3]) == pytest.approx((2 - half_width, 2 + half_width))


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(2)
    samples, following = rng.normal(5, 2, (2000, 6)), rng.normal(5, 2, 2000)

    def share(intervals: list[Interval], values: np.ndarray) -> float:
        return float(
            np.mean([i.low <= v <= i.high for i, v in zip(intervals, values, strict=True)])
        )

    means = [mean_interval(x) for x in samples]
    next_ones = [prediction_interval(x) for x in samples]
    assert share(means, np.full(2000, 5)) == pytest.approx(0.95, abs=0.015)
    assert share(next_ones, following) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("interval", [mean_interval, geometric_mean_interval, prediction_interval])
def test_equal_values_have_an_interval_of_one_point(interval: Callable) -> None:
    low, high = interval([0.1, 0.1, 0.1])
    assert low == high == pytest.approx(0.1)


@pytest.mark.parametrize("values", [[], [1], [1, math.nan], [1, math.inf], [[1, 2], [3, 4]]])
def test_too_few_or_not_finite_values_are_refused(values: list) -> None:
    for function in (mean_interval, geometric_mean_interval, prediction_interval):
        with pytest.raises(ValueError, match="at least two finite values"):
            function(values)
    with pytest.raises(ValueError, match="at least two finite values"):
        corrected_resampled_t_test(values, 80, 20)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        wilson_interval(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        mean_interval([1, 2], confidence)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        corrected_resampled_t_test([1, 2], 8, 2, confidence)


def test_mcnemar_in_words_names_the_better_model_only_where_the_test_shows_one() -> None:
    right, half = np.ones(40, bool), np.arange(40) % 2 == 0
    assert "A is better" in describe_mcnemar("A", right, "B", half)
    assert "A is better" in describe_mcnemar("B", half, "A", right)
    said = describe_mcnemar("A", half, "B", ~half)
    assert said == (
        "A against B on 40 test rows: +0.0000, alone right 20 and 20 times, McNemar p = 1: "
        "no difference can be shown."
    )
