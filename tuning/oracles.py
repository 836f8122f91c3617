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
from contextlib import nullcontext
from functools import partial
from typing import Any, Literal

import numpy as np
from keras_tuner import HyperParameters, Objective
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

Strategy = Literal["grid", "random", "bayesian"]

_OBJECTIVE = Objective("validation_accuracy", "max")
_LARGEST_FINITE_SPACE = 100_000


class AskTell:
    """Proposes values and learns their scores.

    The same seed, questions and answers give the same proposals.

    Args:
        strategy: Which oracle.
        space: What to choose from.
        trials: Most trials; None for a grid means all of it.
        seed: Seed of the proposals, 0 or more.
        chance: Score that stands for a trial without one: that of a constant answer. So
            Bayesian search learns to keep away from where nets fail.
    """

    def __init__(
        self,
        strategy: Strategy,
        space: HyperParameters,
        *,
        trials: int | None,
        seed: int,
        chance: float = 0.0,
    ) -> None:
        settings = {
            "objective": _OBJECTIVE,
            "max_trials": trials,
            "hyperparameters": space,
            "allow_new_entries": False,
            "tune_new_entries": False,
            "seed": seed_of_oracle(seed),
        }
        if strategy == "grid":
            self._oracle = EagerGridOracle(**settings)
        elif strategy == "random":
            self._oracle = RandomSearchOracle(**settings)
        else:
            first = min(3 * len(space.space), max(3, (trials or 0) // 3))
            self._oracle = ExactGradientOracle(num_initial_points=first, **settings)
        size = grid_size(space)
        if size <= _LARGEST_FINITE_SPACE:
            # Of n points one is missed by 20 n draws with a probability of e^-20.
            allow_collisions(self._oracle, 20 * math.ceil(size))
        self._oracle.verbose = 0
        keep_in_memory(self._oracle)
        # One thread: sums in another order would lead a Gaussian process elsewhere. The other
        # oracles sum nothing, and the limit takes a millisecond or two.
        bayesian = strategy == "bayesian"
        self._limited_threads = partial(threadpool_limits, 1) if bayesian else nullcontext
        self._chance = chance

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

    def tell(self, number: int, score: float | None) -> None:
        """Give the score of a trial, the n-th that was asked for, counted from 0.

        Args:
            number: Which trial.
            score: Its score, None if it has none.
        """
        trial_id = self._oracle.start_order[number]
        value = self._chance if score is None else score
        self._oracle.update_trial(trial_id, {_OBJECTIVE.name: value})
        trial = self._oracle.trials[trial_id]
        trial.status = trial_module.TrialStatus.COMPLETED
        self._oracle.end_trial(trial)


def seed_of_oracle(seed: int) -> int:
    """Return the seed that keras-tuner's oracle gets.

    It is never 0, which would mean none, and not the neighbor of another study's: the oracles
    count their seed up.
    """
    return int(np.random.SeedSequence([seed, 4]).generate_state(1)[0] // 2 + 1)
