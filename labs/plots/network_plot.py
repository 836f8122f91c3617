"""A picture of a dense net with the weights that it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labs.plots import style

MOST_UNITS = 10
"""Units drawn of a layer; of a larger one those with the largest weights."""
MOST_LINES = 20
"""Weights between two layers that are drawn in color."""
WIDEST_LINE = 5.0
"""Points, for the largest weight of all."""
WEIGHTS = LinearSegmentedColormap.from_list(
    "weights", [style.COLORS[1], style.FAINT, style.COLORS[0]]
)
"""From negative through 0 to positive."""


def plot_network(
    dataset_name: str,
    title: str,
    weights: Sequence[np.ndarray],
    input_names: Sequence[str],
    output_names: Sequence[str],
    activations: Sequence[str],
) -> Figure:
    """Draw the units of a dense net and its largest weights as lines between them.

    A line is as wide as its weight is large, its color is that of a scale beside the picture,
    and a negative one is dashed; the other weights between the units drawn are faint. Biases
    are written into the units.

    Args:
        dataset_name: Name of the data set, for the title.
        title: Which net this is.
        weights: Kernel `(inputs, units)` and bias `(units,)` of each layer in turn, as
            `model.get_weights()` gives them.
        input_names: Name of each input.
        output_names: Name of each output unit.
        activations: Name of each layer's activation, the output's last.

    Raises:
        ValueError: If the arrays are no kernels and biases of successive layers, or there is
            not one activation for each of them and one name for each output.
    """
    kernels, biases = weights[::2], weights[1::2]
    sizes = [len(input_names), *(bias.shape[0] for bias in biases)]
    if [kernel.shape for kernel in kernels] != list(pairwise(sizes)):
        raise ValueError(
            f"Expected a kernel (inputs, units) and a bias (units,) for each layer after "
            f"{sizes[0]} inputs, got shapes {[w.shape for w in weights]}."
        )
    if sizes[-1] != len(output_names) or len(activations) != len(kernels):
        raise ValueError(
            f"Expected {len(output_names)} output units and {len(activations)} layers after the "
            f"inputs, got layers of {sizes[1:]} units."
        )
    shown = _units_to_show(kernels)
    places = [_places(layer, len(units)) for layer, units in enumerate(shown)]
    largest = max(float(np.abs(kernel).max()) for kernel in kernels) or 1.0
    scale = ScalarMappable(Normalize(-largest, largest), WEIGHTS)
    with style.figure(max(12.0, 2.0 * len(sizes) + 3), 6.8) as figure:
        axes = figure.subplots()
        axes.axis("off")
        for layer, kernel in enumerate(kernels):
            between = kernel[np.ix_(shown[layer], shown[layer + 1])]
            _draw_weights(axes, between, places[layer], places[layer + 1], scale)
        for layer, units in enumerate(shown):
            _draw_units(axes, places[layer], biases[layer - 1][units] if layer else None)
            hidden = sizes[layer] - len(units)
            if hidden:
                axes.text(layer, -0.5, f"… {hidden:,} more", ha="center", va="top")
        for layer, heading in enumerate(_headings(sizes, activations)):
            axes.text(layer, 0.53, heading, ha="center", va="bottom", fontsize=14)
        _write_names(axes, places[0], np.array(input_names)[shown[0]], side="right", offset=-16)
        _write_names(axes, places[-1], np.array(output_names)[shown[-1]], side="left", offset=24)
        axes.set_xlim(-0.35, len(sizes) - 0.6)
        axes.set_ylim(-0.56, 0.64)
        figure.colorbar(scale, ax=axes, label="weight", shrink=0.7, aspect=30)
        figure.legend(handles=_legend_handles(), loc="outside lower center", ncols=4)
        count = sum(w.size for w in weights)
        figure.suptitle(f"{dataset_name}: {title}, {count:,} parameters (bias in each unit)")
    return figure


def _units_to_show(kernels: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return for each layer, inputs included, the indices of the units that are drawn."""
    out_of = [np.abs(kernel).sum(axis=1) for kernel in kernels]
    sizes = [*out_of, np.abs(kernels[-1]).sum(axis=0)]
    return [np.sort(np.argsort(-size, kind="stable")[:MOST_UNITS]) for size in sizes]


def _places(layer: int, size: int) -> np.ndarray:
    """Return the center of each unit, `(units, 2)`; a layer is a column, spread evenly."""
    heights = np.linspace(0.5, -0.5, size) if size > 1 else np.zeros(1)
    # Small layers keep away from the edges, so that lines to them meet at angles.
    return np.column_stack([np.full(size, float(layer)), heights * (size / (size + 1.5))])


def _headings(sizes: Sequence[int], activations: Sequence[str]) -> list[str]:
    hidden = [f"hidden {number}" for number in range(1, len(activations))]
    layers = zip([*hidden, "output"], sizes[1:], activations, strict=True)
    return [
        f"inputs\n{sizes[0]:,}",
        *(f"{name}\n{size:,} × {activation}" for name, size, activation in layers),
    ]


def _draw_weights(
    axes: Axes, kernel: np.ndarray, left: np.ndarray, right: np.ndarray, scale: ScalarMappable
) -> None:
    lines = [(left[source], right[unit]) for source, unit in np.ndindex(kernel.shape)]
    values = kernel.ravel()
    order = np.argsort(np.abs(values), kind="stable")  # The largest are drawn last, on top.
    faint = [lines[index] for index in order[:-MOST_LINES]]
    strong = order[-MOST_LINES:]
    axes.add_collection(LineCollection(faint, colors=style.AREA, linewidths=0.5, zorder=1))
    axes.add_collection(
        LineCollection(
            [lines[index] for index in strong],
            colors=scale.to_rgba(values[strong]),
            linewidths=WIDEST_LINE * np.abs(values[strong]) / scale.get_clim()[1],
            linestyles=["-" if value >= 0 else (0, (4, 1.5)) for value in values[strong]],
            zorder=1.5,
        )
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
            text = f"{round(float(bias), 1) + 0.0:+.1f}"
            axes.text(x, y, text, ha="center", va="center", fontsize=10, zorder=3)


def _write_names(
    axes: Axes, units: np.ndarray, names: Sequence[str], side: str, offset: float
) -> None:
    for place, name in zip(units, names, strict=True):
        axes.annotate(
            name, place, xytext=(offset, 0), textcoords="offset points", ha=side, va="center"
        )


def _legend_handles() -> list[Line2D]:
    negative, _, positive = style.COLORS[1], style.FAINT, style.COLORS[0]
    return [
        Line2D([], [], color=positive, linewidth=3, label="positive"),
        Line2D([], [], color=negative, linewidth=3, linestyle="--", label="negative"),
        Line2D([], [], color=style.AREA, label=f"not among a layer's {MOST_LINES} largest"),
    ]
