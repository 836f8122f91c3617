"""Honest splits: classes in proportion, a group on one side.

The images of Sign Language MNIST come in groups of about 21 copies of one photo. A random
split puts copies on both sides, and validation then measures memory. So `split` and `folds`
keep a group together; `random_split` does not, and is there to show what that costs.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics.cluster import contingency_matrix
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from labs.data.dataset import Part


def split(part: Part, fraction: float, seed: int) -> tuple[Part, Part]:
    """Split off validation rows, keeping classes in proportion and each group on one side.

    Args:
        part: The rows to divide.
        fraction: Share of the rows that goes to validation, between 0 and 1. With groups
            it is met as closely as whole groups allow.
        seed: Seed of the draw; the same seed gives the same split.

    Returns:
        The training and the validation part; each has every class.

    Raises:
        ValueError: If the fraction is not between 0 and 1, or if a class has too few rows
            or groups to be on both sides.
    """
    if part.groups is None:
        return random_split(part, fraction, seed)
    _require_fraction(fraction)
    held_out = np.isin(part.groups, _draw_groups(part.groups, part.y, fraction, seed))
    train, validation = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    _require_every_class(part.y, train, validation, "groups")
    return part.take(train), part.take(validation)


def fewer(part: Part, rows: int, seed: int) -> Part:
    """Keep so many rows at most, classes in proportion, of as many photos as there are.

    Args:
        part: The rows to choose from.
        rows: How many to keep.
        seed: Seed of the draw.

    Raises:
        ValueError: If there is not a row for every class.
    """
    if rows >= len(part):
        return part
    classes = len(np.unique(part.y))
    if rows < classes:
        raise ValueError(f"{rows} rows cannot hold one of each of {classes} classes; keep more.")
    if len(part) - rows < classes:  # Too few are left out to be a part.
        return part.take(np.sort(np.random.default_rng(seed).permutation(len(part))[:rows]))
    return random_split(part, rows / len(part), seed)[1]


def random_split(part: Part, fraction: float, seed: int) -> tuple[Part, Part]:
    """Split off validation rows one by one, keeping classes in proportion, not groups.

    Where `part.groups` is set, rows of one group land on both sides and the validation
    score flatters the model; use `split`, except to show just that.

    Args:
        part: The rows to divide.
        fraction: Share of the rows that goes to validation (rounded up), between 0 and 1.
        seed: Seed of the draw; the same seed gives the same split.

    Returns:
        The training and the validation part; each has every class.

    Raises:
        ValueError: If the fraction is not between 0 and 1, or if a class has too few rows
            to be on both sides.
    """
    _require_fraction(fraction)
    rows = np.arange(len(part))
    num_validation = int(np.ceil(fraction * len(part)))
    num_classes = len(np.unique(part.y))
    if min(num_validation, len(part) - num_validation) < max(num_classes, 1):
        raise ValueError(
            f"fraction={fraction} of {len(part)} rows leaves {len(part) - num_validation} "
            f"training and {num_validation} validation rows for {num_classes} classes; each "
            "side needs a row of every class: use another fraction or more rows."
        )
    _require_members(part.y, rows, 2, "rows")
    train, validation = train_test_split(
        rows, test_size=num_validation, stratify=part.y, random_state=seed
    )
    _require_every_class(part.y, train, validation, "rows")
    return part.take(train), part.take(validation)


def folds(part: Part, k: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Divide the rows k times, so that each row is held out for validation exactly once.

    Args:
        part: The rows to divide.
        k: Number of folds, at least 2.
        seed: Seed of the draw; the same seed gives the same folds.

    Returns:
        k pairs of integer row indices (training, validation), classes in proportion and
        each group on one side; give them to `part.take`.

    Raises:
        ValueError: If k is below 2 or above the number of rows (or groups) of a class.
    """
    if k < 2:
        raise ValueError(f"k must be at least 2 folds, got {k}.")
    if part.groups is None:
        _require_members(part.y, np.arange(len(part)), k, "rows")
        splitter = StratifiedKFold(k, shuffle=True, random_state=seed)
    else:
        _require_members(part.y, part.groups, k, "groups")
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
    pairs = list(splitter.split(part.x, part.y, part.groups))
    for train, validation in pairs:
        _require_every_class(part.y, train, validation, "groups")
    return pairs


def _draw_groups(groups: np.ndarray, y: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Return the ids of groups to hold out.

    In random order, take a group if that brings the held-out share of each class nearer
    to `fraction` (sum of squares over classes): the greedy rule of StratifiedGroupKFold,
    for two sides of any size.
    """
    share = contingency_matrix(groups, y) / np.unique(y, return_counts=True)[1]
    taken = np.zeros(len(share), dtype=bool)
    missing = np.full(share.shape[1], fraction)
    for group in np.random.default_rng(seed).permutation(len(share)):
        left = missing - share[group]
        if left @ left < missing @ missing:
            taken[group], missing = True, left
    return np.unique(groups)[taken]


def _require_fraction(fraction: float) -> None:
    if not 0 < fraction < 1:
        raise ValueError(
            f"fraction must lie between 0 and 1, both excluded, got {fraction}; "
            "0.2 holds out a fifth of the rows."
        )


def _require_members(y: np.ndarray, members: np.ndarray, least: int, unit: str) -> None:
    for label in np.unique(y):
        count = len(np.unique(members[y == label]))
        if count < least:
            raise ValueError(
                f"Class {label} has {count} {unit}, but {least} are needed to have it on every "
                f"side; use fewer folds, or more {unit} of this class."
            )


def _require_every_class(
    y: np.ndarray, train: np.ndarray, validation: np.ndarray, unit: str
) -> None:
    for side, rows in (("training", train), ("validation", validation)):
        lost = np.setdiff1d(y, y[rows])
        if lost.size:
            raise ValueError(
                f"Class {', '.join(map(str, lost))} has too few {unit} to be on both sides: the "
                f"{side} part got none; use another fraction, fewer folds or more {unit}."
            )
