"""Results over seeds: how much of a difference is chance?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labs.plots import style
from labs.stats.intervals import mean_interval

DOT = 5.0
"""Points, the width of one seed's dot."""
PILE_FOOT, PILE_TOP, MEAN = 0.1, -0.44, 0.28
"""Where in its row the dots stand and where the mean lies; a row is 1 high, downward."""
LOWEST_ROW, HIGHEST_ROW = 0.8, 1.3
"""Inches; a row is as high as its dots need, within these bounds."""
AXIS_WIDTH = 7.0
"""Inches, about, of the axis of scores."""


def plot_seeds(
    dataset_name: str,
    title: str,
    scores: Mapping[str, ArrayLike],
    references: Mapping[str, float] | None = None,
    score_name: str = "test accuracy",
) -> Figure:
    """Draw each model's results over seeds: dots, and below them the mean and its 95% interval.

    Dots that would lie on each other are piled up.

    Args:
        dataset_name: Name of the data set, for the title.
        title: What varied, e.g. `"30 seeds"`.
        scores: For each model, as named beside its row, one score per seed.
        references: Scores to compare with, drawn as labeled vertical lines, e.g.
            `{"majority class": 0.503}`.
        score_name: Label of the axis of scores.

    Raises:
        ValueError: If there are no models, or one without finite scores.
    """
    references = references or {}
    values = {name: np.asarray(score, dtype=np.float64) for name, score in scores.items()}
    usable = all(x.ndim == 1 and x.size and np.isfinite(x).all() for x in values.values())
    if not usable or not values:
        raise ValueError(
            f"Expected models with one finite score per seed each, got "
            f"{ ({name: x.tolist()[:5] for name, x in values.items()}) }; leave out runs that "
            "diverged and say so in the title."
        )
    ends = np.concatenate([*values.values(), [*references.values()]])
    dot_width = DOT / 72 / AXIS_WIDTH * float(np.ptp(ends))
    highest = max(_pile(x, dot_width).max() + 1 for x in values.values())
    row = float(np.clip(highest * DOT / 72 / (PILE_FOOT - PILE_TOP), LOWEST_ROW, HIGHEST_ROW))
    heights = [0.28 * len(references), row * len(values)]
    with style.figure(11.0, 1.7 + sum(heights)) as figure:
        if references:
            strip, axes = figure.subplots(2, sharex=True, height_ratios=heights)
            _draw_references(strip, axes, references)
        else:
            axes = figure.subplots()
        draw_scores(axes, values, dot_width, DOT / 72 / row)
        axes.set_yticks(range(len(values)), [_describe(name, x) for name, x in values.items()])
        axes.set_xlabel(f"{score_name} (black: mean and its 95% interval)")
        figure.suptitle(f"{dataset_name}: {title}")
    return figure


def draw_scores(
    axes: Axes, values: Mapping[str, np.ndarray], dot_width: float, dot_height: float
) -> None:
    """Draw scores over seeds, a row for each name: dots in piles, mean and interval below.

    Args:
        axes: Where to draw; row 0 is on top.
        values: For each name one score per seed, `(seeds,)`.
        dot_width: Scores nearer than this are piled up.
        dot_height: Height of a dot in rows; in a high pile dots lie closer.
    """
    looks = style.looks(values)
    for row, (name, x) in enumerate(values.items()):
        pile = _pile(x, dot_width)
        step = min(dot_height, (PILE_FOOT - PILE_TOP) / (pile.max() + 1))
        foot = PILE_FOOT if len(x) > 1 else 0
        axes.plot(
            x,
            row + foot - pile * step,
            **looks[name].line,
            linestyle="",
            markersize=DOT,
            markeredgecolor="white",
            markeredgewidth=0.4,
        )
        if len(x) > 1:
            draw_mean(axes, row + MEAN, x)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def draw_mean(axes: Axes, height: float, x: np.ndarray) -> None:
    """Draw the mean of results over seeds and its 95% interval, at a height of the axes."""
    axes.plot(mean_interval(x), [height] * 2, color="black", linewidth=2.5, solid_capstyle="butt")
    axes.plot(x.mean(), height, "|", color="black", markersize=12, markeredgewidth=2)


def _pile(x: np.ndarray, width: float) -> np.ndarray:
    """Return for each value how many lie below it in its pile, `(values,)`.

    A pile begins at its smallest value and holds those at most `width` above it.
    """
    places, start = np.zeros(len(x), dtype=int), 0
    order = np.argsort(x, kind="stable")
    for position, index in enumerate(order):
        if x[index] - x[order[start]] > width:
            start = position
        places[index] = position - start
    return places


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
