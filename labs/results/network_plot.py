"""A picture of a small dense net with the weights that it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labs.results import style

LARGEST_LAYER = 16
POSITIVE, NEGATIVE = style.COLORS[0], style.COLORS[1]
WIDEST_LINE = 5.0  # points, for the largest weight of a layer


def plot_network(
    dataset_name: str,
    title: str,
    weights: Sequence[np.ndarray],
    input_names: Sequence[str],
    output_names: Sequence[str],
) -> Figure:
    """Draw the units of a dense net and its weights as lines between them.

    A line is as wide as its weight is large, relative to the largest of its layer. Biases
    are written into the units.

    Args:
        dataset_name: Name of the data set, for the title.
        title: Which net this is.
        weights: Kernel `(inputs, units)` and bias `(units,)` of each layer in turn, as
            `model.get_weights()` gives them.
        input_names: Name of each input.
        output_names: Name of each output unit.

    Raises:
        ValueError: If the arrays are no kernels and biases of successive layers, or a layer
            has too many units to be drawn.
    """
    kernels, biases = weights[::2], weights[1::2]
    sizes = [len(input_names), *(bias.shape[0] for bias in biases)]
    if [kernel.shape for kernel in kernels] != list(pairwise(sizes)):
        raise ValueError(
            f"Expected a kernel (inputs, units) and a bias (units,) for each layer after "
            f"{sizes[0]} inputs, got shapes {[w.shape for w in weights]}."
        )
    if sizes[-1] != len(output_names) or max(sizes) > LARGEST_LAYER:
        raise ValueError(
            f"Expected {len(output_names)} output units and at most {LARGEST_LAYER} units a "
            f"layer, got layers of {sizes}; draw the curves of a larger net instead."
        )
    with style.figure(12.0, 6.8) as figure:
        axes = figure.subplots()
        axes.axis("off")
        places = [_places(layer, size) for layer, size in enumerate(sizes)]
        for kernel, left, right in zip(kernels, places, places[1:], strict=False):
            _draw_weights(axes, kernel, left, right)
        for layer, units in enumerate(places):
            _draw_units(axes, units, biases[layer - 1] if layer else None)
        _write_names(axes, places[0], input_names, side="right", offset=-16)
        _write_names(axes, places[-1], output_names, side="left", offset=24)
        axes.margins(x=0.12, y=0.06)
        lines = [
            Line2D([], [], color=POSITIVE, linewidth=3, label="positive weight"),
            Line2D([], [], color=NEGATIVE, linewidth=3, linestyle="--", label="negative weight"),
        ]
        figure.legend(handles=lines, loc="outside lower center", ncols=2)
        count = sum(w.size for w in weights)
        figure.suptitle(f"{dataset_name}: {title}, {count} parameters (bias in each unit)")
    return figure


def _places(layer: int, size: int) -> np.ndarray:
    """Return the center of each unit, `(units, 2)`; a layer is a column, spread evenly."""
    heights = np.linspace(0.5, -0.5, size) if size > 1 else np.zeros(1)
    # Small layers keep away from the edges, so that lines to them meet at angles.
    return np.column_stack([np.full(size, float(layer)), heights * (size / (size + 1.5))])


def _draw_weights(axes: Axes, kernel: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    largest = max(float(np.abs(kernel).max()), np.finfo(np.float32).tiny)
    for (source, unit), weight in np.ndenumerate(kernel):
        axes.plot(
            [left[source, 0], right[unit, 0]],
            [left[source, 1], right[unit, 1]],
            color=POSITIVE if weight >= 0 else NEGATIVE,
            linestyle="-" if weight >= 0 else (0, (4, 1.5)),
            linewidth=WIDEST_LINE * abs(weight) / largest,
            alpha=0.75,
            zorder=1,
        )


def _draw_units(axes: Axes, units: np.ndarray, biases: np.ndarray | None) -> None:
    axes.scatter(
        units[:, 0],
        units[:, 1],
        s=900 if biases is not None else 120,
        color="white",
        edgecolors="black",
        zorder=2,
    )
    if biases is not None:
        for (x, y), bias in zip(units, biases, strict=True):
            axes.text(
                x,
                y,
                f"{round(float(bias), 1) + 0.0:+.1f}",
                ha="center",
                va="center",
                fontsize=10,
                zorder=3,
            )


def _write_names(
    axes: Axes, units: np.ndarray, names: Sequence[str], side: str, offset: float
) -> None:
    for place, name in zip(units, names, strict=True):
        axes.annotate(
            name, place, xytext=(offset, 0), textcoords="offset points", ha=side, va="center"
        )
