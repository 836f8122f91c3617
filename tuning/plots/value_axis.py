"""The axis of a hyperparameter's values: its ends and where its ticks stand."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.ticker import MaxNLocator

from tuning.trial_table import Column, describe_value


def axis_ends(column: Column) -> tuple[float, float]:
    """Return the positions of the ends of a column's range, which are never the same."""
    if column.scale == "levels":
        low, high = 0.0, len(column.levels) - 1.0
    else:
        low, high = column.position(column.low), column.position(column.high)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def axis_ticks(column: Column, count: int) -> tuple[list[float], list[str]]:
    """Return positions and labels: every level, or up to about `count` round numbers."""
    if column.scale == "levels":
        values = list(column.levels)
    elif column.low == column.high:
        values = [column.low]
    elif column.scale == "log":
        values = _round_factors(column, count)
    else:
        locator = MaxNLocator(count, steps=[1, 2, 2.5, 3, 5, 10], integer=column.integer)
        found = locator.tick_values(column.low, column.high)
        slack = 1e-9 * (column.high - column.low)
        values = [x for x in found if column.low - slack <= x <= column.high + slack]
    return [column.position(value) for value in values], [describe_value(v) for v in values]


def wrap_name(name: str, width: int) -> str:
    """Break a name behind its underscores into lines of up to `width` characters."""
    lines = [""]
    for part in name.replace("_", "_ ").split():
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _round_factors(column: Column, count: int) -> list[float]:
    """Return 1, 2 and 5 times powers of ten, or powers of ten alone if those are enough."""
    first, last = math.floor(math.log10(column.low)), math.ceil(math.log10(column.high))
    for digits in ((1, 2, 5), (1, 3), (1,)):
        values = [
            float(f"{digit}e{power}")
            for power in range(first, last + 1)
            for digit in digits
            if column.low * (1 - 1e-9) <= float(f"{digit}e{power}") <= column.high * (1 + 1e-9)
        ]
        if len(values) <= count:
            break
    thinned = values[:: math.ceil(len(values) / count)]
    # A range between two round numbers has none: its ends must do.
    return thinned if len(thinned) > 1 else list(np.unique([column.low, column.high]))
