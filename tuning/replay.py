"""Searches replayed on a table that holds the scores of every setting, so that many take seconds.

A search sees some of a setting's trainings, as a search of nets does; what it has found is judged
by the others. Eggensperger et al. (2015), "Efficient Benchmarking of
Hyperparameter Optimizers via Surrogates", AAAI.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
from keras_tuner import HyperParameters

from labs.running.process import start_worker
from models.processes import process_pool
from tuning.objective import VALIDATION_ACCURACY
from tuning.optuna_oracle import OptunaOracle
from tuning.oracles import AskTell, Oracle
from tuning.schedule import Halving, OneByOne, Proposal, Schedule, stops_of_rungs
from tuning.trial_table import TrialRow

Strategy = Literal["by hand", "grid", "random", "bayesian", "tpe", "gp", "halving"]
STRATEGIES: tuple[Strategy, ...] = tuple(name for name in get_args(Strategy) if name != "gp")
"""Those that need nothing more."""
AT_ONCE, FACTOR = 4, 3
"""Trials under way at a time, and which part of a rung goes on, as searches have them."""
CHUNK = 10
"""Searches that a process is given at a time."""


@dataclass(frozen=True)
class ScoreTable:
    """The scores of all settings of a space.

    Attributes:
        name: What was trained.
        space: Choices alone, each with its default.
        scores: The larger the better, `(settings, trainings, epochs)`: settings in the order of
            `itertools.product`; a single epoch for a table that holds the last one only.
        seen: Trainings whose mean score a search sees, the same ones of all settings.
    """

    name: str
    space: HyperParameters
    scores: np.ndarray
    seen: int

    @property
    def choices(self) -> list[list[Any]]:
        """The values of each hyperparameter."""
        return [list(hyperparameter.values) for hyperparameter in self.space.space]

    @property
    def epochs(self) -> int:
        """Epochs of a whole trial."""
        return int(self.scores.shape[2])

    def settings(self) -> Iterator[dict[str, Any]]:
        """Give the settings in their order."""
        names = [hyperparameter.name for hyperparameter in self.space.space]
        return (dict(zip(names, values, strict=True)) for values in product(*self.choices))

    def place(self, values: dict[str, Any]) -> int:
        """Return where a setting stands."""
        sizes = [len(choices) for choices in self.choices]
        places = [
            choices.index(values[hyperparameter.name])
            for hyperparameter, choices in zip(self.space.space, self.choices, strict=True)
        ]
        return int(np.ravel_multi_index(places, sizes))

    def view(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Divide the trainings into those that a search sees, and those that judge what it finds.

        Returns:
            The scores it sees, `(settings, epochs)`, and the regrets by the others, `(settings,)`:
            0 the best, 1 the median.
        """
        order = np.random.default_rng(seed).permutation(self.scores.shape[1])
        observed = self.scores[:, order[: self.seen]].mean(axis=1)
        true = self.scores[:, order[self.seen :], -1].mean(axis=1)
        return observed, (true.max() - true) / (true.max() - np.median(true))


