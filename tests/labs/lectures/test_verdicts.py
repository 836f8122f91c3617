from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from labs.lectures.verdicts import (
    VERDICTS,
    Judgement,
    Verdict,
    judge_bound,
    judge_formula,
    judge_number,
    judge_statement,
)
from labs.pages.terminal import VERDICT_STYLES
from labs.stats.intervals import Interval, mean_interval


def verdict(
    published: str,
    measured: float,
    mean: tuple[float, float] | None = None,
    prediction: tuple[float, float] | None = None,
) -> Verdict:
    return judge_number(
        published,
        measured,
        None if mean is None else Interval(*mean),
        None if prediction is None else Interval(*prediction),
    ).verdict


@pytest.mark.parametrize(
    ("published", "measured"),
    [
        (".7245", 0.72453),
        ("0.7245", 0.7245),
        (".7245", 0.72445),  # halfway: a slide may round either way
        (".7245", 0.72455),
        ("1.6", math.sqrt(2.5)),
        ("177", 177),
        ("10,000", 10000),
        ("-.3", -0.3),
        ("−12", -12.0),
        ("98.40%", 0.98404),
        ("98.4 %", 0.98351),
        ("97.6–98.2%", 0.9755),
        ("97.6–98.2%", 0.98),
        ("97.6–98.2%", 0.98249),
        (".9962264150943396", 264 / 265),
        (".711864406779661", 126 / 177),
    ],
)
def test_numbers_equal_to_the_printed_digits_are_reproduced(
    published: str, measured: float
) -> None:
    assert verdict(published, measured) == "reproduced"


@pytest.mark.parametrize(
    ("published", "measured"),
    [
        (".7245", 0.72456),
        (".7245", 0.7244),
        ("177", 178),
        ("−12", 12),
        ("98.40%", 0.98394),
        ("98.40%", 98.4),
        ("97.6–98.2%", 0.9831),
        (".9962264150943396", 0.99622641),
        (".711864406779661", 123 / 177),
    ],
)
def test_other_digits_differ(published: str, measured: float) -> None:
    assert verdict(published, measured) == "differs"


def test_a_mean_is_reproduced_where_its_interval_lies_within_a_hundredth_of_the_print() -> None:
    assert verdict(".71", 0.71, mean=(0.7, 0.72)) == "reproduced"  # .71 stands for .705–.715
    assert verdict(".71", 0.73, mean=(0.714, 0.746)) == "undecided"
    assert verdict(".71", 0.73, mean=(0.716, 0.744)) == "differs"
    assert verdict(".71", 0.71, mean=(0.698, 0.722)) == "reproduced"
    assert verdict(".71", 0.71, mean=(0.6979, 0.722)) == "undecided"
    assert verdict(".71", 0.71, mean=(0.698, 0.7222)) == "undecided"
    assert verdict("1", 2.0, mean=(1.5, 2.5)) == "undecided"  # 1 stands for .5–1.5
    assert verdict("1", 0.0, mean=(-0.5, 0.5)) == "undecided"
    assert verdict("71–75%", 0.73, mean=(0.7, 0.76)) == "reproduced"
    assert verdict("71–75%", 0.6, mean=(0.5, 0.7)) == "differs"
    assert verdict("71–75%", 0.6, mean=(0.4, 0.8)) == "undecided"


def test_fewer_seeds_give_no_friendlier_verdict() -> None:
    rng = np.random.default_rng(0)
    friendly = ["reproduced", "within noise"]
    for _ in range(200):
        values = rng.normal(0.80, 0.1, 30)
        few, many = (
            judge_number(".9480", float(x.mean()), mean_interval(x), None).verdict
            for x in (values[:3], values)
        )
        assert few not in friendly
        assert many == "differs"


def test_prediction_interval_puts_a_number_within_noise() -> None:
    mean, prediction = (0.676, 0.692), (0.638, 0.730)
    assert verdict(".7119", 0.684, mean, prediction) == "within noise"
    assert verdict(".6840", 0.684, (0.68, 0.688), prediction) == "reproduced"
    assert verdict(".7400", 0.684, mean, prediction) == "differs"
    assert verdict(".7119", 0.684, None, prediction) == "within noise"


def test_the_interval_that_the_verdict_rests_on_is_kept() -> None:
    mean, prediction = Interval(0.681, 0.692), Interval(0.638, 0.730)

    def interval(published: str, *intervals: Interval) -> Interval | None:
        return judge_number(published, 0.684, *intervals).interval

    assert interval(".69", mean, prediction) == mean
    assert interval(".71", mean, prediction) == prediction
    assert interval(".75", mean) == mean
    assert interval(".75") is None


def test_what_an_interval_could_have_shown_is_told() -> None:
    values = np.random.default_rng(1).normal(0.5, 1, 100_000)
    found = judge_bound(values, above=0.51)
    error = values.std() / np.sqrt(len(values))
    assert found.detectable == pytest.approx((1.96 + 0.8416) * error, rel=1e-3)
    assert found.p == pytest.approx(stats.norm.sf((0.51 - values.mean()) / error), rel=1e-2)
    below = judge_bound(values, below=0.49).p
    assert below == pytest.approx(stats.norm.sf((values.mean() - 0.49) / error), rel=1e-2)
    for printed in (".6", ".4"):
        two_sided = judge_number(printed, 0.5, Interval(0.45, 0.55)).p
        assert two_sided == pytest.approx(2 * stats.norm.sf(0.05 / (0.05 / 1.96)), rel=1e-3)
    assert judge_number(".5", 0.5, Interval(0.499, 0.501)).p == 1
    assert judge_number(".6", 0.5).p is None


