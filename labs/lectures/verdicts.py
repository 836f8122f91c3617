"""What a lecture says, set against what was measured, with a verdict.

A number in print stands for all values that round to it: ".71" for .705 to .715.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from labs.stats.intervals import Interval, mean_interval

Verdict = Literal[
    "reproduced",
    "within noise",
    "differs",
    "erratum",
    "undecided",
    "depends",
    "not the lecture's settings",
]

VERDICTS: Mapping[Verdict, str] = {
    "reproduced": "equal to the digits printed, or our mean is shown to lie within 1% of them",
    "within noise": "not shown of our mean, but where one more of ten or more seeds is expected",
    "differs": "shown to be otherwise",
    "erratum": "the slide is wrong",
    "undecided": "the interval allows both",
    "depends": "true or not by what the lecture leaves open",
    "not the lecture's settings": "run with other settings or data than the lecture's",
}
"""All verdicts, with what they mean."""

TOLERANCE = 0.01
"""Share of a printed value by which the mean over seeds may differ from it."""
FEWEST_SEEDS = 10
"""Seeds that tell where one more of them is expected; fewer never give a friendlier verdict."""
POWERED = norm.ppf(0.975) + norm.ppf(0.8)
"""Standard errors of a difference that two-sided 95% intervals show in 80% of all cases."""
MOST_SHOWN = 12
"""Values of an array that a claim shows; of more it shows the ends."""

_NUMBER = r"([-−]?[\d,]*\.?\d+)"
_PRINTED = re.compile(rf"\s*{_NUMBER}(?:\s*–\s*{_NUMBER})?\s*(%?)\s*")


class Judgement(NamedTuple):
    """A verdict and what it was given on.

    Attributes:
        verdict: One of `VERDICTS`.
        measured: A number, or a text with its numbers.
        interval: The 95% interval on which it rests, if there is one.
        p: How likely an interval so far from what the lecture says is if it is right; None
            without an interval.
        detectable: The smallest difference that this many seeds would have shown with a power of
            80%; None likewise.
    """

    verdict: Verdict
    measured: float | str
    interval: Interval | None = None
    p: float | None = None
    detectable: float | None = None


def judge_interval(
    verdict: Verdict, measured: float | str, interval: Interval, distance: float, sides: int
) -> Judgement:
    """Return a verdict that an interval gives, with what it could have shown.

    Args:
        verdict: The verdict.
        measured: What was measured.
        interval: The 95% interval, taken for that of a normal mean.
        distance: How far its middle is from what the lecture says, 0 or less if it is there.
        sides: 1 if only one side contradicts the lecture, 2 if both do.
    """
    error = (interval.high - interval.low) / 2 / norm.ppf(0.975)
    p = min(sides * norm.sf(distance / error), 1.0) if error > 0 else float(distance <= 0)
    return Judgement(verdict, measured, interval, float(p), float(POWERED * error))


def judge_number(
    printed: str,
    measured: float,
    mean_interval: Interval | None = None,
    prediction_interval: Interval | None = None,
) -> Judgement:
    """Compare a printed number with a measured one.

    A number without seeds has the digits printed or not. A mean over seeds is equal where its
    interval lies wholly within 1% of them (an equivalence test, as by two one-sided tests), so
    that an interval too wide to exclude anything shows nothing.

    Args:
        printed: The number as printed, so that its digits are known: `".7245"`, `"98.40%"`,
            or a range with an en dash, `"97.6–98.2%"`.
        measured: Our number, or its mean over seeds; percentages as fractions.
        mean_interval: Confidence interval of the mean over seeds, if there are several.
        prediction_interval: Interval for the result of one more seed or split; only from ten
            seeds on.

    Returns:
        "reproduced", "within noise", "undecided" or "differs".

    Raises:
        ValueError: If `printed` is no number or `measured` is not finite.
    """
    measured = float(measured)
    if not np.isfinite(measured):
        raise ValueError(f"Expected a finite measured value, got {measured}.")
    low, high = _printed_range(printed)
    if mean_interval is None and low <= Decimal(repr(measured)) <= high:
        return Judgement("reproduced", measured)
    if mean_interval is not None:
        middle = (mean_interval.low + mean_interval.high) / 2
        distance = max(float(low) - middle, middle - float(high))
        near = [end * Decimal(1 + sign * TOLERANCE) for end, sign in ((low, -1), (high, 1))]
        if near[0] <= mean_interval.low and mean_interval.high <= near[1]:
            return judge_interval("reproduced", measured, mean_interval, distance, 2)
    if _overlaps(prediction_interval, low, high):
        return Judgement("within noise", measured, prediction_interval)
    if mean_interval is None:
        return Judgement("differs", measured, prediction_interval)
    verdict: Verdict = "undecided" if _overlaps(mean_interval, low, high) else "differs"
    return judge_interval(verdict, measured, mean_interval, distance, 2)


def judge_formula(slide_value: ArrayLike, right_value: ArrayLike) -> Judgement:
    """Compare what the slide's formula gives with what is right, both computed.

    There is no chance in a formula, so the values agree to rounding (relative 1e-5,
    absolute 1e-8) or the slide is wrong.

    Args:
        slide_value: What the printed formula gives, a number or an array.
        right_value: What another way gives (autodiff, finite differences), same shape.

    Returns:
        "reproduced" or "erratum", with the right value as `measured`; of a long array the
        first and last values, and how far the two ways lie apart.

    Raises:
        ValueError: If the shapes differ or a value is not finite.
    """
    slide, right = np.asarray(slide_value, np.float64), np.asarray(right_value, np.float64)
    if slide.shape != right.shape or not np.isfinite([slide, right]).all():
        raise ValueError(
            f"Expected finite values of one shape, got slide_value={slide}, right_value={right}."
        )
    verdict: Verdict = "reproduced" if np.allclose(slide, right) else "erratum"
    if right.ndim == 0:
        return Judgement(verdict, float(right))
    if right.size > MOST_SHOWN:
        ends = np.concatenate([right.ravel()[:2], right.ravel()[-2:]])
        first, second, next_to_last, last = (f"{value:.6g}" for value in ends)
        return Judgement(
            verdict,
            f"{first}, {second}, …, {next_to_last}, {last} ({right.size:,} values, largest "
            f"difference {np.abs(slide - right).max():.1g})",
        )
    values = np.array2string(right, separator=", ", precision=6, max_line_width=1000)
    return Judgement(verdict, values)


def judge_statement(
    holds: bool | Sequence[bool], measured: str, interval: Interval | None = None
) -> Judgement:
    """Judge a statement in words by whether an experiment, or each of several, bears it out.

    Args:
        holds: Whether it does; or for each setting that the lecture leaves open.
        measured: What was seen, with its numbers.
        interval: The 95% interval on which it rests, if there is one.

    Returns:
        "reproduced" if all do, "differs" if none does, else "depends".
    """
    held = np.atleast_1d(np.asarray(holds, dtype=bool))
    verdict: Verdict = "reproduced" if held.all() else "depends" if held.any() else "differs"
    return Judgement(verdict, measured, interval)


def judge_bound(
    values: ArrayLike | str,
    *,
    below: float | None = None,
    above: float | None = None,
    interval: Interval | None = None,
) -> Judgement:
    """Judge by an interval whether a mean lies on the side of a bound that the lecture says.

    Args:
        values: One value a seed, `(seeds,)`, at least two; with an interval a text instead.
        below: The mean is said to lie below it.
        above: The mean is said to lie above it. One of the two is given.
        interval: The 95% interval that decides; Student's of the mean unless given.

    Returns:
        "reproduced" if the whole interval lies on that side, "differs" if it lies on the
        other one, "undecided" if it holds the bound; the mean as `measured`.

    Raises:
        ValueError: If not just one bound is given, there are fewer than two values, or one is
            not finite.
    """
    if (below is None) == (above is None):
        raise ValueError(f"Expected one of below and above, got {below} and {above}.")
    measured: float | str
    if isinstance(values, str):
        if interval is None:
            raise ValueError(f"A text has no interval, got {values!r} without one.")
        measured = values
    else:
        interval = interval or mean_interval(values)
        measured = float(np.asarray(values, dtype=np.float64).mean())
    low, high = interval
    bound = float(below if below is not None else above)  # type: ignore[arg-type]
    certain = low == high == bound  # no seed differs from the bound, so the mean does not
    holds, fails = (high < bound, low > bound) if below is not None else (low > bound, high < bound)
    fails = fails or certain
    verdict: Verdict = "reproduced" if holds else "differs" if fails else "undecided"
    beyond = (low + high) / 2 - bound
    return judge_interval(verdict, measured, interval, beyond if below is not None else -beyond, 1)


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
