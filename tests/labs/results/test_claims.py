from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from labs.results.claims import Claim, Verdict, judge, judge_formula, judge_statement
from labs.results.statistics import Interval


def verdict(
    published: str,
    measured: float,
    mean: tuple[float, float] | None = None,
    prediction: tuple[float, float] | None = None,
) -> Verdict:
    return judge(
        "A-id",
        "statement",
        published=published,
        measured=measured,
        note="note",
        mean_interval=None if mean is None else Interval(*mean),
        prediction_interval=None if prediction is None else Interval(*prediction),
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


def test_interval_of_the_mean_reproduces() -> None:
    assert verdict(".71", 0.73, mean=(0.714, 0.746)) == "reproduced"  # .71 stands for .705–.715
    assert verdict(".71", 0.73, mean=(0.716, 0.744)) == "differs"
    assert verdict(".75", 0.73, mean=(0.714, 0.746)) == "reproduced"
    assert verdict("71–75%", 0.6, mean=(0.5, 0.7)) == "differs"
    assert verdict("71–75%", 0.6, mean=(0.4, 0.8)) == "reproduced"


def test_prediction_interval_puts_a_number_within_noise() -> None:
    mean, prediction = (0.676, 0.692), (0.638, 0.730)
    assert verdict(".7119", 0.684, mean, prediction) == "within noise"
    assert verdict(".6840", 0.684, mean, prediction) == "reproduced"
    assert verdict(".6900", 0.684, mean, prediction) == "reproduced"
    assert verdict(".7400", 0.684, mean, prediction) == "differs"
    assert verdict(".7119", 0.684, None, prediction) == "within noise"


def test_claim_keeps_what_was_said_and_measured() -> None:
    claim = judge("A4", "It learns.", published=".7245", measured=0.7, note="one seed")
    assert dataclasses.asdict(claim) == {
        "id": "A4",
        "statement": "It learns.",
        "published": ".7245",
        "measured": 0.7,
        "verdict": "differs",
        "note": "one seed",
        "interval": None,
    }
    assert claim.lecture == "A, 딥러닝 기초 (Introduction to Deep Learning), Korea University"


def test_claim_shows_the_interval_that_its_verdict_rests_on() -> None:
    mean, prediction = Interval(0.676, 0.692), Interval(0.638, 0.730)

    def interval(published: str, **intervals: Interval) -> Interval | None:
        return judge(
            "A-id", "statement", published=published, measured=0.684, note="note", **intervals
        ).interval

    assert interval(".69", mean_interval=mean, prediction_interval=prediction) == mean
    assert interval(".71", mean_interval=mean, prediction_interval=prediction) == prediction
    assert interval(".75", mean_interval=mean, prediction_interval=prediction) == prediction
    assert interval(".75", mean_interval=mean) == mean
    assert interval(".75") is None


def test_statement_in_words_is_reproduced_if_it_holds() -> None:
    def statement(holds: bool, note: str = "counted") -> Claim:
        return judge_statement(
            "C-rate", "A rate of .5 overshoots.", holds=holds, measured="loss 2.5 → 3.1", note=note
        )

    assert (statement(True).verdict, statement(False).verdict) == ("reproduced", "differs")
    assert (statement(True).measured, statement(True).published) == ("loss 2.5 → 3.1", None)
    with pytest.raises(ValueError, match="needs a note"):
        statement(True, note=" ")


@pytest.mark.parametrize("id", ["", "F-gates", "a4", "1"])
def test_id_must_begin_with_a_lectures_letter(id: str) -> None:
    with pytest.raises(ValueError, match="begins with its lecture's letter"):
        judge(id, "statement", published=".7", measured=0.7, note="note")


@pytest.mark.parametrize("published", ["", "about .7", "7e-1", "1.2.3", "97.6-98.2%", "."])
def test_text_that_is_no_printed_number_is_refused(published: str) -> None:
    with pytest.raises(ValueError, match="Expected a number as printed"):
        verdict(published, 0.7)


@pytest.mark.parametrize(("measured", "note"), [(math.nan, "why"), (math.inf, "why"), (0.7, " ")])
def test_judging_needs_a_finite_number_and_a_note(measured: float, note: str) -> None:
    with pytest.raises(ValueError, match="needs a finite measured value and a note"):
        judge("A-id", "statement", published=".7", measured=measured, note=note)


@pytest.mark.parametrize("word", ["differs", "erratum"])
def test_a_claim_that_does_not_hold_must_say_why(word: Any) -> None:
    with pytest.raises(ValueError, match="and no note"):
        Claim("A-id", "statement", ".7", 0.5, word, note="")


def formula(slide: Any, right: Any, note: str = "by autodiff") -> Claim:
    return judge_formula(
        "C2",
        "The gradient",
        published="9m+5b−23 = −7",
        slide_value=slide,
        right_value=right,
        note=note,
    )


def test_wrong_formula_is_an_erratum_with_the_right_value() -> None:
    def slide_gradient(m: float, b: float) -> tuple[float, float]:
        return 9 * m + 5 * b - 23, 5 * m + 3 * b - 13

    x, y, m, b = np.array([1.0, 2.0]), np.array([3.0, 5.0]), -1.0, 5.0
    residual = m * x + b - y
    # For two points the factor 2/n of the mean squared error's gradient is 1.
    right = (float(residual @ x), float(residual.sum()))
    claim = formula(slide_gradient(m, b), right)
    assert slide_gradient(m, b) == (-7, -3)
    assert (claim.verdict, claim.measured) == ("erratum", "[-3., -1.]")
    assert claim.published == "9m+5b−23 = −7"


def test_right_formula_is_reproduced() -> None:
    assert formula(0.1 + 0.2, 0.3) == dataclasses.replace(
        formula(1, 2), verdict="reproduced", measured=0.3
    )
    assert formula([1.0, 2.0], [1.0, 2.0 + 1e-9]).verdict == "reproduced"
    assert formula(1.0, 1.0001).verdict == "erratum"


def test_of_a_long_array_every_value_is_judged_and_the_ends_are_shown() -> None:
    right = np.arange(20.0).reshape(10, 2)
    slide = right.copy()
    assert formula(slide, right).verdict == "reproduced"
    slide[5, 0] += 0.25
    claim = formula(slide, right)
    assert claim.verdict == "erratum"
    assert claim.measured == "0, 1, …, 18, 19 (20 values, largest difference 0.2)"


@pytest.mark.parametrize(
    ("slide", "right", "note"),
    [(1.0, math.nan, "n"), (math.inf, 1.0, "n"), ([1.0], [1.0, 2.0], "n"), (1.0, 2.0, "")],
)
def test_formulas_need_finite_values_of_one_shape_and_a_note(
    slide: Any, right: Any, note: str
) -> None:
    with pytest.raises(ValueError, match="needs finite values of one shape and a note"):
        formula(slide, right, note)
