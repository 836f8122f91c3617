"""What a net, or one of its units, says of every place in a plane."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from labs.data.points import Points
from labs.plots import style

STEPS = 80
"""Places along each axis."""
SURE = 0.75
"""How far the color of a place that a net is sure of goes from white to that of the class."""
FARTHEST = 2.0
"""Standard deviations of a target from its mean, at which its color is full."""
RESPONSES = LinearSegmentedColormap.from_list(
    "responses", [style.COLORS[1], "white", style.COLORS[0]]
)
"""From negative through 0 to positive, as weights are drawn."""
COLORS, SECONDS_A_FRAME = 32, 0.15
"""Colors of an animation, and how long each of its pictures stands; the last one ten times."""


class Grid(NamedTuple):
    """Places all over the points that are drawn on them.

    Attributes:
        places: `(STEPS², 2)`, row by row from below.
        extent: Left, right, lower and upper end.
    """

    places: np.ndarray
    extent: tuple[float, float, float, float]


def grid_around(points: np.ndarray) -> Grid:
    """Return a grid that reaches a little beyond the points, `(rows, 2)`."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.06 * (high - low)
    (left, lower), (right, upper) = low - room, high + room
    lines = np.linspace(left, right, STEPS), np.linspace(lower, upper, STEPS)
    places = np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)
    return Grid(places, (left, right, lower, upper))


def shade(outputs: np.ndarray) -> np.ndarray:
    """Return colors `(places, 3)` of a net's outputs on a grid.

    Args:
        outputs: Probabilities of K classes, `(places, K)`: the color of the likeliest one, the
            paler the less sure. Or `(places, 1)`, in standard deviations from a mean: from
            orange through white to blue.
    """
    if outputs.shape[1] == 1:
        colors: np.ndarray = RESPONSES(np.clip(outputs[:, 0] / FARTHEST, -1, 1) / 2 + 0.5)[:, :3]
        return colors
    hues = np.array([to_rgb(color) for color in style.COLORS[: outputs.shape[1]]])
    guess = 1 / outputs.shape[1]
    sure = SURE * (outputs.max(axis=1, keepdims=True) - guess) / (1 - guess)
    return sure * hues[outputs.argmax(axis=1)] + 1 - sure


def draw_region(axes: Axes, grid: Grid, colors: np.ndarray) -> AxesImage:
    """Fill the axes with the colors of a grid's places, `(places, 3)`."""
    axes.grid(visible=False)
    return axes.imshow(
        _as_image(colors),
        extent=grid.extent,
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )


def draw_targets(axes: Axes, points: Points) -> None:
    """Draw points in the color of their class, or of their number, which is as for `shade`."""
    look: dict[str, Any] = {"s": 16, "edgecolors": "white", "linewidths": 0.5}
    if points.class_names is None:
        x, y = points.points.T
        axes.scatter(x, y, c=shade(points.target[:, None]), **look)
        return
    for label, (name, (color, marker)) in enumerate(style.looks(points.class_names).items()):
        own = points.points[points.target == label]
        axes.scatter(*own.T, color=color, marker=marker, label=name, **look)


def plot_regions(
    title: str, grid: Grid, outputs: Mapping[str, np.ndarray], points: Points, most: int = 3
) -> Figure:
    """Draw what nets say of a plane, a panel each, and the points that they learn from.

    Args:
        title: What the nets are.
        grid: The places.
        outputs: For each panel, as named above it, outputs as for `shade`.
        points: The points, their targets classes or numbers as for `shade`.
        most: Panels in a row.
    """
    columns = min(most, len(outputs))
    rows = math.ceil(len(outputs) / columns)
    with style.figure(12.0, 11.0 / most * rows + 1.2) as figure:
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes in panels.flat[len(outputs) :]:
            axes.axis("off")
        for axes, (name, own) in zip(panels.flat, outputs.items(), strict=False):
            draw_region(axes, grid, shade(own))
            draw_targets(axes, points)
            axes.set_title(name, fontsize=12)
        for axes in panels[-1]:
            axes.set_xlabel(points.names[0])
        for axes in panels[:, 0]:
            axes.set_ylabel(points.names[1])
        figure.suptitle(title)
        if points.class_names:
            handles = panels[0, 0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=4, markerscale=2)
    return figure


def plot_units(title: str, grid: Grid, layers: Mapping[str, np.ndarray], most: int = 8) -> Figure:
    """Draw what each unit gives out over a plane, a row a layer; of a large layer the first ones.

    Args:
        title: Which net this is.
        grid: The places.
        layers: Outputs of each layer as named beside its row, `(places, units)`.
        most: Units drawn of a layer.
    """
    columns = min(most, max(outputs.shape[1] for outputs in layers.values()))
    with style.figure(12.0, 11.0 / max(6, columns) * len(layers) + 0.9) as figure:
        panels = figure.subplots(len(layers), max(6, columns), squeeze=False)
        for row, (name, outputs) in zip(panels, layers.items(), strict=True):
            largest = float(np.abs(outputs).max()) or 1.0
            for unit, axes in enumerate(row):
                axes.set(xticks=[], yticks=[])
                if unit >= outputs.shape[1]:
                    axes.axis("off")
                    continue
                draw_region(axes, grid, RESPONSES((outputs[:, unit] / largest + 1) / 2)[:, :3])
            row[0].set_ylabel(f"{name}\n{-largest:.2g} to {largest:.2g}", fontsize=11)
        figure.suptitle(title)
    return figure


def animate_regions(
    path: Path, title: str, grid: Grid, outputs: Mapping[str, np.ndarray], points: Points
) -> None:
    """Write a GIF of what a net says of a plane while it learns, a frame for each of `outputs`."""
    frames = []
    with style.figure(4.6, 4.8) as figure:
        figure.set_dpi(100)
        canvas, axes = FigureCanvasAgg(figure), figure.subplots()
        first, *_ = outputs
        image = draw_region(axes, grid, shade(outputs[first]))
        draw_targets(axes, points)
        axes.set(title=title, xlabel=first)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # All frames have the layout of the first.
        for name, own in outputs.items():
            image.set_data(_as_image(shade(own)))
            axes.set_xlabel(name, fontsize=12)
            canvas.draw()
            pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3])
            # Few colors, not scattered to look like more, make a small file.
            most, no = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
            frames.append(pixels.quantize(COLORS, most, dither=no))
    durations = [SECONDS_A_FRAME] * (len(frames) - 1) + [10 * SECONDS_A_FRAME]
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=[round(1000 * seconds) for seconds in durations],
        loop=0,
    )


def _as_image(colors: np.ndarray) -> np.ndarray:
    return colors.reshape(STEPS, STEPS, 3)
