from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from labs.stats.intervals import (
    Interval,
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


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        wilson_interval(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        mean_interval([1, 2], confidence)
