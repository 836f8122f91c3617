"""Results over seeds: how much of a difference is chance?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labs.results import style
from labs.results.statistics import mean_interval


def plot_seeds(
    dataset_name: str,
    title: str,
    scores: Mapping[str, ArrayLike],
    references: Mapping[str, float] | None = None,
    score_name: str = "test accuracy",
) -> Figure:
    """Draw each model's results over seeds: dots, the mean and its 95% interval.

    Args:
        dataset_name: Name of the data set, for the title.
        title: What varied, e.g. `"30 seeds"`.
        scores: For each model, as named beside its row, one score per seed. At most seven.
        references: Scores to compare with, drawn as labeled vertical lines, e.g.
            `{"majority class": 0.503}`.
        score_name: Label of the axis of scores.

    Raises:
        ValueError: If there are no models, too many, or one without finite scores.
    """
    references = references or {}
    values = {name: np.asarray(score, dtype=np.float64) for name, score in scores.items()}
    usable = all(x.ndim == 1 and x.size and np.isfinite(x).all() for x in values.values())
    if not usable or not 1 <= len(values) <= len(style.COLORS):
        raise ValueError(
            f"Expected 1 to {len(style.COLORS)} models with one finite score per seed each, got "
            f"{ ({name: x.tolist()[:5] for name, x in values.items()}) }; leave out runs that "
            "diverged and say so in the title."
        )
    heights = [0.28 * len(references), 0.8 * len(values)]
    with style.figure(11.0, 1.7 + sum(heights)) as figure:
        if references:
            strip, axes = figure.subplots(2, sharex=True, height_ratios=heights)
            _draw_references(strip, axes, references)
        else:
            axes = figure.subplots()
        for row, x in enumerate(values.values()):
            _draw_scores(axes, row, x)
        axes.set_yticks(range(len(values)), [_describe(name, x) for name, x in values.items()])
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.set_xlabel(f"{score_name} (black: mean and its 95% interval)")
        axes.grid(visible=False, axis="y")
        figure.suptitle(f"{dataset_name}: {title}")
    return figure


def _draw_scores(axes: Axes, row: int, x: np.ndarray) -> None:
    # Spread in height, so that equal scores do not lie on each other.
    heights = row + np.random.default_rng(row).uniform(-0.22, 0.22, len(x)) * (len(x) > 1)
    axes.plot(x, heights, style.MARKERS[row], color=style.COLORS[row], alpha=0.6, markeredgewidth=0)
    if len(x) > 1:
        axes.plot(mean_interval(x), [row, row], color="black", linewidth=3, solid_capstyle="butt")
        axes.plot(x.mean(), row, "|", color="black", markersize=26, markeredgewidth=2.5)


def _draw_references(strip: Axes, axes: Axes, references: Mapping[str, float]) -> None:
    """Draw lines through `axes` and name each in a line of its own in the strip above.

    From left to right the names descend, each to the right of its line, so no name lies on
    another one or is crossed by a line.
    """
    strip.axis("off")
    strip.set_ylim(len(references), 0)
    ordered = sorted(references.items(), key=lambda item: item[1])
    for level, (name, score) in enumerate(ordered):
        line_style = style.MARK_STYLES[level % len(style.MARK_STYLES)]
        axes.axvline(score, color=style.NEUTRAL, linestyle=line_style, zorder=1)
        strip.plot([score, score], [level, len(references)], color=style.NEUTRAL, linewidth=0.8)
        strip.annotate(
            f"{name} {score:.4f}",
            (score, level),
            xytext=(4, 0),
            textcoords="offset points",
            va="top",
            fontsize=12,
        )


def _describe(name: str, x: np.ndarray) -> str:
    if len(x) == 1:
        return f"{name}\n{x[0]:.4f}, 1 seed"
    return f"{name}\n{x.mean():.4f} ± {x.std(ddof=1):.4f} (sd), {len(x)} seeds"
