from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from labs.stats.intervals import (
    Interval,
    accuracy_interval,
    geometric_mean_interval,
    mean_interval,
    prediction_interval,
    row_errors,
    wilson_interval,
)


def test_interval_has_its_ends_and_as_one_of_a_share_none_beyond_0_and_1() -> None:
    assert [Interval(0.2, 0.4).excludes(v) for v in (0.1, 0.2, 0.3, 0.4, 0.5)] == [1, 0, 0, 0, 1]
    assert Interval(-0.1, 1.1).of_share() == (0, 1)
    assert Interval(0.2, 0.4).of_share() == (0.2, 0.4)


def test_wilson_interval_of_the_lectures_test_accuracy() -> None:
    low, high = wilson_interval(126, 177)  # .7119
    assert (round(low, 3), round(high, 3)) == (0.641, 0.774)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 1), (3, 8), (9950, 10000)])
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


# Rights of four photos with three copies each. Of 9/12 right, p (1 − p) = 3/16; the photos' sums
# differ from 9/4 by d, and the variance of the mean is 4/3 Σd² / 144.
@pytest.mark.parametrize(
    ("right", "successes", "n"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 3, 4),  # Σd² = 27/4: 3 rows, but there are 4 photos
        ([1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0], 5, 7),  # Σd² = 11/4: 7.4 rows
        ([1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0], 9, 12),  # Σd² = 3/4: 27 rows, but there are 12
        ([1] * 12, 4, 4),
    ],
)
def test_accuracy_over_copies_is_one_over_as_many_rows_as_tell_as_much(
    right: list[int], successes: int, n: int
) -> None:
    photos = np.repeat([7, 3, 5, 9], 3)
    assert accuracy_interval(right, photos) == wilson_interval(successes, n)
    assert accuracy_interval(right) == wilson_interval(sum(right), 12)


def test_error_over_rows_by_hand() -> None:
    assert row_errors([1, 2, 3]) == (pytest.approx(1 / math.sqrt(3)), 2)
    assert row_errors([0, 4]) == (pytest.approx(2), 1)
    # Mean 2, and the groups' sums differ from twice that by −2, 0, 2: 3/2 · 8 / 6².
    assert row_errors([1, 1, 2, 2, 3, 3], [5, 5, 1, 1, 9, 9]) == (pytest.approx(1 / 3**0.5), 2)
    with pytest.raises(ValueError, match="two groups or more, got 1"):
        row_errors([1, 2], [3, 3])


def test_mean_interval_is_students() -> None:
    x = np.random.default_rng(1).normal(0.8, 0.01, 7)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.9)
    assert mean_interval(x, 0.9) == pytest.approx(tuple(expected))


def test_geometric_mean_interval_by_hand() -> None:
    # Logarithms 1, 2, 3: mean 2, s = 1, 2 degrees of freedom: exp(2 ± 4.3027 / √3).
    half_width = 4.302653 / math.sqrt(3)
    expected = math.exp(2 - half_width), math.exp(2 + half_width)
    assert geometric_mean_interval(np.exp([1, 2, 3])) == pytest.approx(expected)
    assert geometric_mean_interval(np.exp([-1, -2, -3])) == pytest.approx(
        [1 / expected[1], 1 / expected[0]]
    )
    for least in (0, -1):
        with pytest.raises(ValueError, match=f"positive values, got {least} as the smallest"):
            geometric_mean_interval([1, least])


def test_prediction_interval_by_hand() -> None:
    # Mean 2, s = 1, 2 degrees of freedom: 2 ± 4.3027 √(1 + 1/3).
    half_width = 4.302653 * math.sqrt(4 / 3)
    assert prediction_interval([1, 2, 3]) == pytest.approx((2 - half_width, 2 + half_width))
    assert prediction_interval([0.1, 0.2, 0.9], share=True) == (0, 1)
    with pytest.raises(ValueError, match="Two values do not tell"):
        prediction_interval([1, 2])


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


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        (1, 0), ([], 0), ([1], 0), ([[1, 2], [3, 4]], 0),
        ([1, math.nan], 1), ([1, math.inf], 1), ([1, 2, math.nan, -math.inf], 2),
    ],
)  # fmt: skip
def test_too_few_or_not_finite_values_are_refused(values: list, unknown: int) -> None:
    for function in (mean_interval, geometric_mean_interval, prediction_interval):
        with pytest.raises(ValueError, match=f"at least two finite values .* with {unknown} NaN"):
            function(values)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        wilson_interval(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        mean_interval([1, 2], confidence)
