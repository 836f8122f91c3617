from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import keras_tuner
import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score

from tests.tuning.searches import mixed_space, row, sampled_trials
from tuning.importance import Importance, _out_of_bag_r2, hyperparameter_importance


@pytest.fixture(autouse=True)
def few_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning.importance.REPEATS", 5)


def by_name(importance: Importance) -> dict[str, float]:
    return {found.name: found.importance for found in importance.rows}


def two_numbers() -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    space.Float("rate", 1e-4, 1e-1, sampling="log")
    space.Float("dropout", 0.0, 1.0)
    space.Float("nothing", 0.0, 1.0)
    return space


def test_out_of_bag_r2_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 3)).astype(np.float32), rng.random(40)
    y += x[:, 0]
    forest = RandomForestRegressor(100, oob_score=True, random_state=1).fit(x, y)
    with_shuffle = np.stack([x, x[rng.permutation(40)]])
    first, second = _out_of_bag_r2(forest, with_shuffle, y)
    assert first == pytest.approx(forest.oob_score_)
    assert second < first


def test_importances_are_those_of_a_perfect_model() -> None:
    def score(values: Mapping[str, Any], rng: np.random.Generator) -> float:
        return (math.log10(values["rate"]) + 4) / 3 + 0.5 * values["dropout"]

    space = two_numbers()
    trials = sampled_trials(space, 300, score)
    rates, dropouts = (
        np.array([trial.hyperparameters[name] for trial in trials]) for name in ("rate", "dropout")
    )
    scores = np.sort([trial.score for trial in trials])
    truth = (np.log10(rates) + 4) / 3 + 0.5 * dropouts
    ranks = np.searchsorted(scores, truth)

    def fall(rate_order: np.ndarray, dropout_order: np.ndarray) -> float:
        shuffled = (np.log10(rates[rate_order]) + 4) / 3 + 0.5 * dropouts[dropout_order]
        return 1 - r2_score(ranks, np.interp(shuffled, scores, np.arange(300)))

    rng, same = np.random.default_rng(0), np.arange(300)
    result = hyperparameter_importance(trials, space, seed=0)
    assert [found.name for found in result.rows] == ["rate", "dropout", "nothing"]
    values = by_name(result)
    assert result.r2 is not None
    assert result.r2 > 0.95
    assert result.trusted
    perfect_rate = np.mean([fall(rng.permutation(300), same) for _ in range(50)])
    perfect_dropout = np.mean([fall(same, rng.permutation(300)) for _ in range(50)])
    assert values["rate"] == pytest.approx(perfect_rate, rel=0.1)
    assert values["dropout"] == pytest.approx(perfect_dropout, rel=0.15)
    assert values["nothing"] == pytest.approx(0, abs=0.01)
    for found in result.rows:
        assert found.interval.low <= found.importance <= found.interval.high
    assert result.remark == (
        f"A random forest explains R² = {result.r2:.2f} of the ranks of trials it has not seen "
        "(300 finished trials)."
    )


def test_few_collapsed_trials_do_not_hide_the_others() -> None:
    def score(values: Mapping[str, Any], rng: np.random.Generator) -> float:
        return 0.1 if values["rate"] > 0.07 else 0.9 + 0.05 * values["dropout"]

    space = two_numbers()
    values = by_name(hyperparameter_importance(sampled_trials(space, 150, score), space, seed=0))
    assert values["dropout"] > 1
    assert values["dropout"] > values["rate"] > values["nothing"]


def test_choice_of_names_is_shuffled_as_one() -> None:
    space = keras_tuner.HyperParameters()
    space.Choice("optimizer", ["sgd", "adam", "rmsprop", "adamw"])
    space.Float("nothing", 0.0, 1.0)
    means = {"sgd": 0.9, "adam": 0.1, "rmsprop": 0.7, "adamw": 0.3}

    def score(values: Mapping[str, Any], rng: np.random.Generator) -> float:
        return means[values["optimizer"]] + 0.01 * rng.random()

    result = hyperparameter_importance(sampled_trials(space, 100, score), space, seed=0)
    # All that can be known comes from one hyperparameter: shuffled, it costs twice the R².
    assert [found.name for found in result.rows] == ["optimizer", "nothing"]
    assert result.rows[0].importance == pytest.approx(2 * 0.94, abs=0.15)


