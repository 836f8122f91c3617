from itertools import pairwise

import pytest
from keras_tuner import HyperParameters

from tests.tuning.conftest import made_up_space, small_grid
from tuning.certificate import certificate
from tuning.grid_size import grid_size
from tuning.objective import Objective
from tuning.oracles import AskTell, Substitute, seed_of_oracle
from tuning.spaces import (
    convnet_grid,
    convnet_space,
    dense_grid,
    dense_space,
    mlp_classifier_grid,
    mlp_classifier_space,
)
from tuning.trial_table import TrialRow


def all_of(space: HyperParameters) -> list[dict]:
    oracle = AskTell("grid", space, trials=None, seed=0)
    found: list[dict] = []
    while (values := oracle.ask()) is not None:
        oracle.tell(len(found), 0.5)
        found.append(values)
    return found


@pytest.mark.parametrize(
    ("make", "size"), [(dense_grid, 24), (mlp_classifier_grid, 24), (convnet_grid, 8)]
)
def test_each_grid_can_be_finished_and_its_size_is_known(make, size):
    space = make((4, 64), (2, 8))
    found = all_of(space)
    assert len({str(values) for values in found}) == len(found) == size == grid_size(space)


def test_grid_size_counts_conditions():
    assert grid_size(small_grid()) == len(all_of(small_grid())) == 9
    assert grid_size(made_up_space()) == float("inf")


@pytest.mark.parametrize("make", [dense_space, convnet_space, mlp_classifier_space])
def test_random_values_lie_in_the_space(make):
    oracle = AskTell("random", make((4, 64), (25, 400)), trials=20, seed=0)
    for number in range(20):
        values = oracle.ask()
        assert values is not None
        oracle.tell(number, 0.5)
        assert 25 <= values["epochs"] <= 400
        assert 1e-4 <= values["learning_rate"] <= 1e-1
        assert ("decay_every" in values) == (values.get("decay_factor", 1.0) < 1)
        assert ("units_2" in values) == (values.get("layers", 1) >= 2)


def test_a_grid_gives_several_trials_before_any_has_ended():
    oracle = AskTell("grid", small_grid(), trials=None, seed=0)
    assert len({str(oracle.ask()) for _ in range(4)}) == 4


@pytest.mark.parametrize("ahead", [1, 2, 4])
def test_a_grid_is_whole_though_a_hyperparameter_appears_on_the_way(ahead):
    space = HyperParameters()
    space.Choice("a", [1, 2, 3])
    entry = {"kind": "Choice", "name": "b", "values": [5, 6], "conditions": []}
    oracle = AskTell("grid", space, trials=None, seed=0)
    asked: list[dict] = []
    told, tried = 0, set()
    while True:
        while len(asked) - told < ahead and (values := oracle.ask()) is not None:
            asked.append(values)
        if told == len(asked):
            break
        tried.add((asked[told]["a"], asked[told].get("b", 5)))  # Who does not know meets 5.
        oracle.tell(told, 0.5, [entry])
        told += 1
    assert tried == {(a, b) for a in (1, 2, 3) for b in (5, 6)}
    assert told == 6


def test_bayesian_search_keeps_away_from_what_has_no_score():
    space = HyperParameters()
    space.Float("x", 0.0, 1.0)
    oracle = AskTell("bayesian", space, trials=24, seed=0, chance=0.5)
    asked = []
    for number in range(24):
        values = oracle.ask()
        assert values is not None
        asked.append(values["x"])
        oracle.tell(number, None if asked[-1] < 0.5 else 0.7 + asked[-1] / 10)
    assert sum(x < 0.5 for x in asked[8:]) <= 5


@pytest.mark.parametrize("sign", [1, -1])
def test_what_stands_for_no_score_is_chance_or_the_worst_so_far(sign):
    objective = Objective("val_score", "max" if sign == 1 else "min")
    of_worst, of_chance = Substitute(objective, None), Substitute(objective, 0.5)
    scores = [None, 0.7, None, 0.9, None, 0.4, None]
    given = [None if score is None else sign * score for score in scores]
    worst = [sign * score for score in (0, 0.7, 0.7, 0.9, 0.7, 0.4, 0.4)]
    assert [of_worst(score) for score in given] == worst
    assert [of_chance(score) for score in given] == [
        0.5 if score is None else score for score in given
    ]


@pytest.mark.parametrize(
    ("dimensions", "trials", "planned", "first"),
    [(1, 24, None, 3), (5, 24, None, 8), (5, 24, 30, 10), (5, 90, None, 15), (5, 6, None, 3)],
)
def test_a_third_of_a_bayesian_search_is_random_but_no_more_than_the_space_needs(
    dimensions, trials, planned, first
):
    space = HyperParameters()
    for number in range(dimensions):
        space.Float(f"x{number}", 0.0, 1.0)
    oracle = AskTell("bayesian", space, trials=trials, seed=0, planned=planned)
    assert oracle._oracle.num_initial_points == first


def test_seeds_of_oracles_are_none_that_keras_tuner_takes_for_no_seed():
    seeds = [seed_of_oracle(seed) for seed in range(100)]
    assert len(set(seeds)) == 100
    assert all(1 <= seed <= 2**31 for seed in seeds)
    assert min(abs(a - b) for a, b in pairwise(sorted(seeds))) > 1000


def test_certificate_of_a_space_that_is_exhausted():
    def row(number, status="done", repeats=None):
        return TrialRow(number, {"a": number}, status, 0.5 if status == "done" else None, (), 0,
                        repeats=repeats)  # fmt: skip

    trials = [row(0), row(1, "failed"), row(2, "diverged"), row(3, repeats=0)]
    found = certificate(trials, small_grid())
    assert found == {
        "asked": 4, "done": 1, "failed": 1, "diverged": 1, "repeated": 1, "different": 3,
        "space holds": 9, "share": 3 / 9,
    }  # fmt: skip
    assert certificate(trials, made_up_space())["share"] is None
