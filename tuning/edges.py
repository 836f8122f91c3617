"""Do the best trials lie on the edge of what was searched? Then better ones may lie beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tuning.grid_size import is_continuous
from tuning.trial_table import TrialRow, best_trial, describe_value, finished

if TYPE_CHECKING:
    from keras_tuner import HyperParameters

TOP_SHARE, FEWEST_TOP = 0.1, 3
"""The best trials: a tenth, at least three. Most of them must lie at an edge, not one by chance."""
MARGIN = 0.02
"""Share of a continuous range, on its own scale, that counts as its edge.

Samples of a continuous range hit its very end almost never.
"""


@dataclass(frozen=True)
class Edge:
    """A value of the best trial that lies on the edge of its range.

    Attributes:
        name: Name of the hyperparameter.
        value: What the best trial has.
        side: Which end of the range it is at.
        limit: The last value at that end.
    """

    name: str
    value: float
    side: Literal["smallest", "largest"]
    limit: float

    @property
    def sentence(self) -> str:
        """What to tell the user, ready to print."""
        value, limit = describe_value(self.value), describe_value(self.limit)
        if value == limit:
            return f"{self.name} = {value} is the {self.side} value allowed: widen the range."
        return f"{self.name} = {value} is close to the {self.side} value allowed, {limit}: " + (
            "widen the range."
        )


def edges_of_best(trials: Sequence[TrialRow], space: HyperParameters) -> list[Edge]:
    """Find the hyperparameters whose best trials lie on the edge of their range.

    Named is an edge at which the best trial lies and most of the other best ones. Choices of
    names, Booleans and ranges of a single value have no edge. Nor has a range that ends at 0:
    rates, sizes and penalties do not go below.

    Args:
        trials: All trials of the search.
        space: What was searched.

    Returns:
        In the space's order; empty if no trial is done.
    """
    if all(trial.status != "done" for trial in trials):
        return []
    ranked = sorted(finished(trials), key=lambda trial: -(trial.score or 0.0))
    top = ranked[: max(FEWEST_TOP, round(TOP_SHARE * len(ranked)))]
    top_edges = [_edges_of(trial, space) for trial in top]
    return [
        edge
        for edge in _edges_of(best_trial(trials), space).values()
        if 2 * sum(_at_the_same_end(own.get(edge.name), edge) for own in top_edges) > len(top)
    ]


def _edges_of(trial: TrialRow, space: HyperParameters) -> dict[str, Edge]:
    values, edges = trial.hyperparameters, {}
    for hyperparameter in space.space:
        name = hyperparameter.name
        # The same name may have another range under another condition.
        active = all(condition.is_active(values) for condition in hyperparameter.conditions)
        if active and name in values:
            edge = _edge(hyperparameter, values[name])
            if edge is not None:
                edges[name] = edge
    return edges


def _at_the_same_end(one: Edge | None, other: Edge) -> bool:
    return one is not None and one.side == other.side


def _edge(hyperparameter: Any, value: Any) -> Edge | None:
    ends = _ends(hyperparameter)
    if ends is None or ends[0] == ends[1]:
        return None
    low, high = ends
    at_low, at_high = math.isclose(value, low), math.isclose(value, high)
    if is_continuous(hyperparameter):
        share = hyperparameter.value_to_prob(value)
        at_low, at_high = share <= MARGIN, share >= 1 - MARGIN
    if at_high:
        return Edge(hyperparameter.name, value, "largest", high)
    if at_low and low != 0:
        return Edge(hyperparameter.name, value, "smallest", low)
    return None


def _ends(hyperparameter: Any) -> tuple[float, float] | None:
    """Return the smallest and the largest value that can be asked for."""
    if hasattr(hyperparameter, "min_value"):
        if hyperparameter.step is None:
            return hyperparameter.min_value, hyperparameter.max_value
        # The last step may end before the maximum.
        values = [type(hyperparameter.min_value)(value) for value in hyperparameter.values]
        return min(values), max(values)
    if getattr(hyperparameter, "ordered", False):
        return min(hyperparameter.values), max(hyperparameter.values)
    return None
