"""What a lecture printed, set against what we measure, with a verdict.

- *reproduced*: equal to the digits printed, or inside the confidence interval of our mean
  over seeds, so the two cannot be told apart.
- *within noise*: not our mean, but inside the prediction interval, so a single run of the
  same experiment, with another seed or split, may well give it.
- *differs*: outside both; the note says why.
- *erratum*: the slide's formula gives another value than the right one does.

A number in print stands for all values that round to it: ".71" for .705 to .715.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from labs.results.statistics import Interval

Verdict = Literal["reproduced", "within noise", "differs", "erratum"]

LECTURES: Mapping[str, str] = {
    "A": "딥러닝 기초 (Introduction to Deep Learning), Korea University",
    "B": "신경망 학습 (Training Neural Networks)",
    "C": "딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 "
    "(Fundamentals of Deep Learning, part 2), NVIDIA DLI",
    "D": "Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab",
    "E": "2022-1 교육세션 Deep Learning (MLP)",
}
"""Titles of the lectures by their letters."""

MOST_SHOWN = 12
"""Values of an array that a claim shows; of more it shows the ends."""

_NUMBER = r"([-−]?[\d,]*\.?\d+)"
_PRINTED = re.compile(rf"\s*{_NUMBER}(?:\s*–\s*{_NUMBER})?\s*(%?)\s*")


@dataclass(frozen=True)
class Claim:
    """One statement of a lecture that a program has checked.

    Attributes:
        id: Short name, unique among all labs, that begins with the lecture's letter, e.g.
            `"A4-accuracy"`.
        statement: What the lecture says, in a sentence.
        published: What it prints, as printed; None if no value is printed.
        measured: What we get, or the right value in place of an erratum.
        verdict: How the two agree.
        note: How it was measured, and what explains a difference.
        interval: The 95% interval on which the verdict rests, if there is one.

    Raises:
        ValueError: If the id begins with no lecture's letter, or the verdict is "differs" or
            "erratum" and the note is empty.
    """

    id: str
    statement: str
    published: float | str | None
    measured: float | str | None
    verdict: Verdict
    note: str
    interval: Interval | None = None

    def __post_init__(self) -> None:
        if self.id[:1] not in LECTURES:
            raise ValueError(
                f"The id of a claim begins with its lecture's letter, {', '.join(LECTURES)}; "
                f"got {self.id!r}."
            )
        if self.verdict in ("differs", "erratum") and not self.note.strip():
            raise ValueError(
                f"Claim {self.id!r} has the verdict {self.verdict!r} and no note; "
                "say in the note where the difference comes from."
            )

    @property
    def lecture(self) -> str:
        """Letter and title of the lecture."""
        return f"{self.id[0]}, {LECTURES[self.id[0]]}"


def judge(
    id: str,
    statement: str,
    *,
    published: str,
    measured: float,
    note: str,
    mean_interval: Interval | None = None,
    prediction_interval: Interval | None = None,
) -> Claim:
    """Compare a printed number with a measured one.

    Args:
        id: Short name of the claim, which begins with the lecture's letter.
        statement: What the lecture says, in a sentence.
        published: The number as printed, so that its digits are known: `".7245"`, `"98.40%"`,
            or a range with an en dash, `"97.6–98.2%"`.
        measured: Our number, or its mean over seeds; percentages as fractions.
        note: How it was measured, and what would explain a difference. It must not be
            empty, since the verdict is not known beforehand.
        mean_interval: Confidence interval of the mean over seeds, if there are several.
        prediction_interval: Interval for the result of one more seed or split.

    Returns:
        The claim, "reproduced", "within noise" or "differs".

    Raises:
        ValueError: If `published` is no number, `measured` is not finite or the note is
            empty.
    """
    if not np.isfinite(measured) or not note.strip():
        raise ValueError(
            f"Claim {id!r} needs a finite measured value and a note, got {measured} and {note!r}."
        )
    low, high = _printed_range(published)
    verdict: Verdict = "differs"
    interval = mean_interval
    if low <= Decimal(repr(float(measured))) <= high or _overlaps(mean_interval, low, high):
        verdict = "reproduced"
    elif prediction_interval is not None:
        interval = prediction_interval
        if _overlaps(prediction_interval, low, high):
            verdict = "within noise"
    return Claim(id, statement, published, measured, verdict, note, interval)


def judge_formula(
    id: str,
    statement: str,
    *,
    published: str,
    slide_value: ArrayLike,
    right_value: ArrayLike,
    note: str,
) -> Claim:
    """Compare what the slide's formula gives with what is right, both computed.

    There is no chance in a formula, so the values agree to rounding (relative 1e-5,
    absolute 1e-8) or the slide is wrong.

    Args:
        id: Short name of the claim, which begins with the lecture's letter.
        statement: What the lecture says, in a sentence.
        published: The formula or the values, as printed.
        slide_value: What the printed formula gives, a number or an array.
        right_value: What another way gives (autodiff, finite differences), same shape.
        note: How the right value was computed, and what is wrong on the slide. It must not
            be empty, since the verdict is not known beforehand.

    Returns:
        The claim, "reproduced" or "erratum", with the right value as `measured`; of a long
        array the first and last values, and how far the two ways lie apart.

    Raises:
        ValueError: If the shapes differ, a value is not finite or the note is empty.
    """
    slide, right = np.asarray(slide_value, np.float64), np.asarray(right_value, np.float64)
    if slide.shape != right.shape or not np.isfinite([slide, right]).all() or not note.strip():
        raise ValueError(
            f"Claim {id!r} needs finite values of one shape and a note, got slide_value={slide}, "
            f"right_value={right} and {note!r}."
        )
    verdict: Verdict = "reproduced" if np.allclose(slide, right) else "erratum"
    if right.ndim == 0:
        return Claim(id, statement, published, float(right), verdict, note)
    if right.size > MOST_SHOWN:
        ends = np.concatenate([right.ravel()[:2], right.ravel()[-2:]])
        first, second, next_to_last, last = (f"{value:.6g}" for value in ends)
        values = (
            f"{first}, {second}, …, {next_to_last}, {last} ({right.size:,} values, largest "
            f"difference {np.abs(slide - right).max():.1g})"
        )
    else:
        values = np.array2string(right, separator=", ", precision=6, max_line_width=1000)
    return Claim(id, statement, published, values, verdict, note)


def judge_statement(
    id: str,
    statement: str,
    *,
    holds: bool,
    measured: str,
    note: str,
    published: str | None = None,
    interval: Interval | None = None,
) -> Claim:
    """Give the verdict on a statement in words, such as "a rate of .5 overshoots".

    Args:
        id: Short name of the claim, which begins with the lecture's letter.
        statement: What the lecture says, in a sentence.
        holds: Whether the experiment bears it out, computed from what was measured.
        measured: What was measured, with its numbers.
        note: How it was measured, and what would explain that it does not hold. It must not
            be empty, since the verdict is not known beforehand.
        published: What the lecture prints, if it prints a value.
        interval: The 95% interval on which `holds` rests, if it rests on one.

    Returns:
        The claim, "reproduced" or "differs".

    Raises:
        ValueError: If the note is empty.
    """
    if not note.strip():
        raise ValueError(f"Claim {id!r} needs a note that says how it was measured.")
    verdict: Verdict = "reproduced" if holds else "differs"
    return Claim(id, statement, published, measured, verdict, note, interval)


def _printed_range(printed: str) -> tuple[Decimal, Decimal]:
    """Return the smallest and the largest value that the printed number stands for."""
    match = _PRINTED.fullmatch(printed)
    if match is None:
        raise ValueError(
            f"Expected a number as printed, such as '.7245', '98.40%' or '97.6–98.2%' (with an "
            f"en dash), got {printed!r}."
        )
    low, high, percent = match.groups()
    ends = [Decimal(end.replace("−", "-").replace(",", "")) for end in (low, high or low)]
    # Half a unit of the last digit printed, both ends included: slides round either way.
    half_units = [Decimal((0, (5,), int(end.as_tuple().exponent) - 1)) for end in ends]
    scale = Decimal("0.01") if percent else Decimal(1)
    return (ends[0] - half_units[0]) * scale, (ends[1] + half_units[1]) * scale


def _overlaps(interval: Interval | None, low: Decimal, high: Decimal) -> bool:
    return interval is not None and interval.low <= high and interval.high >= low
