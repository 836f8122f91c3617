"""The one container every lab, search and check works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from labs.data.problem import ProblemKind


@dataclass(frozen=True)
class Part:
    """One part of a data set: training, validation or test rows.

    Attributes:
        x: Inputs as they come, `(rows, ...)`: uint8 pixels 0–255 or float features.
            Scaling is a layer of the model, never a step before it.
        y: Integer labels 0..K−1, `(rows,)`.
        groups: For each row the id of what it must not be separated from (the same
            photo, the same person), `(rows,)`, or None where rows are independent.
            Training and test rows share one numbering.
    """

    x: np.ndarray
    y: np.ndarray
    groups: np.ndarray | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.x), len(self.y)}
        if self.groups is not None:
            lengths.add(len(self.groups))
        if len(lengths) != 1:
            raise ValueError(
                f"x, y and groups must have one row each per sample, got lengths {sorted(lengths)}."
            )

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> Part:
        """Return the part that holds the given rows (integer indices, in that order)."""
        groups = None if self.groups is None else self.groups[rows]
        return Part(self.x[rows], self.y[rows], groups)


def join(first: Part, second: Part) -> Part:
    """Return the rows of both parts, such as training and validation rows once more as one."""
    groups = None
    if first.groups is not None and second.groups is not None:
        groups = np.concatenate([first.groups, second.groups])
    return Part(np.concatenate([first.x, second.x]), np.concatenate([first.y, second.y]), groups)


@dataclass(frozen=True)
class Dataset:
    """Training and test rows of one task, and where they came from.

    Attributes:
        name: Short name that appears in every record and picture, e.g. `"diabetes"`.
            A stand-in for data that could not be had carries a different name.
        train: Rows to learn from; validation rows are split off these.
        test: Rows that are read once, after every choice is made.
        class_names: K names, in the order of the labels.
        source: Where the arrays really came from, with a checksum.
        feature_names: Names of the columns of a table, empty for images.
        known_problems: Kinds of problems that the makers of the data left in it and that
            cannot be mended here. `check` reports them instead of stopping.
    """

    name: str
    train: Part
    test: Part
    class_names: tuple[str, ...]
    source: str
    feature_names: tuple[str, ...] = ()
    known_problems: tuple[ProblemKind, ...] = ()

    @property
    def num_classes(self) -> int:
        """Number of classes K; labels run from 0 to K−1."""
        return len(self.class_names)


class RowsCode(NamedTuple):
    """How a script that has nothing of this project comes by rows.

    Attributes:
        code: Leaves `x_train` and `y_train`, and `x_val` and `y_val` where there are such rows.
        imports: What it imports besides NumPy, a line each.
    """

    code: str
    imports: Sequence[str]