def test_conditional_hyperparameter_does_not_stand_in_for_its_condition() -> None:
    def score(values: Mapping[str, Any], rng: np.random.Generator) -> float:
        return 0.4 * values["layers"] + 0.1 * rng.random()

    space = mixed_space()
    trials = sampled_trials(space, 120, score)
    # Were its absence visible, it would tell the number of layers as well as `layers` does.
    without = [
        dataclasses.replace(
            trial,
            hyperparameters={k: v for k, v in trial.hyperparameters.items() if k != "units_2"},
        )
        for trial in trials
    ]
    values = by_name(hyperparameter_importance(trials, space, seed=0))
    alone = by_name(hyperparameter_importance(without, space, seed=0))
    assert values["layers"] == pytest.approx(alone["layers"], rel=0.15)
    assert values["units_2"] == pytest.approx(0, abs=0.05)


def test_conditional_hyperparameter_counts_where_it_applies() -> None:
    def score(values: Mapping[str, Any], rng: np.random.Generator) -> float:
        return 0.5 + values.get("units_2", 50) / 200

    space = mixed_space()
    result = hyperparameter_importance(sampled_trials(space, 120, score), space, seed=0)
    assert result.rows[0].name == "units_2"
    assert result.rows[0].importance > 0.5


def test_noise_is_not_to_be_trusted() -> None:
    space = two_numbers()
    trials = sampled_trials(space, 60, lambda values, rng: rng.random())
    result = hyperparameter_importance(trials, space, seed=0)
    assert not result.trusted
    assert result.remark.startswith("Do not rely on these importances")


def test_same_seed_gives_same_importances() -> None:
    space = mixed_space()
    trials = sampled_trials(space, 15, lambda values, rng: values["learning_rate"])
    first = hyperparameter_importance(trials, space, seed=1)
    assert first == hyperparameter_importance(list(reversed(trials)), space, seed=1)
    assert first != hyperparameter_importance(trials, space, seed=2)


def test_unfinished_and_repeated_trials_are_left_out_and_counted() -> None:
    space = two_numbers()
    trials = sampled_trials(space, 20, lambda values, rng: values["dropout"])
    failed = row(20, trials[0].hyperparameters, None, "failed")
    diverged = row(21, {}, None, "diverged")
    repeated = dataclasses.replace(trials[0], number=22, repeats=0)
    result = hyperparameter_importance([*trials, failed, diverged, repeated], space, seed=0)
    assert result.rows == hyperparameter_importance(trials, space, seed=0).rows
    assert result.remark.endswith("(20 finished trials; 3 failed, diverged or repeated left out).")


def test_too_few_trials_are_refused_with_a_sentence() -> None:
    space = two_numbers()
    trials = sampled_trials(space, 10, lambda values, rng: values["dropout"])
    assert len(hyperparameter_importance(trials, space, seed=0).rows) == 3
    result = hyperparameter_importance(trials[:9], space, seed=0)
    assert (result.rows, result.r2, result.trusted) == ((), None, False)
    assert result.remark == (
        "No importances: they need at least 10 different finished trials, got 9; "
        "ask for more trials."
    )
    assert hyperparameter_importance([], space, seed=0).rows == ()


def test_equal_scores_are_refused_with_a_sentence() -> None:
    space = two_numbers()
    trials = [
        dataclasses.replace(t, score=0.5) for t in sampled_trials(space, 12, lambda v, r: 0.1)
    ]
    assert hyperparameter_importance(trials, space, seed=0).remark == (
        "No importances: all 12 finished trials scored 0.5000."
    )


def test_space_without_choice_is_refused_with_a_sentence() -> None:
    space = keras_tuner.HyperParameters()
    space.Fixed("epochs", 5)
    trials = sampled_trials(space, 12, lambda values, rng: rng.random())
    assert hyperparameter_importance(trials, space, seed=0).remark == (
        "No importances: the search space has no hyperparameter that varies."
    )
