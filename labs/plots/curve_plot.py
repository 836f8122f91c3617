"""Training curves: does the net still learn, and does it begin to overfit?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from labs.plots import style

History = Mapping[str, Sequence[float]]
Marks = Mapping[str, int | Sequence[int] | Mapping[str, int]]

METRICS = ("loss", "accuracy")
CURVES: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("training", {"color": style.TRAINING_COLOR, "linestyle": (0, (4, 1.5))}),
    "val_": ("validation", {"color": style.VALIDATION_COLOR, "linestyle": "-"}),
}
"""Prefix of a metric: what it is called, and how it is drawn."""
MOST_MODELS = 6
LONG = 300
"""Epochs from which on their axis is logarithmic: what matters happens early."""


def plot_curves(
    dataset_name: str,
    histories: Mapping[str, History],
    marks: Marks | None = None,
    *,
    gaps: Collection[str] = (),
    same_scale: bool = True,
) -> Figure:
    """Draw loss and accuracy over the epochs, training dashed, validation solid.

    Each model has a column of its own; the scale is cut to what comes after the first tenth of
    the epochs, where models differ, or of 300 epochs and more, on a logarithmic axis, after the
    first one.

    Args:
        dataset_name: Name of the data set, for the title.
        histories: For each model, as named above its column, one value per epoch for each of
            `loss`, `accuracy`, `val_loss`, `val_accuracy`, as far as there are any; other
            metrics are left out. At most six models.
        marks: Epochs to mark by a vertical line, e.g. `{"best epoch": 12}` or
            `{"learning rate × 0.1": (30, 60, 90)}`, or for some models an epoch each, `{"best
            epoch": {"plain": 4, "dropout": 9}}`; epochs count from 1. At most four marks.
        gaps: Models for which the distance between the last training and validation accuracy
            is drawn.
        same_scale: Whether all models have one scale, as models of one data set should.

    Raises:
        ValueError: If there is nothing to draw, or more than can be told apart.
    """
    marks = marks or {}
    metrics = [
        metric
        for metric in METRICS
        if any(prefix + metric in h for h in histories.values() for prefix in CURVES)
    ]
    if not metrics or len(histories) > MOST_MODELS or len(marks) > len(style.MARK_STYLES):
        raise ValueError(
            f"Expected 1 to {MOST_MODELS} histories with 'loss' or 'accuracy' and up to "
            f"{len(style.MARK_STYLES)} marks, got {list(histories)} and {list(marks)}; draw more "
            "models in several figures."
        )
    columns = len(histories)
    # The metrics of a single model stand side by side.
    shape = (1, len(metrics)) if columns == 1 else (len(metrics), columns)
    width = 11.0 if columns < 4 else 2.9 * columns
    with style.figure(width, 5.5 if columns == 1 else 3.2 * len(metrics) + 0.8) as figure:
        grid = figure.subplots(*shape, squeeze=False, sharex="col" if columns > 1 else False)
        panels = grid.T if columns == 1 else grid
        for row, metric in zip(panels, metrics, strict=True):
            for axes, (name, history) in zip(row, histories.items(), strict=True):
                _draw_history(axes, metric, history)
                _draw_marks(axes, marks, name)
                limits = _limits(histories if same_scale else {name: history}, metric)
                if limits:
                    axes.set_ylim(limits)
                if name in gaps and metric == "accuracy":
                    _draw_gap(axes, history)
                if columns > 1 and metric == metrics[0]:
                    axes.set_title(name, fontsize=13)
                axes.tick_params(labelleft=axes is row[0] or not same_scale)
            row[0].set_ylabel(metric)
        for axes in grid[-1]:
            axes.set_xlabel("epoch")
        only = f", {next(iter(histories))}" if columns == 1 else ""
        figure.suptitle(f"{dataset_name}{only}: {' and '.join(metrics)}")
        handles = _legend_handles(histories, marks)
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _limits(histories: Mapping[str, History], metric: str) -> tuple[float, float] | tuple[()]:
    """Return the range of all models' values after their first epochs."""
    curves = [
        np.asarray(history[prefix + metric], dtype=float)
        for history in histories.values()
        for prefix in CURVES
        if prefix + metric in history
    ]
    later = np.concatenate([curve[_passed_over(len(curve)) :] for curve in curves])
    later = later[np.isfinite(later)]
    if not later.size:
        return ()
    # A value far outside, such as a spike, would press all others together. Among many epochs the
    # first ones are as rare.
    rare = 0.0 if max(map(len, curves)) >= LONG else 0.005
    low, high = np.quantile(later, [rare, 1 - rare])
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    return float(low - margin), float(high + margin)


def _passed_over(epochs: int) -> int:
    """Return how many first epochs the scale leaves out; on a logarithmic axis they have room."""
    return 1 if epochs >= LONG else min(epochs - 1, -(-epochs // 10))


def _draw_history(axes: Axes, metric: str, history: History) -> None:
    longest = 1
    for prefix, (_, drawing) in CURVES.items():
        values = history.get(prefix + metric, ())
        longest = max(longest, len(values))
        axes.plot(
            np.arange(1, len(values) + 1),
            values,
            # Many epochs are many zigzags, which thick lines would fill.
            linewidth=1.0 if len(values) > 200 else None,
            marker="o" if len(values) == 1 else "",
            **drawing,
        )
    if longest >= LONG:
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_gap(axes: Axes, history: History) -> None:
    ends = history["val_accuracy"][-1], history["accuracy"][-1]
    epochs = len(history["accuracy"])
    axes.plot([epochs, epochs], ends, color=style.NEUTRAL, marker="_", linewidth=3)
    axes.annotate(
        f"gap {ends[1] - ends[0]:.2f}",
        (epochs, sum(ends) / 2),
        xytext=(6, 0),  # Where no curve is.
        textcoords="offset points",
        rotation=90,
        va="center",
        color=style.NEUTRAL,
    )


def _draw_marks(axes: Axes, marks: Marks, model: str) -> None:
    for line_style, epochs in zip(style.MARK_STYLES, marks.values(), strict=False):
        if isinstance(epochs, Mapping):
            epochs = [epochs[model]] if model in epochs else []
        for epoch in np.atleast_1d(epochs):
            axes.axvline(epoch, color=style.NEUTRAL, linestyle=line_style)


def _legend_handles(histories: Mapping[str, History], marks: Marks) -> list[Line2D]:
    curves = [
        Line2D([], [], label=label, **drawing)
        for prefix, (label, drawing) in CURVES.items()
        if any(prefix + metric in h for h in histories.values() for metric in METRICS)
    ]
    lines = [
        Line2D([], [], color=style.NEUTRAL, linestyle=line_style, label=label)
        for label, line_style in zip(marks, style.MARK_STYLES, strict=False)
    ]
    return [*curves, *lines]
