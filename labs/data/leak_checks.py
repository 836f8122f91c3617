"""Rows and groups that stand on two sides at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import numpy as np

from labs.data.dataset import Part
from labs.data.problem import Problem

PAIRS = (("training", "validation"), ("training", "test"), ("test", "validation"))


def find_leaks(parts: Mapping[str, Part]) -> list[Problem]:
    """Return which parts share rows or groups.

    Rows are equal if their inputs are equal to the last bit, whatever their labels; copies
    that differ a little are found by their group ids only.

    Args:
        parts: The parts that have rows, by name, with samples of one shape.
    """
    rows = {name: _digest_rows(part.x) for name, part in parts.items()}
    pairs = [pair for pair in PAIRS if parts.keys() >= set(pair)]
    return [
        *(p for pair in pairs for p in _find_shared_rows(pair, rows)),
        *(p for pair in pairs for p in _find_shared_groups(pair, parts)),
    ]


def _digest_rows(x: np.ndarray) -> list[bytes]:
    return [blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(x)]


def _find_shared_rows(pair: tuple[str, str], rows: Mapping[str, list[bytes]]) -> Iterator[Problem]:
    known, new = pair
    in_known = set(rows[known])
    shared = [row for row, digest in enumerate(rows[new]) if digest in in_known]
    if not shared:
        return
    found = f"{len(shared)} of the {len(rows[new])} {new} rows stand in the {known} part too"
    if pair == ("test", "validation") and 2 * len(shared) >= len(rows[new]):
        yield Problem(
            "test-as-validation",
            f"The test set is used as validation data ({found}): "
            "split validation rows off the training part with labs.data.split.",
        )
    else:
        yield Problem(
            "shared-rows",
            f"{found}, the first is {new} row {shared[0]}: split the rows so that each is in one "
            "part, giving equal rows one group id.",
        )


def _find_shared_groups(pair: tuple[str, str], parts: Mapping[str, Part]) -> Iterator[Problem]:
    first, second = (parts[name].groups for name in pair)
    if first is None or second is None:
        return
    shared = np.intersect1d(first, second)
    if shared.size:
        num_rows = int(np.isin(second, shared).sum())
        yield Problem(
            # The makers of a data set may have left this; a split of ours never may.
            "test-shares-groups" if "test" in pair else "shared-groups",
            f"{shared.size} groups are in the {pair[0]} and the {pair[1]} part ({num_rows} "
            f"{pair[1]} rows), the first is group {shared[0]}: split by group, as "
            "labs.data.split does.",
        )
