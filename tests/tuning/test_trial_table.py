from __future__ import annotations

import keras_tuner
import pytest

from tests.tuning.searches import mixed_space, row
from tuning.trial_table import best_trial, columns_in_use, describe_value, finished


@pytest.mark.parametrize(
    ("status", "score"),
    [("done", None), ("done", float("nan")), ("done", float("inf")), ("failed", 0.5)],
)
def test_only_a_finite_score_makes_a_trial_done(status, score) -> None:
    with pytest.raises(ValueError, match="finite score"):
        row(3, {}, score, status)


def test_finished_trials_are_in_the_order_of_asking() -> None:
    trials = [row(2, {}, 0.1), row(0, {}, 0.2), row(1, {}, None, "failed")]
    assert [trial.number for trial in finished(trials)] == [0, 2]


def test_of_equal_scores_the_first_asked_for_is_best() -> None:
    assert best_trial([row(2, {}, 0.7), row(1, {}, 0.7), row(0, {}, 0.6)]).number == 1


def test_without_a_finished_trial_there_is_no_best() -> None:
    with pytest.raises(ValueError, match="at least one finished trial"):
        best_trial([row(0, {}, None, "diverged")])


def test_columns_follow_the_space_without_fixed_and_unused_ones() -> None:
    values = {"shuffle": True, "learning_rate": 1e-2, "optimizer": "adam", "epochs": 5}
    columns = columns_in_use(mixed_space(), [row(0, values)])
    assert [column.name for column in columns] == ["learning_rate", "optimizer", "shuffle"]


def test_each_kind_has_its_scale() -> None:
    space = mixed_space()
    values = dict.fromkeys(("learning_rate", "optimizer", "layers", "units_2", "shuffle"), 1)
    rate, optimizer, layers, units, shuffle = columns_in_use(space, [row(0, values)])
    assert (rate.scale, rate.low, rate.high, rate.integer) == ("log", 1e-4, 1e-1, False)
    assert rate.position(1e-3) == pytest.approx(-3)
    assert (optimizer.levels, optimizer.ordered) == (("sgd", "adam"), False)
    assert (layers.levels, layers.ordered) == ((1, 2), True)
    assert (units.scale, units.low, units.high, units.integer) == ("linear", 8, 100, True)
    assert (shuffle.levels, shuffle.position(True)) == ((False, True), 1)


def test_ordered_levels_ascend_however_they_were_written() -> None:
    space = keras_tuner.HyperParameters()
    space.Choice("batch_size", [128, 32, 64])
    space.Int("units", 16, 64, step=2, sampling="log")
    columns = columns_in_use(space, [row(0, {"batch_size": 32, "units": 16})])
    assert [column.levels for column in columns] == [(32, 64, 128), (16, 32, 64)]


def test_ranges_of_one_name_under_different_conditions_are_joined() -> None:
    space = keras_tuner.HyperParameters()
    space.Choice("optimizer", ["sgd", "adam"])
    space.Float("rate", 1e-2, 1.0, sampling="log", parent_name="optimizer", parent_values=["sgd"])
    space.Float("rate", 1e-5, 0.1, sampling="log", parent_name="optimizer", parent_values=["adam"])
    _, rate = columns_in_use(space, [row(0, {"optimizer": "sgd", "rate": 0.5})])
    assert (rate.name, rate.scale, rate.low, rate.high) == ("rate", "log", 1e-5, 1.0)


def test_a_value_of_another_space_is_refused() -> None:
    columns = columns_in_use(mixed_space(), [row(0, {"optimizer": "adam"})])
    with pytest.raises(ValueError, match="another search space"):
        columns[0].position("rmsprop")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "1e-05"), (0.30000000000000004, "0.3"), (1_000_000, "1000000"), (True, "True")],
)
def test_values_are_written_short(value, text) -> None:
    assert describe_value(value) == text
