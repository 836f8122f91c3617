"""Training curves of a run, read from `history.csv` alone, for a page's script or a picture.

The script that draws them is ours and draws SVG: it is a hundredth of Bokeh's 1.27 MB, and what it
draws has parts that style sheets and screen readers reach, where Bokeh draws on a canvas.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

History = Mapping[str, Sequence[float | None]]

MOST_POINTS = 1500
"""Of a curve in a page; of a longer one every second, third ... epoch is kept."""
MOST_SHOWN = 4
"""Curves that are visible before a reader chooses."""


def read_histories(directory: Path) -> dict[str, dict[str, list[float]]]:
    """Return the training curves of a run by the name of the model, in alphabetical order.

    Raises:
        ValueError: If a file holds anything but numbers.
    """
    return {
        path.parent.name: _read(path)
        for path in sorted(directory.glob("*/history.csv"))
        if not path.is_symlink()
    }


def _read(path: Path) -> dict[str, list[float]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in (rows[0] if rows else ()) if name and name != "epoch"]
    return {name: [float(row[name] or "nan") for row in rows] for name in names}


def curves_data(
    histories: Mapping[str, History], marks: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the script draws, as JSON knows it.

    Args:
        histories: Curves by the name of the model.
        marks: Epochs by what happens there, by the name of the model.
    """
    shown = representatives(histories)
    models = []
    for name, history in histories.items():
        epochs = max(map(len, history.values()), default=0)
        every = -(-epochs // MOST_POINTS)
        if epochs:
            models.append(
                {
                    "name": name,
                    "epochs": epochs,
                    "every": every,
                    "shown": name in shown,
                    "curves": {key: _thin(values, every) for key, values in history.items()},
                }
            )
    return {"models": models, "marks": dict(marks or {})}


def representatives(names: Mapping[str, Any], most: int = MOST_SHOWN) -> list[str]:
    """Return a few models, of those that differ in their seed the first one."""
    kinds: dict[str, str] = {}
    for name in names:
        kinds.setdefault(re.sub(r"(-seed)?-?\d+$", "", name), name)
    return list(kinds.values())[:most]


def _thin(values: Sequence[float | None], every: int) -> list[float | None]:
    """Keep some values, with as many digits as a drawing shows."""
    return [
        float(f"{value:.5g}") if value is not None and math.isfinite(value) else None
        for value in values[::every]
    ]
