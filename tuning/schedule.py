"""In which order trials are asked for: one after the other, or in rungs of successive halving."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from labs.errors import InputError
from tuning.objective import Objective
from tuning.oracles import Oracle
from tuning.trial_table import TrialRow


@dataclass(frozen=True)
class Proposal:
    """A trial to be run.

    Attributes:
        values: Its hyperparameters.
        epochs: The epoch to stop at; None leaves it to study and values.
        initial_epoch: The epoch to start from.
        goes_on: Whether a later trial may go on from it.
        continues: Number of the trial from whose end it starts.
    """

    values: dict[str, Any]
    epochs: int | None = None
    initial_epoch: int = 0
    goes_on: bool = False
    continues: int | None = None


class Schedule(Protocol):
    """Asks for trials by their place in the sequence alone, never by time."""

    oracle: Oracle
    kept: frozenset[int]
    """Trials asked for that a later one may go on from."""

    def ask(self) -> Proposal | None:
        """Return the next trial; None if there is none, or none before others are told."""

    def tell(self, trial: TrialRow) -> None:
        """Take in a finished trial, in the order of asking."""


class OneByOne:
    """Asks for known settings, and then for what an oracle proposes.

    Args:
        oracle: Proposes.
        enqueue: Settings to begin with.
        trials: Most trials, the known settings included; None for all that the oracle has.
    """

    kept: frozenset[int] = frozenset()

    def __init__(
        self, oracle: Oracle, enqueue: Sequence[Mapping[str, Any]] = (), trials: int | None = None
    ) -> None:
        self.oracle = oracle
        self._enqueued = deque(map(dict, enqueue))
        self._trials = trials
        self._places: list[int | None] = []
        self._proposed = 0

    def ask(self) -> Proposal | None:
        """Return the next trial, or None if there is none, or none before others are told.

        A small space may seem to have been asked for whole until a hyperparameter appears.
        """
        if len(self._places) == self._trials:
            return None
        values: dict[str, Any] | None
        if self._enqueued:
            values, learns = self._enqueued.popleft(), self.oracle.learns
            if learns:
                self.oracle.learn(values)
        else:
            values, learns = self.oracle.ask(), True
        if values is None:
            return None
        self._places.append(self._proposed if learns else None)
        self._proposed += learns
        return Proposal(values)

    def tell(self, trial: TrialRow) -> None:
        """Take in a finished trial, in the order of asking."""
        place = self._places[trial.number]
        if place is None:
            return
        try:
            self.oracle.tell(place, trial.score, trial.appeared)
        except ValueError as error:  # Only a journal can hold it, which is made up.
            raise InputError(
                f"Trial {trial.number} has hyperparameters that do not fit into the space: {error} "
                "Start a new search."
            ) from error


def stops_of_rungs(trials: int, epochs: int, factor: int) -> list[int]:
    """Return the epoch at which each rung of successive halving stops; see `Halving`."""
    stops = [epochs]
    while trials // factor ** len(stops) and stops[0] > 1:
        stops.insert(0, max(1, round(epochs / factor ** len(stops))))
    return stops


class Halving:
    """Trains many settings for few epochs, the best of them for more, and so on.

    Of each rung one in `factor` goes on, from where it stopped, to `factor` times the epochs; the
    last rung ends at `epochs`. Jamieson and Talwalkar (2016), "Non-stochastic Best Arm
    Identification and Hyperparameter Optimization", AISTATS.

    Args:
        first: Asks for the settings of the first rung.
        trials: How many these are.
        epochs: Epochs of the last rung.
        factor: One in so many goes on, 2 or more.
        objective: What the trials are ranked by.
    """

    def __init__(
        self, first: OneByOne, *, trials: int, epochs: int, factor: int, objective: Objective
    ) -> None:
        self._first, self.oracle = first, first.oracle
        self._factor, self._objective = factor, objective
        self.stops = stops_of_rungs(trials, epochs, factor)
        self.kept: frozenset[int] = frozenset()
        self._rung = 0
        self._earlier = 0
        self._waiting: deque[Proposal] | None = None  # None in the first rung, which is asked for.
        self._asked: list[Proposal] = []
        self._told: list[TrialRow] = []

    def ask(self) -> Proposal | None:
        """Return the next trial; None if there is none, or none before the rung is told."""
        if self._waiting is None:
            proposed = self._first.ask()
            if proposed is not None:
                return self._give(Proposal(proposed.values, **self._rung_settings()))
            if len(self._told) < len(self._asked):
                return None
            self._waiting = deque()
            self._close_if_told()
        return self._give(self._waiting.popleft()) if self._waiting else None

    def tell(self, trial: TrialRow) -> None:
        """Take in a finished trial, in the order of asking."""
        if self._rung == 0:
            self._first.tell(trial)
        self._told.append(trial)
        self._close_if_told()

    def _give(self, proposal: Proposal) -> Proposal:
        self._asked.append(proposal)
        return proposal

    def _rung_settings(self) -> dict[str, Any]:
        last = self._rung == len(self.stops) - 1
        return {"epochs": self.stops[self._rung], "goes_on": not last}

    def _close_if_told(self) -> None:
        """Begin the next rung when this one is asked for and told."""
        everything = self._earlier + len(self._told) == len(self._asked)
        if self._waiting is None or self._waiting or not everything:
            return
        if self._rung == len(self.stops) - 1:
            self.kept = frozenset()
            return
        own = [self._objective.upward(trial) for trial in self._told if trial.repeats is None]
        ranked = sorted(
            (trial for trial in own if trial.score is not None),
            key=lambda trial: (-(trial.score or 0.0), trial.number),
        )
        number = max(1, len(self._told) // self._factor)
        better = sorted(trial.number for trial in ranked[:number])
        initial = self.stops[self._rung]
        self._rung += 1
        self._earlier, self._told = len(self._asked), []
        self.kept = frozenset(better)
        settings = {**self._rung_settings(), "initial_epoch": initial}
        self._waiting = deque(
            Proposal(self._asked[number].values, continues=number, **settings) for number in better
        )
