"""Which private name of keras-tuner is gone, or means something else by now."""

from __future__ import annotations

from pathlib import Path

import keras_tuner
import numpy as np
import pytest
from keras_tuner.oracles import BayesianOptimizationOracle, GridSearchOracle, RandomSearchOracle
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from tuning import oracles
from tuning.keras_tuner_internals import (
    EagerGridOracle,
    LowerConfidenceBound,
    allow_collisions,
    keep_in_memory,
)


def space() -> keras_tuner.HyperParameters:
    names = keras_tuner.HyperParameters()
    names.Int("units", 1, 3)
    return names


def make(oracle: type, **options) -> keras_tuner.Oracle:
    made = oracle(objective=keras_tuner.Objective("x", "max"), hyperparameters=space(), **options)
    keep_in_memory(made)
    return made


@pytest.mark.parametrize(("oracle", "running"), [(GridSearchOracle, 2), (EagerGridOracle, 3)])
def test_a_grid_waits_for_no_trial(oracle: type, running: int) -> None:
    grid = make(oracle)
    states = [grid.create_trial(f"worker {i}").status for i in range(3)]
    assert states.count("RUNNING") == running


@pytest.mark.parametrize("draws", [1, 1000])
def test_a_small_space_is_drawn_from_to_the_end(draws: int) -> None:
    oracle = make(RandomSearchOracle, max_trials=3, seed=1)
    allow_collisions(oracle, draws)
    states = [oracle.create_trial(f"worker {i}").status for i in range(3)]
    assert (states.count("RUNNING") == 3) == (draws == 1000)


def test_nothing_is_written(tmp_path: Path) -> None:
    oracle = make(RandomSearchOracle, max_trials=3, seed=1)
    oracle._set_project_dir(tmp_path, "search")
    oracle.create_trial("worker")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_bound_is_that_of_scikit_learns_process_and_its_gradient_exact() -> None:
    rng = np.random.default_rng(0)
    x, y, points = rng.random((12, 3)), rng.normal(5, 3, 12), rng.random((5, 3))
    kernel = Matern(0.6, "fixed", nu=2.5)
    process = GaussianProcessRegressor(kernel, normalize_y=True, alpha=1e-4).fit(x, y)
    bound = LowerConfidenceBound(process, y, 2.6)
    mean, deviation = process.predict(points, return_std=True)
    assert [bound(point)[0] for point in points] == pytest.approx(mean - 2.6 * deviation)
    for point in points:
        differences = approx_fprime(point, lambda x: bound(x)[0])
        assert bound(point)[1] == pytest.approx(differences, rel=1e-5, abs=1e-5)


def test_bayesian_search_proposes_what_keras_tuners_own_does(monkeypatch) -> None:
    names = space()
    names.Float("rate", 1e-4, 1e-1, sampling="log")
    names.Choice("rule", ["adam", "sgd"])

    def proposals() -> list[dict]:
        oracle = oracles.AskTell("bayesian", names, trials=8, seed=1)
        asked: list[dict] = []
        for number in range(8):
            asked.append(oracle.ask() or {})
            if number:  # One is always under way.
                before = asked[number - 1]
                score = 0.1 * before["units"] - (np.log10(before["rate"]) + 2) ** 2
                oracle.tell(number - 1, score + (before["rule"] == "adam"))
        return asked

    exact = proposals()
    monkeypatch.setattr(oracles, "ExactGradientOracle", BayesianOptimizationOracle)
    for ours, stock in zip(exact, proposals(), strict=True):
        assert ours == stock | {"rate": pytest.approx(stock["rate"], rel=1e-2)}
