"""The course of a search: did it still find better trials, or had it long stopped?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from labs.plots import style
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.plots import score_axis
from tuning.trial_table import TrialRow, best_trial, finished, scores_of


def plot_best_so_far(
    dataset_name: str, trials: Sequence[TrialRow], objective: Objective = VALIDATION_ACCURACY
) -> Figure:
    """Draw the score of each trial in the order of asking, and the best one so far as a line.

    Trials that failed or diverged, and scores far below all others, are at the bottom.

    Args:
        dataset_name: Name of the data set, for the title.
        trials: All trials of the search, with scores of which more is better.
        objective: What the scores are.

    Raises:
        ValueError: If no trial is done.
    """
    best = best_trial(trials)
    done = finished(trials)
    on_axis, outside = score_axis.split_by_place(trials)
    scores = scores_of(on_axis)
    last = max(trial.number for trial in trials)
    numbers = [*(trial.number for trial in done), last]
    # The line goes on to the last trial, done or not.
    running = np.maximum.accumulate([*scores_of(done), -np.inf])
    points: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": style.COLORS[5]}
    with style.figure() as figure:
        axes = figure.subplots()
        axes.plot(
            [trial.number for trial in on_axis],
            scores,
            markersize=score_axis.marker_size(len(trials)),
            markeredgecolor=style.COLORS[0],
            markeredgewidth=0.6,
            **points,
        )
        axes.plot(numbers, running, drawstyle="steps-post", color=style.COLORS[0])
        axes.plot([best.number], scores_of([best]), "*", color=score_axis.BEST_COLOR, markersize=16)
        score_axis.set_score_limits(axes, scores, bool(outside), objective)
        score_axis.draw_outside(axes, outside, lambda trial: trial.number)
        axes.set(xlabel="trial, in the order of asking", ylabel=objective.label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        figure.suptitle(
            f"{dataset_name}: {len(trials)} trials, best {objective.label} "
            f"{objective.show(scores_of([best])[0])} (trial {best.number})"
        )
        handles = [
            Line2D([], [], markeredgecolor=style.COLORS[0], label="trial", **points),
            Line2D([], [], color=style.COLORS[0], label="best so far"),
            *score_axis.outside_handles(outside),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure
