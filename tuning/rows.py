"""Rows of a user's own: arrays, data frames and dicts of them, taken apart and joined."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    ShuffleSplit,
)
from sklearn.utils.multiclass import type_of_target

from labs import data
from labs.data import Part
from labs.errors import InputError
from tuning.validation import Splits

Arrays = Any
"""An array, a data frame, or a dict, list or tuple of them."""


@dataclass(frozen=True)
class OwnRows:
    """Inputs and targets, and what belongs to each row.

    Attributes:
        x: Inputs, `(rows, ...)`.
        y: Targets, `(rows, ...)`.
        groups: For each row what it must not be separated from, `(rows,)`, or None.
        sample_weight: Weight of each row, `(rows,)`, or None.

    Raises:
        InputError: If their lengths differ, or they are no arrays.
    """

    x: Arrays
    y: Arrays
    groups: Any = None
    sample_weight: Any = None

    def __post_init__(self) -> None:
        named = {"x": self.x, "y": self.y, "groups": self.groups, "weight": self.sample_weight}
        for leaf in [*leaves(self.x), *leaves(self.y)]:
            if not hasattr(leaf, "__array__"):
                raise InputError(
                    "x and y must be arrays, data frames, or dicts or tuples of them, got "
                    f"{type(leaf).__name__}; turn it into one by numpy.asarray."
                )
        lengths = {name: len(leaf) for name, tree in named.items() for leaf in leaves(tree)}
        if len({len(leaf) for tree in named.values() for leaf in leaves(tree)}) != 1:
            raise InputError(
                "x, y, groups and sample_weight must have one row each per sample, got "
                f"{', '.join(f'{name} of {length:,}' for name, length in lengths.items())}."
            )

    def __len__(self) -> int:
        return len(next(leaves(self.x)))

    def take(self, rows: np.ndarray) -> OwnRows:
        """Return the rows of the given numbers."""

        def taken(leaf: Any) -> Any:
            return leaf.iloc[rows] if hasattr(leaf, "iloc") else np.asarray(leaf)[rows]

        own = (self.x, self.y, self.groups, self.sample_weight)
        return OwnRows(*(map_leaves(taken, tree) for tree in own))

    def joined(self, other: OwnRows) -> OwnRows:
        """Return the rows of both, these first; the others have no weights and no groups."""
        weights = self.sample_weight
        if weights is not None:
            weights = np.concatenate([np.asarray(weights), np.ones(len(other))])
        return OwnRows(_join(self.x, other.x), _join(self.y, other.y), None, weights)

    @property
    def fingerprint(self) -> str:
        """A checksum of all values, and of the columns' names and types."""
        digest = hashlib.sha256()
        for tree in (self.x, self.y, self.groups, self.sample_weight):
            for leaf in leaves(tree):
                digest.update(_checksum(leaf).encode())
            digest.update(b";")
        return digest.hexdigest()


def leaves(tree: Arrays) -> Iterator[Any]:
    """Yield the arrays and data frames of a structure; nothing of None."""
    if isinstance(tree, Mapping):
        for key in sorted(tree):
            yield from leaves(tree[key])
    elif isinstance(tree, tuple | list) and any(hasattr(leaf, "__len__") for leaf in tree[:1]):
        for leaf in tree:
            yield from leaves(leaf)
    elif tree is not None:
        yield tree


def map_leaves(function: Callable[[Any], Any], tree: Arrays) -> Arrays:
    """Apply a function to the arrays and data frames of a structure; None stays."""
    if isinstance(tree, Mapping):
        return {key: map_leaves(function, own) for key, own in tree.items()}
    if isinstance(tree, tuple | list) and any(hasattr(leaf, "__len__") for leaf in tree[:1]):
        return type(tree)(map_leaves(function, own) for own in tree)
    return None if tree is None else function(tree)


def split_rows(rows: OwnRows, folds: int, share: float, seed: int) -> Splits:
    """Divide rows as often as there are folds, or hold out a share of them.

    Classes keep their proportions where the targets are whole numbers, truth values or text, and a
    group stays on one side.

    Raises:
        InputError: If a class, or the whole, has too few rows or groups.
    """
    y, groups = rows.y, None if rows.groups is None else np.asarray(rows.groups)
    try:
        if has_classes(y):
            labels = np.unique(np.asarray(y).ravel(), return_inverse=True)[1]
            part = Part(np.arange(len(rows)), labels, groups)
            if folds > 1:
                return data.folds(part, folds, seed)
            train, held_out = data.split(part, share, seed)
            return [(train.x, held_out.x)]
        if folds > 1:
            by_group = GroupKFold(folds, shuffle=True, random_state=seed)
            splitter = KFold(folds, shuffle=True, random_state=seed) if groups is None else by_group
        else:
            kind = ShuffleSplit if groups is None else GroupShuffleSplit
            splitter = kind(1, test_size=share, random_state=seed)
        return list(splitter.split(np.arange(len(rows)), groups=groups))
    except ValueError as error:
        raise InputError(
            f"The rows cannot be split as asked. {error} Targets that are numbers, not classes, "
            "are given as floats."
        ) from error


def has_classes(y: Arrays) -> bool:
    """Tell whether targets are classes, not numbers."""
    if isinstance(y, Mapping | tuple):
        return False
    array = np.asarray(y)
    kind = type_of_target(array) if array.ndim == 1 or array.shape[1:] == (1,) else ""
    return kind == "binary" or (kind == "multiclass" and array.dtype.kind != "f")


def _join(first: Arrays, second: Arrays) -> Arrays:
    if isinstance(first, Mapping):
        return {key: _join(first[key], second[key]) for key in first}
    if isinstance(first, tuple):
        return tuple(_join(a, b) for a, b in zip(first, second, strict=True))
    if hasattr(first, "iloc"):
        return pd.concat([first, second], ignore_index=True)
    return np.concatenate([np.asarray(first), np.asarray(second)])


def _checksum(leaf: Any) -> str:
    if isinstance(leaf, pd.DataFrame | pd.Series):
        hashes = pd.util.hash_pandas_object(leaf, index=False).to_numpy()
        frame = leaf if isinstance(leaf, pd.DataFrame) else leaf.to_frame()
        names = [f"{name} {dtype}" for name, dtype in frame.dtypes.items()]
        return f"{names}{data.fingerprint(hashes)}"
    array = np.asarray(leaf)
    if array.dtype.hasobject:
        array = pd.util.hash_array(array.ravel())
    return data.fingerprint(array)
