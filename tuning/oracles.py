"""Ask and tell on keras-tuner's oracles, without its Tuner and without its files.

The oracles propose; what they were told is kept in our journal, from which they can be
rebuilt by asking and telling again. Measured traps of keras-tuner 1.4.8 that are mended here:
`seed=0` means no seed; each ask and tell writes the whole state, so that the time grows with
the square of the trials; the grid proposes its next point only when a trial has ended, which
leaves workers idle; random search gives up a small space after 20 draws of known points.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Literal, Protocol

import keras_tuner
import numpy as np
from keras_tuner import HyperParameters
from keras_tuner.engine import trial as trial_module
from keras_tuner.oracles import RandomSearchOracle
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from tuning.grid_size import grid_size
from tuning.keras_tuner_internals import (
    EagerGridOracle,
    ExactGradientOracle,
    allow_collisions,
    keep_in_memory,
)
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.space_entries import Entry, declare

Strategy = Literal["grid", "random", "bayesian"]

_LARGEST_FINITE_SPACE = 100_000


class Oracle(Protocol):
    """Proposes values and learns their scores."""

    version: str
    """What it is, for the journal: other versions may propose otherwise."""
    learns: bool
    """Whether what it proposes depends on scores."""

    @property
    def space(self) -> HyperParameters:
        """What it chooses from, by now."""

    def ask(self) -> dict[str, Any] | None:
        """Return the values of the next trial, or None if there is none left."""

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take in a trial that it did not propose, as if it had asked for it next."""

    def tell(self, number: int, score: float | None, appeared: Sequence[Entry] = ()) -> None:
        """Give the score of the n-th trial asked for, and hyperparameters that it met first."""


class Substitute:
    """Puts a score in place of none, so that a search learns to keep away from where nets fail.

    Args:
        objective: What the scores are.
        chance: What to put, such as the score of a constant answer; the worst so far unless given.
    """

    def __init__(self, objective: Objective, chance: float | None) -> None:
        self._worse = min if objective.direction == "max" else max
        self._chance, self._worst = chance, chance

    def __call__(self, score: float | None) -> float:
        """Return the score, or what stands for none."""
        if score is None:
            return self._worst or 0.0
        if self._chance is None:
            self._worst = score if self._worst is None else self._worse(self._worst, score)
        return score


class AskTell:
    """Proposes values and learns their scores, by one of keras-tuner's oracles.

    The same seed, questions and answers give the same proposals.

    Args:
        strategy: Which oracle.
        space: What to choose from.
        trials: Most trials; None for a grid means all of it.
        seed: Seed of the proposals, 0 or more.
        objective: What the scores are.
        chance: Score that stands for a trial without one, see `Substitute`.
        planned: Trials that the search began with, if it goes on with more.
    """

    def __init__(
        self,
        strategy: Strategy,
        space: HyperParameters,
        *,
        trials: int | None,
        seed: int,
        objective: Objective = VALIDATION_ACCURACY,
        chance: float | None = None,
        planned: int | None = None,
    ) -> None:
        settings = {
            "objective": keras_tuner.Objective(objective.name, objective.direction),
            "max_trials": trials,
            "hyperparameters": space,
            "seed": seed_of_oracle(seed),
        }
        self._oracle: Any
        if strategy == "grid":
            self._oracle = EagerGridOracle(**settings)
        elif strategy == "random":
            self._oracle = RandomSearchOracle(**settings)
        else:
            first = min(3 * len(space.space), max(3, (planned or trials or 0) // 3))
            self._oracle = ExactGradientOracle(num_initial_points=first, **settings)
        size = grid_size(space)
        if size <= _LARGEST_FINITE_SPACE:
            # Of n points one is missed by 20 n draws with a probability of e^-20.
            allow_collisions(self._oracle, 20 * math.ceil(size))
        self._oracle.verbose = 0
        keep_in_memory(self._oracle)
        # One thread: sums in another order would lead a Gaussian process elsewhere. The other
        # oracles sum nothing, and the limit takes a millisecond or two.
        self.learns = strategy == "bayesian"
        self._limited_threads = partial(threadpool_limits, 1) if self.learns else nullcontext
        self._objective, self._substitute = objective, Substitute(objective, chance)
        exact = ", exact gradients" if strategy == "bayesian" else ""
        self.version = f"keras-tuner {keras_tuner.__version__}{exact}"

    @property
    def space(self) -> HyperParameters:
        """What it chooses from, by now."""
        space: HyperParameters = self._oracle.get_space()
        return space

    def ask(self) -> dict[str, Any] | None:
        """Return the values of the next trial, or None if there is none left."""
        with (
            self._limited_threads(),
            # A kernel's length at the end of its range is no cause for alarm in a search.
            warnings.catch_warnings(action="ignore", category=ConvergenceWarning),
        ):
            trial = self._oracle.create_trial(f"slot {len(self._oracle.trials)}")
        if trial.status != trial_module.TrialStatus.RUNNING:
            return None
        return dict(trial.hyperparameters.values)

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take in a trial that it did not propose, as if it had asked for it next."""
        answer = {"status": trial_module.TrialStatus.RUNNING, "values": dict(values)}
        own = self._oracle.populate_space
        self._oracle.populate_space = lambda trial_id: answer
        self.ask()
        self._oracle.populate_space = own

    def tell(self, number: int, score: float | None, appeared: Sequence[Entry] = ()) -> None:
        """Give the score of a trial, the n-th that was asked for, counted from 0.

        Args:
            number: Which trial.
            score: Its score, None if it has none.
            appeared: Hyperparameters that it met first; they join the space.
        """
        trial_id = self._oracle.start_order[number]
        self._oracle.update_trial(trial_id, {self._objective.name: self._substitute(score)})
        trial = self._oracle.trials[trial_id]
        declare(appeared, trial.hyperparameters)
        trial.status = trial_module.TrialStatus.COMPLETED
        self._oracle.end_trial(trial)


def seed_of_oracle(seed: int) -> int:
    """Return the seed that keras-tuner's oracle gets.

    It is never 0, which would mean none, and not the neighbor of another study's: the oracles
    count their seed up.
    """
    return int(np.random.SeedSequence([seed, 4]).generate_state(1)[0] // 2 + 1)
