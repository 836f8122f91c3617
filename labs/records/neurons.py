"""Points that neurons divide, as plain data: in report.html a reader moves the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from labs.pages.report import NEURONS
from labs.records import strict_json

if TYPE_CHECKING:
    from labs.records.record import RunRecord

DIGITS = 4
"""Decimals of a point that a drawing shows."""


class Division(NamedTuple):
    """Points of two kinds, and the net of step functions that a run divides them by.

    Attributes:
        points: `(rows, 2)`.
        labels: 0 or 1, `(rows,)`.
        neurons: Weights `(2,)` and bias of each neuron of the first layer.
        at_least: The net says 1 where so many of them do.
    """

    points: np.ndarray
    labels: ArrayLike
    neurons: Iterable[tuple[ArrayLike, float]]
    at_least: int = 1


def save_neurons(record: RunRecord, divisions: Mapping[str, Division]) -> None:
    """Let the page of a run show neurons whose weights can be moved.

    Args:
        record: The run.
        divisions: What they divide, by its name.
    """
    plain = [
        {
            "name": name,
            "points": np.round(own.points, DIGITS),
            "labels": np.asarray(own.labels),
            "neurons": list(own.neurons),
            "at_least": own.at_least,
        }
        for name, own in divisions.items()
    ]
    with record.writing(NEURONS, ".json") as path:
        strict_json.dump(plain, path)
