"""Inputs of all parts must come on one scale, and none may have had a hand in another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from labs.data.dataset import Part
from labs.data.problem import Problem

MIN_ROWS = 20  # fewer rows say too little about a scale
SAMPLE_ROWS = 5000  # enough to know a spread; keeps 60,000 images to a fraction of a second
MAX_RATIO = 4.0  # spreads of honest parts differ far less, scaling mistakes far more
MAX_SHIFT = 3.0  # in standard deviations of the training rows
MAX_OFFSET = 1e-4  # a mean this near to 0, in standard deviations, was made by centering
MIN_VALUES = 20  # columns of fewer values reach their smallest and largest one by nature


def find_scale_problems(parts: Mapping[str, Part], is_table: bool) -> list[Problem]:
    """Return which parts are on another scale, or were scaled with the wrong rows.

    Parts of fewer than 20 rows are passed over.

    Args:
        parts: The parts that have rows, by name, with samples of one shape.
        is_table: Whether columns are features with a meaning of their own. Only there does
            a range of exactly 0 to 1 in each column tell of scaling; for pixels it is common.
    """
    columns = {
        name: part.x.reshape(len(part), -1) for name, part in parts.items() if len(part) >= MIN_ROWS
    }
    if "training" not in columns or not columns["training"].shape[1]:
        return []
    problems = list(_find_unlike_scales(columns))
    if all(x.dtype.kind == "f" for x in columns.values()):
        problems += _find_wrong_fits(columns, is_table)
    return problems


def _find_unlike_scales(columns: Mapping[str, np.ndarray]) -> Iterator[Problem]:
    """Compare spread and center with the training rows, by the median over columns."""
    center, spread = _center_and_spread(columns["training"])
    varies = spread > 0
    if not varies.any():
        return
    for name in _others(columns):
        other_center, other_spread = _center_and_spread(columns[name])
        both = varies & (other_spread > 0)
        ratio = np.median(other_spread[both] / spread[both]) if both.any() else 0.0
        shift = np.median(np.abs(other_center - center)[varies] / spread[varies])
        if not 1 / MAX_RATIO <= ratio <= MAX_RATIO or shift > MAX_SHIFT:
            yield Problem(
                "unlike-scale",
                f"The {name} inputs run from {_ends(columns[name])} but the training inputs from "
                f"{_ends(columns['training'])}: leave both raw and let a layer of the model "
                "scale them.",
            )


def _find_wrong_fits(columns: Mapping[str, np.ndarray], is_table: bool) -> Iterator[Problem]:
    """Recognize a transform by the mark it leaves on exactly the rows it was fitted on."""
    yield from _find_marks(columns, "centered to mean 0", _are_centered)
    if is_table:
        yield from _find_marks(columns, "scaled to the range 0 to 1", _are_min_max_scaled)


def _find_marks(
    columns: Mapping[str, np.ndarray],
    mark: str,
    is_marked: Callable[[Mapping[str, np.ndarray], list[str]], bool],
) -> Iterator[Problem]:
    for name in _others(columns):
        if is_marked(columns, [name]):
            yield Problem(
                "own-scaling",
                f"The {name} inputs were {mark} by their own rows: leave all parts raw and "
                "let a layer of the model, adapted on the training part, scale them.",
            )
    if is_marked(columns, ["training"]):
        return
    pools = [["training", name] for name in _others(columns)] + [list(columns)]
    pool = next((pool for pool in pools if is_marked(columns, pool)), None)
    if pool:
        yield Problem(
            "pooled-scaling",
            f"The inputs were {mark} over the {' and '.join(pool)} rows together, so training "
            "has seen the others: fit the transform on the training part alone.",
        )


def _others(columns: Mapping[str, np.ndarray]) -> list[str]:
    return [name for name in columns if name != "training"]


def _center_and_spread(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sample = x[:: max(1, len(x) // SAMPLE_ROWS)]
    return sample.mean(axis=0, dtype=np.float64), sample.std(axis=0, dtype=np.float64)


def _are_centered(columns: Mapping[str, np.ndarray], pool: list[str]) -> bool:
    """Whether every column that varies has mean 0 over the pool, to rounding."""
    _, spread = _center_and_spread(columns["training"])
    total = sum(columns[name].sum(axis=0, dtype=np.float64) for name in pool)
    mean = np.abs(total) / sum(len(columns[name]) for name in pool)
    varies = spread > 0
    return bool(varies.any() and np.all(mean[varies] <= MAX_OFFSET * spread[varies]))


def _are_min_max_scaled(columns: Mapping[str, np.ndarray], pool: list[str]) -> bool:
    """Whether every column of many values runs from exactly 0 to exactly 1 over the pool."""
    many = [len(np.unique(column)) > MIN_VALUES for column in columns["training"].T]
    if not any(many):
        return False
    low = np.min([columns[name].min(axis=0) for name in pool], axis=0)[many]
    high = np.max([columns[name].max(axis=0) for name in pool], axis=0)[many]
    return bool(np.allclose(low, 0, atol=1e-6) and np.allclose(high, 1, atol=1e-6))


def _ends(x: np.ndarray) -> str:
    return f"{x.min():.4g} to {x.max():.4g}"