class ByHand:
    """Changes one hyperparameter at a time and keeps the best value, as people do by hand.

    It begins with the defaults and goes through the hyperparameters in an order of its own, again
    and again, until a round has changed nothing.
    """

    version, learns = "by hand", True

    def __init__(self, space: HyperParameters, trials: int, seed: int) -> None:
        self.space, self._trials = space, trials
        self._order = np.random.default_rng(seed).permutation(len(space.space))
        self._best: dict[str, Any] = {hp.name: hp.default for hp in space.space}
        self._best_score = -np.inf
        self._asked: list[dict[str, Any]] = []
        self._told = 0
        self._waiting = deque([self._best])
        self._next = self._since_change = 0

    def ask(self) -> dict[str, Any] | None:
        """Return the values of the next trial; None before those of a hyperparameter are told."""
        while not self._waiting and self._told == len(self._asked):
            if self._since_change == len(self.space.space):
                return None
            self._look_at_next()
        if not self._waiting or len(self._asked) == self._trials:
            return None
        self._asked.append(self._waiting.popleft())
        return dict(self._asked[-1])

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take in a trial that it did not propose."""
        self._asked.append(dict(values))

    def tell(self, number: int, score: float | None, appeared: Sequence[Any] = ()) -> None:
        """Take in the score of the n-th trial."""
        self._told += 1
        if score is not None and score > self._best_score:
            self._best, self._best_score = self._asked[number], score
            self._since_change = 0

    def _look_at_next(self) -> None:
        hyperparameter = self.space.space[self._order[self._next]]
        others = [{**self._best, hyperparameter.name: value} for value in hyperparameter.values]
        self._waiting.extend(values for values in others if values not in self._asked)
        self._next = (self._next + 1) % len(self.space.space)
        self._since_change += 1


def coarse_grid(space: HyperParameters, trials: int) -> HyperParameters:
    """Return a grid of so many points at most: each hyperparameter's values thinned out evenly.

    All begin with their default; then one after the other, in the space's order, gets a value
    more, as long as there are trials for it.
    """
    counts = [1] * len(space.space)
    grown = True
    while grown:
        grown = False
        for place, hyperparameter in enumerate(space.space):
            more = [count + (own == place) for own, count in enumerate(counts)]
            if more[place] <= len(hyperparameter.values) and np.prod(more) <= trials:
                counts, grown = more, True
    grid = HyperParameters()
    for hyperparameter, count in zip(space.space, counts, strict=True):
        values = list(hyperparameter.values)
        if count == 1:
            grid.Fixed(hyperparameter.name, hyperparameter.default)
            continue
        places = np.linspace(0, len(values) - 1, count).round().astype(int)
        grid.Choice(hyperparameter.name, [values[place] for place in places])
    return grid


def make_schedule(strategy: Strategy, table: ScoreTable, trials: int, seed: int) -> Schedule:
    """Return what asks for trials that take the epochs of so many whole ones at most."""
    given: dict[str, Any] = {"seed": seed, "objective": VALIDATION_ACCURACY}
    if strategy == "halving":
        first = most_halved(len(table.scores), table.epochs, trials)
        flat = OneByOne(AskTell("random", table.space, trials=first, **given), trials=first)
        return Halving(
            flat, trials=first, epochs=table.epochs, factor=FACTOR, objective=VALIDATION_ACCURACY
        )
    oracle: Oracle
    if strategy == "by hand":
        oracle = ByHand(table.space, trials, seed)
    elif strategy == "grid":
        oracle = AskTell("grid", coarse_grid(table.space, trials), trials=None, **given)
    elif strategy == "tpe" or strategy == "gp":
        oracle = OptunaOracle(table.space, strategy, trials=trials, **given)
    else:
        oracle = AskTell(strategy, table.space, trials=trials, **given)
    return OneByOne(oracle, trials=trials)


@cache
def most_halved(settings: int, epochs: int, trials: int) -> int:
    """Return with how many settings halving can begin, for the epochs of so many whole trials.

    Args:
        settings: How many there are.
        epochs: Those of a whole trial.
        trials: Whole trials.
    """

    def spent(first: int) -> int:
        lengths = np.diff([0, *stops_of_rungs(first, epochs, FACTOR)])
        return sum(max(1, first // FACTOR**rung) * length for rung, length in enumerate(lengths))

    return max(first for first in range(1, settings + 1) if spent(first) <= trials * epochs)


def replay(strategy: Strategy, table: ScoreTable, trials: int, seed: int) -> np.ndarray:
    """Search a table.

    Args:
        strategy: Who asks.
        table: The table.
        trials: Whole trials whose epochs may be spent.
        seed: Seed of the search, and of which trainings it sees.

    Returns:
        The regret of the best setting found, after the epochs of each number of whole trials,
        `(trials,)`. Best is what scores best of the settings that have trained longest.
    """
    (observed, regrets), schedule = table.view(seed), make_schedule(strategy, table, trials, seed)
    waiting: deque[Proposal] = deque()
    best, spent, number = (0, -np.inf, np.nan), 0, 0
    course = []
    while True:
        while len(waiting) < AT_ONCE and (proposal := schedule.ask()) is not None:
            waiting.append(proposal)
        if not waiting:
            break
        trial = waiting.popleft()
        place, stop = table.place(trial.values), trial.epochs or table.epochs
        score = float(observed[place, stop - 1])
        if (stop, score) > best[:2]:
            best = (stop, score, regrets[place])
        spent += stop - trial.initial_epoch
        course.append((spent, best[2]))
        schedule.tell(TrialRow(number, trial.values, "done", score, (score,), 0.0))
        number += 1
    times, found = np.array(course).T
    budgets = table.epochs * np.arange(1, trials + 1)
    return np.asarray(found[np.searchsorted(times, budgets, side="right") - 1])


@contextmanager
def replaying(
    searches: Sequence[tuple[Strategy, ScoreTable, int]], trials: int
) -> Iterator[Iterator[np.ndarray]]:
    """Replay searches in the background, one a core.

    Args:
        searches: Strategy, table and seed of each.
        trials: As for `replay`.

    Yields:
        An iterator over what `replay` returns, in the order of the searches.
    """
    with process_pool(start_worker, os.getpid()) as pool:
        # Those of a chunk come with one copy of a table.
        yield pool.imap(partial(_replay, trials), searches, chunksize=CHUNK)


def _replay(trials: int, search: tuple[Strategy, ScoreTable, int]) -> np.ndarray:
    strategy, table, seed = search
    return replay(strategy, table, trials, seed)
