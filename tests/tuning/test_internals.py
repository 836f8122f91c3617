"""Which private name of keras-tuner is gone, or means something else by now."""

from __future__ import annotations

from pathlib import Path

import keras_tuner
import pytest
from keras_tuner.oracles import GridSearchOracle, RandomSearchOracle

from tuning.keras_tuner_internals import EagerGridOracle, allow_collisions, keep_in_memory


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
