from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from labs.stats.comparisons import (
    Difference,
    compare_nets,
    compare_rows,
    corrected_resampled_t_test,
    interval_of_difference,
    welch,
)
from labs.stats.intervals import wilson_interval


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.8, 0.02, 12), rng.normal(0.78, 0.05, 30)
    ours, theirs = welch(a, b), stats.ttest_ind(a, b, equal_var=False)
    assert (ours.t, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert ours.interval() == pytest.approx(tuple(theirs.confidence_interval()))


def draw_nets(
    rng: np.random.Generator, nets: int, photos: np.ndarray, better: float, copies: int
) -> np.ndarray:
    """Return nets that know a photo, with all its copies, by chance of row and seed."""
    skill = photos + better + rng.normal(0, 0.05, (nets, 1))
    known = rng.random((nets, len(photos))) < np.clip(skill, 0, 1)
    return np.repeat(known, copies, axis=1)


@pytest.mark.parametrize("copies", [1, 8])
def test_interval_over_seeds_and_rows_holds_what_it_says(copies: int) -> None:
    rng, hits, naive = np.random.default_rng(1), [], []
    for _ in range(300):
        photos = rng.uniform(0.3, 0.8, 120)
        a, b = (draw_nets(rng, 5, photos, better, copies) for better in (0.05, 0.0))
        groups = np.repeat(np.arange(120), copies)
        low, high = compare_nets(a, b, groups).interval()
        hits.append(low <= 0.05 <= high)
        low, high = compare_nets(a[:1], b[:1]).interval()
        naive.append(low <= 0.05 <= high)
    assert np.mean(hits) >= 0.93
    if copies > 1:
        assert np.mean(naive) < 0.8  # one seed, and copies taken for rows of their own


def test_spread_over_nets_counts_where_rows_are_alike() -> None:
    nets = np.repeat([[0.0], [2.0], [4.0]], 50, axis=1)
    difference = compare_rows(nets, np.zeros((1, 50)))
    assert (difference.mean, difference.error) == pytest.approx((2.0, 2 / math.sqrt(3)))
    assert difference.degrees_of_freedom == pytest.approx(2)
    assert compare_rows(nets[::2], np.zeros((1, 50))).error == pytest.approx(2)


def test_one_net_against_one_is_the_paired_t_test_of_rows() -> None:
    a, b = np.random.default_rng(0).normal(0, 1, (2, 1, 20))
    ours, theirs = compare_rows(a, b), stats.ttest_rel(a[0], b[0])
    assert (ours.t, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_nets_that_are_right_on_the_same_rows_do_not_differ() -> None:
    right = np.arange(40)[None] % 2 == 0
    outcome = compare_nets(right, right)
    assert (outcome.mean, outcome.p_value, outcome.interval()) == (0, 1, (0, 0))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.ones((2, 3)), np.ones((2, 3), bool)),
        (np.ones(3, bool), np.ones((1, 3), bool)),
        (np.ones((1, 2, 3), bool), np.ones((1, 3), bool)),
        (np.ones((1, 4), bool), np.ones((1, 3), bool)),
    ],
)
def test_other_than_boolean_rows_of_nets_are_refused(a: np.ndarray, b: np.ndarray) -> None:
    for first, second in ((a, b), (b, a)):
        with pytest.raises(ValueError, match="Expected two boolean arrays"):
            compare_nets(first, second)


@pytest.mark.parametrize(
    ("mean", "error", "verdict"),
    [
        (0.03, 0.01, "A is better"),
        (-0.03, 0.01, "B is better"),
        (0.001, 0.005, "equal to within 0.02 (two one-sided tests)"),
        (0.01, 0.02, "no difference shown; it is smaller than 0.049"),
        (-0.01, 0.02, "no difference shown; it is smaller than 0.049"),
        (0.015, 0.01, "no difference shown; it is smaller than 0.035"),
        (-0.015, 0.01, "no difference shown; it is smaller than 0.035"),
    ],
)
def test_difference_in_words_says_what_is_shown(mean: float, error: float, verdict: str) -> None:
    assert Difference(mean, error, 1e6).verdict("A", "B") == verdict


def test_difference_in_a_sentence_has_its_figures() -> None:
    said = Difference(0.03, 0.01, 1e6).describe("A", "B", "on 40 rows")
    assert said == (
        "A against B on 40 rows: +0.0300 (95% +0.0104 to +0.0496), p = 0.0027: A is better."
    )


def test_corrected_t_test_by_hand() -> None:
    # d = (1, 2, 3): mean 2, s² = 1; variance 1 · (1/3 + 20/80) = 7/12.
    test = corrected_resampled_t_test([1, 2, 3], n_train=80, n_test=20)
    assert test.mean == 2
    assert test.degrees_of_freedom == 2
    assert test.t == pytest.approx(2 / math.sqrt(7 / 12))
    # For 2 degrees of freedom P(|T| > t) = 1 − t/√(t² + 2), and the 95% quantile is 4.3027.
    assert test.p_value == pytest.approx(1 - test.t / math.sqrt(test.t**2 + 2))
    half_width = 4.302653 * math.sqrt(7 / 12)
    assert test.interval() == pytest.approx((2 - half_width, 2 + half_width))


def test_corrected_t_test_without_overlap_is_the_plain_one() -> None:
    d = np.random.default_rng(0).normal(0.01, 0.03, 10)
    test = corrected_resampled_t_test(d, n_train=10**12, n_test=1)
    plain = stats.ttest_1samp(d, 0)
    assert (test.t, test.p_value) == pytest.approx((plain.statistic, plain.pvalue))
    assert test.interval(0.9) == pytest.approx(tuple(plain.confidence_interval(0.9)))


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
    assert test.interval() == pytest.approx((difference, difference))


def test_splits_without_rows_are_refused() -> None:
    for rows in ((0, 20), (80, 0)):
        with pytest.raises(ValueError, match="n_train={}, n_test={}".format(*rows)):
            corrected_resampled_t_test([1, 2], *rows)
    assert corrected_resampled_t_test([1, 3], 1, 1).error == pytest.approx(math.sqrt(3))


@pytest.mark.parametrize("values", [[], [1], [1, math.nan]])
def test_too_few_or_not_finite_differences_are_refused(values: list) -> None:
    with pytest.raises(ValueError, match="at least two finite values"):
        corrected_resampled_t_test(values, 80, 20)


def test_interval_of_a_difference_of_proportions_is_newcombes() -> None:
    """Newcombe (1998), table II, (a): 56 of 70 against 48 of 80, method 10."""
    first, second = wilson_interval(56, 70), wilson_interval(48, 80)
    found = interval_of_difference(56 / 70, first, 48 / 80, second)
    assert found == pytest.approx((0.0524, 0.3339), abs=5e-5)
