"""How every picture looks; nothing else sets colors, sizes or fonts.

Okabe and Ito's colors can be told apart with any kind of color vision; line styles and
markers say the same once more, for grey prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

from labs.plots.fonts import FIRST, ReadableFigure

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito (2008), "Color Universal Design"; without yellow, too pale for lines."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""One marker per color, in the same order."""
TRAINING_COLOR, VALIDATION_COLOR = "#E69F00", "#0072B2"
"""For the two curves of a single model: a light one and a dark one, even in grey."""
MARK_STYLES = ((0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (8, 3)), (0, (3, 1, 1, 1, 1, 1)))
"""Line styles of markers and reference lines, apart from the dashed and solid curves."""
SPREAD = "#56B4E9"
"""Single results behind their mean."""
NEUTRAL = "#4D4D4D"
"""Reference lines and remarks."""
FAINT = "#AAAAAA"
"""Contour lines, and bars that are not to be trusted."""
AREA = "#DDDDDD"
"""Filled regions behind the data, and the grid."""

STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": NEUTRAL,
    "axes.grid": True,
    "axes.labelsize": 14,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 15,
    "figure.constrained_layout.hspace": 0.0,
    "figure.dpi": 160,
    "figure.facecolor": "white",
    "figure.titlesize": 17,
    "font.family": FIRST,
    "font.size": 13,
    "grid.color": AREA,
    "grid.linewidth": 0.8,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "savefig.dpi": "figure",
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}


class Look(NamedTuple):
    """How one thing is drawn in all panels of a picture; `axes.plot(x, y, **look.line)`."""

    color: str
    marker: str

    @property
    def line(self) -> dict[str, Any]:
        """Arguments of a line with markers."""
        return {"color": self.color, "marker": self.marker}


def looks(names: Iterable[str]) -> dict[str, Look]:
    """Return a color and a marker for each name, told apart by both.

    Beyond seven names colors come again, with the next marker.

    Args:
        names: What is drawn, in an order that stays the same from picture to picture.
    """
    count = len(COLORS)
    return {
        name: Look(COLORS[place % count], MARKERS[(place + place // count) % count])
        for place, name in enumerate(names)
    }


@contextmanager
def figure(width: float = 11.0, height: float = 5.5) -> Iterator[Figure]:
    """Give an empty figure to draw on, in the project's style.

    The settings hold inside the `with` block only. The figure is none of pyplot's: it needs
    no display, takes no notice of the backend and is freed like any other object.

    Args:
        width: Inches; 11 by 5.5 fill a wide slide.
        height: Inches.
    """
    with matplotlib.rc_context(STYLE):
        yield ReadableFigure(figsize=(width, height), layout="constrained")
