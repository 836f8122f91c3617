"""A claim judged: against its printed number, as results hold it, and where it is not judged."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labs.lectures.entries import Entry
from labs.lectures.verdicts import FEWEST_SEEDS, Judgement, judge_number
from labs.stats.intervals import Interval, mean_interval, prediction_interval


def judge_printed(
    entry: Entry, measured: ArrayLike, seeds: ArrayLike | None, interval: Interval | None
) -> Judgement:
    """Compare a claim's printed number with a number, or with the mean of one value a seed.

    The arguments are those of `RunRecord.judge`.
    """
    if entry.prints is None:
        raise ValueError(f"{entry.id} prints no number; give right, holds, below or above.")
    values = np.asarray(measured, dtype=np.float64)
    if values.ndim:
        own = interval or mean_interval(values)
        return judge_number(entry.prints, float(values.mean()), own, _one_more(values, entry))
    others = None if seeds is None else _one_more(seeds, entry)
    judgement = judge_number(entry.prints, float(values), interval, others)
    if judgement.verdict == "differs" and seeds is not None and others is None:
        return judgement._replace(verdict="undecided")  # Too few seeds to tell.
    return judgement


def claim_row(entry: Entry, judgement: Judgement, how: str, unlike: str = "") -> dict[str, Any]:
    """Return a claim as results hold it.

    Args:
        entry: What the lecture says.
        judgement: What was measured, and the verdict on it.
        how: How it was measured, and what explains a difference.
        unlike: Why it is not judged, where the settings are not the lecture's.
    """
    explanation = entry.explanation if judgement.verdict == "erratum" else ""
    return {
        "id": entry.id,
        "lecture": entry.lecture,
        "statement": entry.says,
        "published": entry.prints,
        "measured": judgement.measured,
        "interval": judgement.interval,
        "p": judgement.p,
        "detectable": judgement.detectable,
        "verdict": "not the lecture's settings" if unlike else judgement.verdict,
        "note": " ".join(filter(None, [unlike, how, explanation])),
    }


def unlike_the_lecture(entry: Entry, config: Any, data: str | None) -> str:
    """Say what the entry depends on and a run has otherwise; nothing if all is alike.

    Args:
        entry: What the lecture says.
        config: The run's settings, a dataclass whose defaults are the lecture's.
        data: Name of the data set that the run works on.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(config)}
    others = [
        f"{name} {_words(getattr(config, name))} (the lecture's: {_words(defaults[name])})"
        for name in entry.settings
        if getattr(config, name) != defaults[name]
    ]
    if entry.data is not None and data != entry.data:
        others.append(f"data {data} (the lecture's: {entry.data})")
    return f"Not judged, since it was run with {', '.join(others)}." if others else ""


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _one_more(values: ArrayLike, entry: Entry) -> Interval | None:
    """Return where one more seed is expected, or one has been; too few do not tell."""
    if np.size(values) < FEWEST_SEEDS:
        return None
    low, high = prediction_interval(values, share=entry.share)
    # Early losses are skewed: of a dozen nets one lies beyond an interval for normal values.
    return Interval(min(low, float(np.min(values))), max(high, float(np.max(values))))
