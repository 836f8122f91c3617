"""What a net saw of ordinary pictures, and what it took them for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from labs.plots import style

BARS = 3


def plot_predictions(
    title: str,
    pictures: Sequence[np.ndarray],
    inputs: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    picture_names: Sequence[str],
) -> Figure:
    """Draw each picture, beside it what the net was given, and the likeliest classes.

    Args:
        title: What the pictures are predicted with.
        pictures: Grey levels 0 to 255, `(height, width)` each.
        inputs: The same pictures as the net was given them, `(pictures, height, width)`.
        probabilities: The net's probabilities `(pictures, K)`.
        class_names: K names, in the order of the labels.
        picture_names: A name for each picture.

    Raises:
        ValueError: If there are no pictures or the arguments do not belong together.
    """
    count = len(pictures)
    lengths = {count, len(inputs), len(picture_names)}
    if not count or len(lengths) > 1 or probabilities.shape != (count, len(class_names)):
        raise ValueError(
            f"Expected one input, one name and {len(class_names)} probabilities for each of "
            f"{count} pictures, at least one, got {len(inputs)} inputs, {len(picture_names)} "
            f"names and probabilities of shape {probabilities.shape}."
        )
    with style.figure(10.0, 0.8 + 2.6 * count) as figure:
        panels = figure.subplots(count, 3, squeeze=False, width_ratios=(1.5, 1, 1.2))
        for row, (original, seen, bars) in enumerate(panels):
            for axes, image in ((original, pictures[row]), (seen, inputs[row])):
                axes.imshow(image, cmap="gray", vmin=0, vmax=255)
                axes.set_xticks([])
                axes.set_yticks([])
                axes.grid(visible=False)
            original.set_title(picture_names[row], fontsize=12, parse_math=False)
            seen.set_title("what the net saw", fontsize=12)
            _draw_likeliest(bars, probabilities[row], class_names)
        figure.suptitle(title)
    return figure


def _draw_likeliest(axes: Axes, probabilities: np.ndarray, class_names: Sequence[str]) -> None:
    likeliest = np.argsort(-probabilities, kind="stable")[:BARS]
    shares = probabilities[likeliest]
    bars = axes.barh(range(len(likeliest)), shares, height=0.6)
    axes.bar_label(bars, [f"{share:.1%}" for share in shares], padding=4, fontsize=12)
    axes.set_yticks(range(len(likeliest)), [class_names[k] for k in likeliest])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(BARS - 0.5, -0.5)
    axes.set_xlim(0, 1.3)  # Room for the label behind a bar of 100%.
    axes.set_xticks([0, 0.5, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(visible=False, axis="y")