def test_statements_that_hold_in_some_of_the_settings_left_open_depend() -> None:
    assert judge_statement([True, True], "x").verdict == "reproduced"
    assert judge_statement([True, False], "x").verdict == "depends"
    assert judge_statement([False, False], "x").verdict == "differs"
    assert judge_statement(True, "x").verdict == "reproduced"


@pytest.mark.parametrize("published", ["", "about .7", "7e-1", "1.2.3", "97.6-98.2%", "."])
def test_text_that_is_no_printed_number_is_refused(published: str) -> None:
    with pytest.raises(ValueError, match="Expected a number as printed"):
        verdict(published, 0.7)


@pytest.mark.parametrize("measured", [math.nan, math.inf])
def test_judging_needs_a_finite_number(measured: float) -> None:
    with pytest.raises(ValueError, match="Expected a finite measured value"):
        judge_number(".7", measured)


def test_wrong_formula_is_an_erratum_with_the_right_value() -> None:
    def slide_gradient(m: float, b: float) -> tuple[float, float]:
        return 9 * m + 5 * b - 23, 5 * m + 3 * b - 13

    x, y, m, b = np.array([1.0, 2.0]), np.array([3.0, 5.0]), -1.0, 5.0
    residual = m * x + b - y
    # For two points the factor 2/n of the mean squared error's gradient is 1.
    right = (float(residual @ x), float(residual.sum()))
    assert slide_gradient(m, b) == (-7, -3)
    assert judge_formula(slide_gradient(m, b), right) == Judgement("erratum", "[-3., -1.]")


def test_right_formula_is_reproduced() -> None:
    assert judge_formula(0.1 + 0.2, 0.3) == Judgement("reproduced", 0.3)
    assert judge_formula([1.0, 2.0], [1.0, 2.0 + 1e-9]).verdict == "reproduced"
    assert judge_formula(1.0, 1.0001).verdict == "erratum"
    assert judge_formula([1 / 3, 2 / 3], [1 / 3, 2 / 3]).measured == "[0.333333, 0.666667]"


def test_of_a_long_array_every_value_is_judged_and_the_ends_are_shown() -> None:
    right = np.arange(20.0).reshape(10, 2)
    slide = right.copy()
    assert judge_formula(slide, right).verdict == "reproduced"
    slide[5, 0] += 0.25
    found = judge_formula(slide, right)
    assert found.verdict == "erratum"
    assert found.measured == "0, 1, …, 18, 19 (20 values, largest difference 0.2)"
    assert str(judge_formula(np.ones(12), np.ones(12)).measured).count("1.") == 12
    shown = "1, 1, …, 1, 1 (13 values, largest difference 0)"
    assert judge_formula(np.ones(13), np.ones(13)).measured == shown


@pytest.mark.parametrize(
    ("slide", "right"), [(1.0, math.nan), (math.inf, 1.0), ([1.0], [1.0, 2.0])]
)
def test_formulas_need_finite_values_of_one_shape(slide: Any, right: Any) -> None:
    with pytest.raises(ValueError, match="Expected finite values of one shape"):
        judge_formula(slide, right)


def test_a_bound_is_judged_by_the_interval_of_the_mean() -> None:
    values = [0.3, 0.4, 0.5]  # Mean .4, Student's interval .152 to .648.
    assert judge_bound(values, below=0.7).verdict == "reproduced"
    assert judge_bound(values, below=0.1).verdict == "differs"
    assert judge_bound(values, below=0.5).verdict == "undecided"
    assert judge_bound(values, above=0.1).verdict == "reproduced"
    assert judge_bound(values, above=0.7).verdict == "differs"
    found = judge_bound(values, above=0.4)
    assert (found.verdict, found.measured) == ("undecided", pytest.approx(0.4))
    assert found.interval == pytest.approx((0.4 - 0.24841, 0.4 + 0.24841), abs=1e-4)
    own = Interval(0.41, 0.9)
    found = judge_bound(values, above=0.4, interval=own)
    assert (found.verdict, found.interval) == ("reproduced", own)
    assert found.measured == pytest.approx(0.4)


def test_a_bound_may_be_judged_by_an_interval_and_told_in_words() -> None:
    found = judge_bound("from .7 to .5", above=0, interval=Interval(-0.1, 0.2))
    assert (found.verdict, found.measured) == ("undecided", "from .7 to .5")
    for mean, p in ((-1, 0), (0, 1)):
        found = judge_bound("no change at all", above=0, interval=Interval(mean, mean))
        assert (found.verdict, found.p) == ("differs", p)
    for touching in (Interval(-1, 0), Interval(0, 1)):
        assert judge_bound("touches", above=0, interval=touching).verdict == "undecided"
        assert judge_bound("touches", below=0, interval=touching).verdict == "undecided"
    with pytest.raises(ValueError, match="A text has no interval"):
        judge_bound("from .7 to .5", above=0)


@pytest.mark.parametrize("bounds", [{}, {"below": 1.0, "above": 0.0}])
def test_a_bound_lies_on_one_side(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one of below and above"):
        judge_bound([1.0, 2.0], **bounds)


def test_every_verdict_has_a_meaning_and_a_look() -> None:
    assert set(VERDICTS) == set(VERDICT_STYLES)
    assert all(VERDICTS.values())
