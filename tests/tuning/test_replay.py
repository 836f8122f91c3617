"""Searches are replayed on a table as they would go with nets."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from keras_tuner import HyperParameters

from tests.tuning.conftest import needs_torch
from tuning.replay import (
    STRATEGIES,
    ByHand,
    ScoreTable,
    coarse_grid,
    make_schedule,
    most_halved,
    replay,
)
from tuning.trial_table import TrialRow

RATES, UNITS, KINDS = [0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4, 5], ["relu", "tanh"]


@pytest.fixture
def table() -> ScoreTable:
    """A table without noise, whose hyperparameters add up; a third of each score comes late."""
    space = HyperParameters()
    space.Choice("rate", RATES, default=0.1)
    space.Choice("units", UNITS, default=3)
    space.Choice("kind", KINDS, default="relu")
    ends = np.array([r - (u - 4) ** 2 + (k == "tanh") for r, u, k in product(RATES, UNITS, KINDS)])
    epochs = np.linspace(2 / 3, 1, 9)
    return ScoreTable("sums", space, np.tile(np.outer(ends, epochs)[:, None], (1, 4, 1)), seen=1)


def test_a_setting_has_a_place_of_its_own(table):
    settings = list(table.settings())
    assert settings[-1] == {"rate": 0.4, "units": 5, "kind": "tanh"}
    assert [table.place(setting) for setting in settings] == list(range(40))


def test_what_a_search_sees_does_not_judge_what_it_finds(table):
    scores = np.tile(10.0 ** np.arange(4)[:, None], (40, 1, 2)) * np.arange(40)[:, None, None]
    noisy = ScoreTable("powers", table.space, scores, seen=1)
    seen = {round(noisy.view(seed)[0][1, 0]) for seed in range(20)}
    assert seen == {1, 10, 100, 1000}
    observed, regrets = noisy.view(0)
    assert observed.shape == (40, 2)
    assert regrets[39] == 0
    assert np.median(regrets) == pytest.approx(1)


@pytest.mark.parametrize(
    "strategy",
    [
        *(
            pytest.param(name, marks=pytest.mark.slow if name == "bayesian" else [])
            for name in STRATEGIES
        ),
        pytest.param("gp", marks=[pytest.mark.slow, needs_torch]),
    ],
)
def test_every_search_finds_the_best_of_a_table_if_it_may_try_all(table, strategy):
    regrets = replay(strategy, table, trials=40, seed=1)
    assert regrets.shape == (40,)
    again = strategy in ("tpe", "gp")  # They may ask for the same again.
    assert regrets[-1] <= (0.1 if again else 0)
    whole = regrets if strategy != "halving" else regrets[8:]
    assert (np.diff(whole) <= 0).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_spends_what_it_may_and_depends_on_its_seed_alone(table, strategy):
    schedule, spent, seen = make_schedule(strategy, table, 6, seed=3), 0, set()
    observed, _ = table.view(3)
    number = 0
    while (trial := schedule.ask()) is not None:
        stop = trial.epochs or table.epochs
        spent += stop - trial.initial_epoch
        seen.add(tuple(trial.values.items()))
        score = float(observed[table.place(trial.values), stop - 1])
        schedule.tell(TrialRow(number, trial.values, "done", score, (score,), 0.0))
        number += 1
    assert 3 * table.epochs < spent <= 6 * table.epochs
    assert len(seen) <= 6 or strategy == "halving"
    np.testing.assert_array_equal(replay(strategy, table, 6, 3), replay(strategy, table, 6, 3))


def test_halving_begins_with_as_many_settings_as_the_epochs_allow():
    # Rungs that stop after 1, 3 and 9 epochs: 13 + 4 · 2 + 1 · 6 = 27 epochs; 14 would take 28.
    assert most_halved(40, 9, trials=3) == 13
    assert most_halved(40, 9, trials=40) == 40


def test_by_hand_changes_one_thing_at_a_time_and_stops_when_nothing_helps(table):
    by_hand, asked = ByHand(table.space, trials=40, seed=0), []
    while (values := by_hand.ask()) is not None:
        asked.append(values)
        by_hand.tell(len(asked) - 1, float(table.scores[table.place(values), 0, -1]))
    assert asked[0] == {"rate": 0.1, "units": 3, "kind": "relu"}
    best: dict[str, object] = {}
    for values in asked:
        changed = [name for name in values if best and values[name] != best[name]]
        assert len(changed) <= 1
        scores = [table.scores[table.place(own), 0, -1] for own in (best or values, values)]
        best = values if scores[1] >= scores[0] else best
    assert best == {"rate": 0.4, "units": 4, "kind": "tanh"}
    assert len(asked) < 40
    assert len({tuple(values.items()) for values in asked}) == len(asked)


def test_a_coarse_grid_has_values_from_end_to_end_and_defaults_for_the_rest(table):
    grid = coarse_grid(table.space, trials=7)
    assert [[*hp.values] for hp in grid.space] == [[0.1, 0.3, 0.4], [1, 5], ["relu"]]
    assert [[*hp.values] for hp in coarse_grid(table.space, 40).space] == [RATES, UNITS, KINDS]
