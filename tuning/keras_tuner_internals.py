"""Every private name of keras-tuner that is used here, each with why; a test says when one is gone.

The oracles have no public way to any of them. Written for keras-tuner 1.4.8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras_tuner import Oracle
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.oracles import BayesianOptimizationOracle, GridSearchOracle
from scipy.linalg import solve_triangular
from scipy.optimize import minimize


class EagerGridOracle(GridSearchOracle):
    """A grid whose next point does not wait for a trial to end.

    keras-tuner waits because a trial may add hyperparameters, and workers idle until the first
    one has ended. Here a point that was asked for before one appeared has its default, which is
    what its trial meets.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Answer with the next point, whatever has become of those before."""
        answer: dict[str, Any] = super().populate_space(trial_id)
        if answer["values"] is not None and self.start_order:  # It adds the first one itself.
            self._populate_next.append(trial_id)
        return answer

    def _get_next_combination(self, values: dict[str, Any]) -> dict[str, Any] | None:
        following: dict[str, Any] | None = super()._get_next_combination(self._filled(values))
        return following

    def _compare(self, a: dict[str, Any], b: dict[str, Any]) -> int:
        order: int = super()._compare(self._filled(a), self._filled(b))
        return order

    def _filled(self, values: dict[str, Any]) -> dict[str, Any]:
        space = self.get_space()
        space.values = dict(values)
        for hyperparameter in space.space:
            if space.is_active(hyperparameter):
                space.values.setdefault(hyperparameter.name, hyperparameter.default)
        return dict(space.values)


class ExactGradientOracle(BayesianOptimizationOracle):
    """keras-tuner's Bayesian search, its lower bound minimized with the exact gradient.

    keras-tuner takes the gradient by finite differences of scikit-learn's `predict`, one point a
    call, which is nearly all of the time that a search thinks. Gaussian process, bound, starts
    and minimizer are the same, so the proposals are, up to the error of finite differences.
    """

    START_POINTS = 50

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Answer with random values first, then with those of the lowest bound."""
        done = sum(trial.status == TrialStatus.COMPLETED for trial in self.trials.values())
        if done < self.num_initial_points:
            answer: dict[str, Any] = self._random_populate_space()
            return answer
        x, y = map(np.nan_to_num, self._vectorize_trials())
        self.gpr.fit(x, y)
        bounds = self._get_hp_bounds()
        starts = self._random_state.uniform(*bounds.T, size=(self.START_POINTS, len(bounds)))
        bound = LowerConfidenceBound(self.gpr, y, self.beta)
        ends = [minimize(bound, x, jac=True, bounds=bounds, method="L-BFGS-B") for x in starts]
        best = min(ends, key=lambda end: end.fun)
        return {"status": TrialStatus.RUNNING, "values": self._vector_to_values(best.x)}


class LowerConfidenceBound:
    """A Gaussian process's mean less some standard deviations, and its gradient, at one point.

    Args:
        gpr: scikit-learn's process with a Matérn 5/2 kernel of one length, fitted to `y` with
            `normalize_y`.
        y: What it was fitted to, shape `(n,)`.
        beta: How many standard deviations.
    """

    def __init__(self, gpr: Any, y: np.ndarray, beta: float) -> None:
        self._x, self._weights, self._beta = gpr.X_train_, gpr.alpha_, beta
        self._length = gpr.kernel_.length_scale
        self._mean, self._deviation = y.mean(), y.std() or 1.0
        self._whiten = solve_triangular(gpr.L_, np.eye(len(y)), lower=True)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the bound at a point of shape `(d,)` and its gradient, shape `(d,)`."""
        away = x - self._x
        r = np.sqrt(5 * np.sum(away**2, axis=1)) / self._length
        decay = np.exp(-r)
        kernel = (1 + r + r**2 / 3) * decay
        slopes = -5 / (3 * self._length**2) * ((1 + r) * decay)[:, None] * away
        white = self._whiten @ kernel
        deviation = np.sqrt(max(1 - white @ white, np.finfo(float).tiny))
        bound = kernel @ self._weights - self._beta * deviation
        into_deviation = -(white @ self._whiten) @ slopes / deviation
        gradient = self._weights @ slopes - self._beta * into_deviation
        return self._mean + self._deviation * bound, self._deviation * gradient


def allow_collisions(oracle: Oracle, draws: int) -> None:
    """Let an oracle draw so often before it gives a space up; it would after 20 known points."""
    oracle._max_collisions = draws


def keep_in_memory(oracle: Oracle) -> None:
    """Let an oracle write nothing: it would write its whole state at each ask and tell."""
    oracle.save = _write_nothing
    oracle._save_trial = _write_nothing


def _write_nothing(*_: Any) -> None:
    """Do nothing: the journal is what is kept."""
