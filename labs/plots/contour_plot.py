"""Lines of equal loss under what is drawn on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from labs.plots import style


def draw_contours(
    axes: Axes,
    loss: Callable[[np.ndarray], np.ndarray],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    levels: ArrayLike | Callable[[np.ndarray], ArrayLike],
    *,
    named: bool = False,
) -> np.ndarray:
    """Draw lines of equal loss, faint and without the grid.

    Args:
        axes: Where to draw.
        loss: Takes points `(..., 2)`, gives losses `(...)`.
        x_range: First and last value of the first parameter.
        y_range: First and last value of the second one.
        levels: Losses of the lines, or what makes them of all losses `(200, 200)`.
        named: Whether each line shows its loss.

    Returns:
        The point with the least loss drawn, `(2,)`.
    """
    grid = np.meshgrid(np.linspace(*x_range, 200), np.linspace(*y_range, 200))
    points = np.stack(grid, axis=-1)
    height = loss(points)
    shown = levels(height) if callable(levels) else levels
    contour = axes.contour(*grid, height, shown, colors=style.FAINT, linewidths=0.8)
    if named:
        axes.clabel(contour, fontsize=10, colors=style.NEUTRAL)
    axes.grid(visible=False)
    axes.set(xlim=x_range, ylim=y_range)
    lowest: np.ndarray = points[np.unravel_index(height.argmin(), height.shape)]
    return lowest
