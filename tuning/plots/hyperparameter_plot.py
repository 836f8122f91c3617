"""Each hyperparameter on its own: which of its values went with high scores?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labs.plots import style
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.plots import score_axis
from tuning.plots.value_axis import axis_ends, axis_ticks, wrap_name
from tuning.trial_table import Column, TrialRow, best_trial, columns_in_use, scores_of

MAX_SPREADS = 100
"""With more finished trials the bars of their folds would cover each other."""
MIN_MEDIAN = 3
"""The median of fewer trials says no more than their points."""
PANELS_IN_A_ROW = 4


def plot_hyperparameters(
    dataset_name: str,
    trials: Sequence[TrialRow],
    space: Any,
    seed: int = 0,
    objective: Objective = VALIDATION_ACCURACY,
) -> Figure:
    """Draw the score against the value of each hyperparameter, one panel each.

    Trials are points, with a thin bar from their worst to their best fold if there are at
    most 100; a short black line is the median of a level that
    three or more have. Trials that failed or diverged,
    and scores far below all others, are at the bottom.

    Args:
        dataset_name: Name of the data set, for the title.
        trials: All trials of the search, with scores of which more is better.
        space: What was searched, a `keras_tuner.HyperParameters`.
        seed: Of the sideways spread of points that share a level.
        objective: What the scores are.

    Raises:
        ValueError: If no trial is done, or no hyperparameter varies.
    """
    best = best_trial(trials)
    columns = columns_in_use(space, trials)
    if not columns:
        raise ValueError(
            "Expected at least one hyperparameter that is not fixed, got none; search something."
        )
    across = min(len(columns), PANELS_IN_A_ROW)
    down = math.ceil(len(columns) / across)
    on_axis, outside = score_axis.split_by_place(trials)
    jitter = dict(
        zip(
            [trial.number for trial in trials],
            np.random.default_rng(seed).uniform(-0.12, 0.12, len(trials)),
            strict=True,
        )
    )
    with style.figure(max(3.6 * across, 8.0), 1.5 + 2.9 * down) as figure:
        panels = figure.subplots(down, across, sharey=True, squeeze=False)
        for axes, column in zip(panels.flat, columns, strict=False):
            _draw_panel(axes, column, on_axis, outside, jitter, best, objective)
        for axes in panels.flat[len(columns) :]:
            axes.remove()
        figure.supylabel(objective.label, fontsize=14)
        figure.suptitle(f"{dataset_name}: {len(trials)} trials by the value of each hyperparameter")
        has_medians = any(_medians(column, on_axis) for column in columns)
        has_spreads = len(on_axis) <= MAX_SPREADS and any(
            len(trial.fold_scores) > 1 for trial in on_axis
        )
        shown = objective.show(scores_of([best])[0])
        handles = _legend_handles(outside, shown, has_medians, has_spreads)
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_panel(
    axes: Axes,
    column: Column,
    on_axis: Sequence[TrialRow],
    outside: Mapping[str, Sequence[TrialRow]],
    jitter: Mapping[int, float],
    best: TrialRow,
    objective: Objective,
) -> None:
    def place(trial: TrialRow) -> float:
        position = column.position(trial.hyperparameters[column.name])
        return position + (jitter[trial.number] if column.scale == "levels" else 0.0)

    shown = [trial for trial in on_axis if column.name in trial.hyperparameters]
    heights = list(scores_of(on_axis))
    if len(on_axis) <= MAX_SPREADS:
        heights += [score for trial in on_axis for score in trial.fold_scores]
        _draw_spreads(axes, shown, place)
    axes.plot(
        [place(trial) for trial in shown],
        scores_of(shown),
        "o",
        color=style.COLORS[0],
        alpha=float(np.interp(len(on_axis), (30, 300), (0.8, 0.45))),
        markersize=score_axis.marker_size(len(on_axis)) - 1,
        markeredgewidth=0,
    )
    for index, median in _medians(column, shown).items():
        axes.hlines(median, index - 0.36, index + 0.36, color="black", linewidth=2.2)
    if column.name in best.hyperparameters:
        axes.plot([place(best)], scores_of([best]), "*", color=score_axis.BEST_COLOR, markersize=15)
    score_axis.set_score_limits(axes, heights, bool(outside), objective)
    present = {
        name: [trial for trial in trials if column.name in trial.hyperparameters]
        for name, trials in outside.items()
    }
    score_axis.draw_outside(axes, present, place)
    _draw_values(axes, column)


def _draw_spreads(axes: Axes, trials: Sequence[TrialRow], place: Any) -> None:
    spread = [trial for trial in trials if len(trial.fold_scores) > 1]
    axes.vlines(
        [place(trial) for trial in spread],
        [min(trial.fold_scores) for trial in spread],
        [max(trial.fold_scores) for trial in spread],
        color=style.COLORS[5],
        linewidth=0.9,
    )


def _medians(column: Column, trials: Sequence[TrialRow]) -> dict[int, float]:
    """Return the median score by the index of each level that at least three trials have."""
    medians = {}
    for index, level in enumerate(column.levels):
        having = [t for t in trials if t.hyperparameters.get(column.name) == level]
        if len(having) >= MIN_MEDIAN:
            medians[index] = float(np.median(scores_of(having)))
    return medians


def _draw_values(axes: Axes, column: Column) -> None:
    low, high = axis_ends(column)
    margin = 0.5 if column.scale == "levels" else 0.04 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    positions, labels = axis_ticks(column, 5)
    crowded = sum(map(len, labels)) + len(labels) > 26
    axes.set_xticks(positions, labels, fontsize=10, rotation=30 if crowded else 0)
    if crowded:
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set_title(wrap_name(column.name, 24), fontsize=13)
    axes.grid(visible=False, axis="x")


def _legend_handles(
    outside: Mapping[str, Sequence[TrialRow]], best: str, has_medians: bool, has_spreads: bool
) -> list[Line2D]:
    star = Line2D([], [], marker="*", color=score_axis.BEST_COLOR, linestyle="none", markersize=13)
    star.set_label(f"best: {best}")
    trial = Line2D([], [], marker="o", color=style.COLORS[0], linestyle="none", label="trial")
    spread = Line2D([], [], color=style.COLORS[5], linewidth=0.9, label="worst to best fold")
    median = Line2D([], [], color="black", linewidth=2.2, label="median")
    lines = [spread] * has_spreads + [median] * has_medians
    return [star, trial, *lines, *score_axis.outside_handles(outside)]
