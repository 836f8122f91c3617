"""Labels must be the integers 0..K−1, all of them, in every part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from labs.data.dataset import Part
from labs.data.problem import Problem


def find_label_problems(parts: Mapping[str, Part], num_classes: int) -> list[Problem]:
    """Return what is wrong with the labels.

    Args:
        parts: The parts that have rows, by name.
        num_classes: Number of classes K.

    Returns:
        Problems of type first; range and gaps are looked at only if the types are right.
    """
    wrong_type = [p for name, part in parts.items() for p in _find_wrong_type(name, part.y)]
    if wrong_type:
        return wrong_type
    labels = {name: np.unique(part.y) for name, part in parts.items()}
    seen = np.unique(np.concatenate(list(labels.values())))
    return [
        *_find_out_of_range(labels, num_classes),
        *_find_gaps(seen, num_classes),
        *_find_missing(labels, seen),
    ]


def _find_wrong_type(name: str, y: np.ndarray) -> Iterator[Problem]:
    if y.ndim != 1:
        yield Problem(
            "label-type",
            f"The {name} labels have shape {y.shape}, expected one integer per row: "
            "turn one-hot rows into integers with argmax(axis=1).",
        )
    elif y.dtype.kind == "f" and np.any(y != np.round(y)):
        fraction = y[y != np.round(y)][0]
        yield Problem(
            "label-type",
            f"The {name} labels are not whole numbers (the first such is {fraction:.6g}): "
            "scale the inputs only, dividing labels by 255 destroys them.",
        )
    elif y.dtype.kind not in "ui":
        yield Problem(
            "label-type",
            f"The {name} labels have dtype {y.dtype}, expected integers: "
            "number the classes from 0 and use astype('int64').",
        )


def _find_out_of_range(labels: Mapping[str, np.ndarray], num_classes: int) -> Iterator[Problem]:
    for name, values in labels.items():
        outside = values[(values < 0) | (values >= num_classes)]
        if outside.size:
            yield Problem(
                "label-range",
                f"The {name} labels hold {_listed(outside)}, outside 0..{num_classes - 1} for "
                f"{num_classes} class names: renumber the labels or complete class_names.",
            )


def _find_gaps(seen: np.ndarray, num_classes: int) -> Iterator[Problem]:
    last = max(num_classes - 1, int(seen[-1]))
    gaps = np.setdiff1d(np.arange(last + 1), seen)
    if gaps.size:
        yield Problem(
            "label-gap",
            f"No part has the label {_listed(gaps)} although labels run from 0 to {last}: number "
            f"the classes that occur 0..{len(seen) - 1} and name just these in class_names.",
        )


def _find_missing(labels: Mapping[str, np.ndarray], seen: np.ndarray) -> Iterator[Problem]:
    for name, values in labels.items():
        missing = np.setdiff1d(seen, values)
        if missing.size:
            yield Problem(
                "missing-class",
                f"The {name} part has no row of class {_listed(missing)}, which other parts have: "
                "split in proportion to the classes, as labs.data.split does.",
            )


def _listed(values: np.ndarray) -> str:
    shown = ", ".join(str(value) for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"
