"""Training curves: does the net still learn, and does it begin to overfit?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from labs.results import style

History = Mapping[str, Sequence[float]]
Marks = Mapping[str, int | Sequence[int]]

METRICS = ("loss", "accuracy")
CURVES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "": (
        "training",
        style.TRAINING_COLOR,
        {"linestyle": (0, (4, 1.5)), "markerfacecolor": "white"},
    ),
    "val_": ("validation", style.VALIDATION_COLOR, {"linestyle": "-"}),
}
"""Prefix of a metric: what it is called, its color if there is one model, how it is drawn."""


def plot_curves(
    dataset_name: str,
    histories: Mapping[str, History],
    marks: Marks | None = None,
) -> Figure:
    """Draw loss and accuracy over the epochs, training dashed, validation solid.

    Args:
        dataset_name: Name of the data set, for the title.
        histories: For each model, as named in the legend, one value per epoch for each of
            `loss`, `accuracy`, `val_loss`, `val_accuracy`, as far as there are any; other
            metrics are left out. At most seven models.
        marks: Epochs to mark by a vertical line, e.g. `{"best epoch": 12}` or
            `{"learning rate × 0.1": (30, 60, 90)}`; epochs count from 1. At most four marks.

    Raises:
        ValueError: If there is nothing to draw, or more than can be told apart.
    """
    marks = marks or {}
    metrics = [
        metric
        for metric in METRICS
        if any(prefix + metric in h for h in histories.values() for prefix in CURVES)
    ]
    if not metrics or len(histories) > len(style.COLORS) or len(marks) > len(style.MARK_STYLES):
        raise ValueError(
            f"Expected 1 to {len(style.COLORS)} histories with 'loss' or 'accuracy' and up to "
            f"{len(style.MARK_STYLES)} marks, got {list(histories)} and {list(marks)}; draw more "
            "models in several figures."
        )
    with style.figure() as figure:
        panels = figure.subplots(1, len(metrics), squeeze=False)[0]
        for axes, metric in zip(panels, metrics, strict=True):
            for index, history in enumerate(histories.values()):
                _draw_history(axes, metric, history, index, single=len(histories) == 1)
            _draw_marks(axes, marks)
            axes.set(xlabel="epoch", ylabel=metric)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        only = f", {next(iter(histories))}" if len(histories) == 1 else ""
        figure.suptitle(f"{dataset_name}{only}: {' and '.join(metrics)}")
        handles = _legend_handles(histories, marks)
        rows = math.ceil(len(handles) / 5)
        columns = math.ceil(len(handles) / rows)
        figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    return figure


def _draw_history(axes: Axes, metric: str, history: History, index: int, single: bool) -> None:
    for prefix, (_, color, drawing) in CURVES.items():
        values = history.get(prefix + metric, ())
        step = max(1, len(values) // 8)
        axes.plot(
            np.arange(1, len(values) + 1),
            values,
            color=color if single else style.COLORS[index],
            # Many epochs are many zigzags, which thick lines would fill.
            linewidth=1.0 if len(values) > 200 else None,
            marker="" if single and len(values) > 1 else style.MARKERS[index],
            # Shifted from model to model, so that markers do not lie on each other.
            markevery=(index * step // len(style.COLORS), step),
            **drawing,
        )


def _draw_marks(axes: Axes, marks: Marks) -> None:
    for line_style, epochs in zip(style.MARK_STYLES, marks.values(), strict=False):
        for epoch in np.atleast_1d(epochs):
            axes.axvline(epoch, color=style.NEUTRAL, linestyle=line_style)


def _legend_handles(histories: Mapping[str, History], marks: Marks) -> list[Line2D]:
    single = len(histories) == 1
    models = [
        Line2D([], [], color=color, marker=marker, label=name)
        for name, color, marker in zip(histories, style.COLORS, style.MARKERS, strict=False)
    ]
    curves = [
        Line2D(
            [],
            [],
            color=color if single else "black",
            marker="" if single else "o",
            label=label,
            **drawing,
        )
        for prefix, (label, color, drawing) in CURVES.items()
        if any(prefix + metric in h for h in histories.values() for metric in METRICS)
    ]
    lines = [
        Line2D([], [], color=style.NEUTRAL, linestyle=line_style, label=label)
        for label, line_style in zip(marks, style.MARK_STYLES, strict=False)
    ]
    return [*([] if single else models), *curves, *lines]
