"""Ask and tell on two of Optuna's samplers, with keras-tuner's spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from importlib import metadata, util
from typing import Any, Literal

import optuna
from keras_tuner import HyperParameters
from threadpoolctl import threadpool_limits

from labs.errors import InputError
from tuning.objective import Objective
from tuning.oracles import Substitute, seed_of_oracle
from tuning.space_entries import Entry, declare, with_values

Sampler = Literal["tpe", "gp"]


class OptunaOracle:
    """Proposes values by what the trials before came to.

    Numbers are searched by their place in their range, 0 to 1, on its own scale; choices without
    order as such. `"tpe"` proposes where good trials are dense and bad ones are not: Bergstra et
    al. (2011), "Algorithms for Hyper-Parameter Optimization", NeurIPS. `"gp"` fits a Gaussian
    process and proposes where its expected improvement is largest: Jones et al. (1998), "Efficient
    Global Optimization of Expensive Black-Box Functions"; what not all trials have, below a
    condition or met while building, it can only draw at random.

    Args:
        space: What to choose from.
        sampler: Which of the two; `"gp"` needs torch.
        trials: Most trials.
        seed: Seed of the proposals, 0 or more.
        objective: What the scores are.
        chance: Score that stands for a trial without one; the worst so far unless given.
    """

    learns = True

    def __init__(
        self,
        space: HyperParameters,
        sampler: Sampler,
        *,
        trials: int | None,
        seed: int,
        objective: Objective,
        chance: float | None = None,
    ) -> None:
        if sampler == "gp" and util.find_spec("torch") is None:
            raise InputError("The strategy gp needs torch: pip install torch")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(
            direction="maximize" if objective.direction == "max" else "minimize",
            sampler=_make(sampler, seed_of_oracle(seed)),
        )
        self._space, self._trials = space.copy(), trials
        self._substitute = Substitute(objective, chance)
        self._asked: list[optuna.Trial] = []
        # One thread: sums in another order would lead a Gaussian process elsewhere.
        self._limited_threads = partial(threadpool_limits, 1) if sampler == "gp" else nullcontext
        packages = ("optuna", "torch") if sampler == "gp" else ("optuna",)
        self.version = ", ".join(f"{name} {metadata.version(name)}" for name in packages)

    @property
    def space(self) -> HyperParameters:
        """What it chooses from, by now."""
        return with_values(self._space, {})

    def ask(self) -> dict[str, Any] | None:
        """Return the values of the next trial, or None if there is none left."""
        if len(self._asked) == self._trials:
            return None
        with self._limited_threads():
            self._asked.append(trial := self._study.ask())
        chosen = self.space
        for hyperparameter in self._space.space:
            if chosen.is_active(hyperparameter):
                chosen.values[hyperparameter.name] = _suggest(trial, hyperparameter)
        return dict(chosen.values)

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take in a trial that it did not propose, as if it had asked for it next."""
        known = with_values(self._space, values)
        params = {
            _name(hp): values[hp.name] if _is_plain(hp) else hp.value_to_prob(values[hp.name])
            for hp in self._space.space
            if known.is_active(hp)
        }
        self._study.enqueue_trial(params)
        self.ask()

    def tell(self, number: int, score: float | None, appeared: Sequence[Entry] = ()) -> None:
        """Give the score of the n-th trial asked for, and hyperparameters that it met first."""
        declare(appeared, self._space)
        self._study.tell(self._asked[number], self._substitute(score))


def _make(sampler: Sampler, seed: int) -> optuna.samplers.BaseSampler:
    if sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    import torch  # noqa: F401  # Now, since a limit of threads holds for what is loaded.

    return optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False)


def _suggest(trial: optuna.Trial, hyperparameter: Any) -> Any:
    if _is_plain(hyperparameter):
        return trial.suggest_categorical(_name(hyperparameter), list(hyperparameter.values))
    return hyperparameter.prob_to_value(trial.suggest_float(_name(hyperparameter), 0, 1))


def _is_plain(hyperparameter: Any) -> bool:
    """Tell whether values have no order: names, truth values, a fixed value."""
    return not hasattr(hyperparameter, "min_value") and not getattr(
        hyperparameter, "ordered", False
    )


def _name(hyperparameter: Any) -> str:
    """Return a name of its own for each range that a name has under other conditions."""
    conditions = [f"{c.name} in {c.values}" for c in hyperparameter.conditions]
    return " if ".join([hyperparameter.name, *conditions])
