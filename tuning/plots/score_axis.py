"""The axis of scores: where it begins, and what is drawn for a trial that has no place on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from labs.plots import style
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.trial_table import TrialRow, describe_value, finished, scores_of

BEST_COLOR = style.COLORS[1]
FAR_OUT = 3.0
"""Interquartile ranges below the first quartile; Tukey's bound of what is far out."""

OUTSIDE: dict[str, dict[str, Any]] = {
    "below the axis": {"marker": "v", "color": style.COLORS[0], "markerfacecolor": "none"},
    "diverged": {"marker": "X", "color": style.COLORS[3]},
    "failed": {"marker": "x", "color": "black"},
}
"""How trials are drawn at the bottom of the axis."""


def axis_floor(trials: Sequence[TrialRow]) -> float:
    """Return the lowest score that is drawn at its height.

    A few trials that learned nothing would press all others together at the top; scores that
    are far out are drawn at the bottom instead.

    Source: Tukey (1977), "Exploratory Data Analysis", outer fences.
    """
    scores = scores_of(finished(trials))
    first, third = np.percentile(scores, (25, 75))
    fence = first - FAR_OUT * (third - first)
    # Without spread every other score would be far out.
    return float(scores.min() if first == third else scores[scores >= fence].min())


def split_by_place(trials: Sequence[TrialRow]) -> tuple[list[TrialRow], dict[str, list[TrialRow]]]:
    """Return the trials on the axis, and for each key of `OUTSIDE` those at the bottom."""
    floor = axis_floor(trials)
    done = finished(trials)
    is_low = scores_of(done) < floor
    outside = {name: [t for t in trials if t.status == name] for name in OUTSIDE}
    outside["below the axis"] = [t for t, low in zip(done, is_low, strict=True) if low]
    on_axis = [t for t, low in zip(done, is_low, strict=True) if not low]
    return on_axis, {name: rows for name, rows in outside.items() if rows}


def draw_outside(
    axes: Axes, outside: Mapping[str, Sequence[TrialRow]], place: Callable[[TrialRow], float]
) -> None:
    """Draw the trials of `split_by_place` along the bottom; `place` gives their x."""
    for name, trials in outside.items():
        axes.plot(
            [place(trial) for trial in trials],
            np.full(len(trials), 0.035),
            linestyle="none",
            transform=axes.get_xaxis_transform(),
            **OUTSIDE[name],
        )


def set_score_limits(
    axes: Axes, scores: ArrayLike, outside: bool, objective: Objective = VALIDATION_ACCURACY
) -> None:
    """Fit the axis to the scores; below them, a grey strip for trials without a place on it.

    Args:
        axes: Its y-axis holds the scores, the better ones above.
        scores: All heights that are drawn.
        outside: Whether there are such trials.
        objective: What the scores are; one that is to be small is numbered downwards.
    """
    if objective.sign < 0:
        axes.yaxis.set_major_formatter(lambda value, _: describe_value(float(-value)))
    low, high = np.min(scores), np.max(scores)
    span = high - low or 0.02
    bottom, top = low - span * 0.06, high + span * 0.06
    axes.set_ylim(bottom, top)
    if outside:
        # Ticks belong to scores alone.
        ticks = [tick for tick in axes.get_yticks() if bottom <= tick <= top]
        strip = 0.07 * (top - bottom) / 0.93
        axes.set_ylim(bottom - strip, top)
        axes.axhspan(bottom - strip, bottom, color=style.AREA, zorder=0)
        axes.set_yticks(ticks)


def outside_handles(outside: Mapping[str, Sequence[TrialRow]]) -> list[Line2D]:
    """Return the legend's entries of the trials at the bottom."""
    return [
        Line2D([], [], linestyle="none", label=f"{name} ({len(trials)})", **OUTSIDE[name])
        for name, trials in outside.items()
    ]


def marker_size(num_trials: int) -> float:
    """Return a marker's size in points, so that many trials do not fill the picture."""
    return float(np.interp(num_trials, (8, 60, 300), (7.5, 6, 4)))
