"""What the units of the first layer look for in an image."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from labs.plots import style
from labs.plots.tiles import tile

COLUMNS = 12


def plot_filters(dataset_name: str, title: str, kernel: np.ndarray, count: int = 48) -> Figure:
    """Draw the weights of first-layer units as small images, the largest norm first.

    All share one scale, symmetric about 0; blue weights ask for light pixels, red ones for
    dark pixels. The scale ends at the 99.5th percentile of the weights' magnitude, so that
    a few large ones do not make the others pale.

    Args:
        dataset_name: Name of the data set, for the title.
        title: Which net and layer this is.
        kernel: Kernel of a dense layer on square grey images, `(side · side, units)`, or of
            a convolution of them, `(height, width, 1, filters)`.
        count: Filters to draw at most, 1 or more.

    Raises:
        ValueError: If the kernel is none of the two, or holds NaN.
    """
    filters = _as_images(kernel)
    if count < 1 or not np.isfinite(filters).all():
        raise ValueError(
            f"Expected finite weights and count 1 or more, got count={count} and "
            f"{int(np.sum(~np.isfinite(filters)))} weights that are NaN or infinite."
        )
    norms = np.linalg.norm(filters, axis=(1, 2))
    shown = filters[np.argsort(-norms, kind="stable")[:count]]
    limit = float(np.quantile(np.abs(shown), 0.995)) or 1.0  # Zeros need a scale, too.
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    height, width = shown.shape[1:]
    grid = np.full((rows * columns, height, width), np.nan)
    grid[: len(shown)] = shown
    with style.figure(11.0, 1.0 + 10.0 / COLUMNS * rows) as figure:
        axes = figure.subplots()
        image = axes.imshow(
            tile(grid.reshape(rows, columns, height, width)), cmap="RdBu", vmin=-limit, vmax=limit
        )
        axes.axis("off")
        beyond = "both" if np.abs(shown).max() > limit else "neither"
        figure.colorbar(image, label="weight", extend=beyond, shrink=0.9, aspect=30)
        which = "all" if len(shown) == len(filters) else f"{len(shown)} largest of"
        figure.suptitle(f"{dataset_name}: {title}\n{which} {len(filters):,} filters")
    return figure


def _as_images(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel as one image per unit, `(units, height, width)`."""
    if kernel.ndim == 2 and kernel.size and math.isqrt(len(kernel)) ** 2 == len(kernel):
        side = math.isqrt(len(kernel))
        return kernel.T.reshape(-1, side, side)
    if kernel.ndim == 4 and kernel.size and kernel.shape[2] == 1:
        return kernel[:, :, 0, :].transpose(2, 0, 1)
    raise ValueError(
        "Expected a kernel (side · side, units) or (height, width, 1, filters), got shape "
        f"{kernel.shape}; give the first layer's, of a net that reads grey images."
    )
