"""All hyperparameters of all trials at once: what do the good trials have in common?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labs.plots import style
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.plots import score_axis
from tuning.plots.value_axis import axis_ends, axis_ticks, wrap_name
from tuning.trial_table import (
    Column,
    TrialRow,
    best_trial,
    columns_in_use,
    describe_value,
    finished,
    scores_of,
)

COLORMAP = matplotlib.colormaps["cividis_r"]
"""Perceptually uniform for any kind of color vision; reversed, as good trials must be seen
and its bright end is pale on white."""
ABSENT = -0.12
"""Height of a hyperparameter that a trial does not have; the axis is 0 to 1."""
WHITE_EDGE = [patheffects.withStroke(linewidth=3, foreground="white")]


def plot_parallel_coordinates(
    dataset_name: str,
    trials: Sequence[TrialRow],
    space: Any,
    seed: int = 0,
    objective: Objective = VALIDATION_ACCURACY,
) -> Figure:
    """Draw each finished trial as a line through its values, colored by its score.

    Each hyperparameter has an axis with its own scale; the last axis is the score. Lines
    that share a level lie side by side. A line passes below the axis of a hyperparameter
    that its trial does not have, and scores far below all others end at the foot of theirs.

    Args:
        dataset_name: Name of the data set, for the title.
        trials: All trials, with scores of which more is better; failed and diverged ones are
            only counted.
        space: What was searched, a `keras_tuner.HyperParameters`.
        seed: Of the spread of lines that share a level.
        objective: What the scores are.

    Raises:
        ValueError: If no trial is done, or no hyperparameter varies.
    """
    best = best_trial(trials)
    done = sorted(finished(trials), key=lambda trial: (trial is best, trial.score))
    columns = columns_in_use(space, done)
    if not columns:
        raise ValueError(
            "Expected at least one hyperparameter that is not fixed, got none; search something."
        )
    scores = scores_of(done)
    floor, top = score_axis.axis_floor(done), float(scores.max())
    shares = np.clip((scores - floor) / (top - floor or 1.0), 0, 1)
    rng = np.random.default_rng(seed)
    heights = np.column_stack([*(_heights(c, done, rng) for c in columns), shares])
    with style.figure(max(9.0, 1.5 + 1.25 * len(columns)), 6.0) as figure:
        axes = figure.subplots()
        _draw_lines(axes, heights, shares)
        for place, column in enumerate(columns):
            absent = any(column.name not in trial.hyperparameters for trial in done)
            _draw_axis(axes, place, column, absent)
        _draw_score_axis(axes, len(columns), (floor, top), bool(scores.min() < floor), objective)
        _set_frame(axes, [*(column.name for column in columns), objective.label])
        left_out = len(trials) - len(done)
        note = f"; {left_out} failed or diverged, not drawn" if left_out else ""
        figure.suptitle(
            f"{dataset_name}: {len(done)} finished trials{note}\n"
            f"best {objective.label} {objective.show(scores_of([best])[0])}, the thick orange line"
        )
    return figure


def _heights(column: Column, done: Sequence[TrialRow], rng: np.random.Generator) -> np.ndarray:
    """Return where each trial's line crosses a column's axis, 0 to 1 from end to end."""
    low, high = axis_ends(column)
    width = min(0.06, 0.25 / len(column.levels)) if column.scale == "levels" else 0.0
    heights = [
        (column.position(trial.hyperparameters[column.name]) - low) / (high - low)
        if column.name in trial.hyperparameters
        else ABSENT
        for trial in done
    ]
    spread = rng.uniform(-width / 2, width / 2, len(done))
    return np.array(heights) + np.where(np.array(heights) >= 0, spread, spread / 4)


def _draw_lines(axes: Axes, heights: np.ndarray, shares: np.ndarray) -> None:
    """Draw a line for each row of `heights` `(trials, axes)`; the last one is the best."""
    num_trials, num_axes = heights.shape
    places = np.broadcast_to(np.arange(num_axes), heights.shape)
    lines = np.stack([places, heights], axis=-1)
    axes.add_collection(
        LineCollection(
            list(lines[:-1]),
            colors=COLORMAP(shares[:-1]),
            linewidths=float(np.interp(num_trials, (8, 60, 300), (2.2, 1.4, 0.8))),
            alpha=float(np.interp(num_trials, (60, 300), (0.9, 0.6))),
        )
    )
    axes.plot(
        *lines[-1].T,
        color=score_axis.BEST_COLOR,
        linewidth=3,
        path_effects=[patheffects.withStroke(linewidth=5, foreground="white")],
    )


def _draw_axis(axes: Axes, place: int, column: Column, absent: bool) -> None:
    low, high = axis_ends(column)
    positions, labels = axis_ticks(column, 5)
    heights = [(position - low) / (high - low) for position in positions]
    if absent:
        heights.append(ABSENT)
        labels.append("none")
    axes.plot([place, place], [0, 1], color=style.NEUTRAL, linewidth=1.4, zorder=4)
    for height, label in zip(heights, labels, strict=True):
        _write_tick(axes, place, height, label)


def _write_tick(axes: Axes, place: float, height: float, label: str) -> None:
    axes.plot([place - 0.03, place], [height, height], color=style.NEUTRAL, zorder=4)
    axes.annotate(
        label,
        (place, height),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=10,
        zorder=6,
        path_effects=WHITE_EDGE,
    )


def _draw_score_axis(
    axes: Axes, place: int, ends: tuple[float, float], has_worse: bool, objective: Objective
) -> None:
    """Draw the last axis as the strip of the colors that the scores have."""
    floor, top = ends
    axes.imshow(
        np.linspace(0, 1, 256)[:, None],
        extent=(place, place + 0.14, 0, 1),
        origin="lower",
        aspect="auto",
        cmap=COLORMAP,
        zorder=4,
    )
    # Of equal scores there is one tick, at the foot.
    ticks = [x for x in MaxNLocator(6).tick_values(floor, top) if floor <= x <= top]
    for value in ticks if top > floor else [floor]:
        axes.annotate(
            describe_value(float(objective.sign * value)),
            (place + 0.14, (value - floor) / (top - floor or 1.0)),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=11,
        )
    if has_worse:
        axes.annotate(
            "and lower" if objective.sign > 0 else "and higher",
            (place + 0.07, 0),
            xytext=(0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=10,
        )


def _set_frame(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xlim(-0.55, len(names) - 0.4)
    axes.set_ylim(-0.17, 1.05)
    axes.set_xticks(range(len(names)), [wrap_name(name, 13) for name in names], fontsize=12)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
