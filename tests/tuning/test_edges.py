from __future__ import annotations

import keras_tuner
import pytest

from tests.tuning.searches import row
from tuning.edges import edges_of_best


def sentences(space: keras_tuner.HyperParameters, **values) -> list[str]:
    return [edge.sentence for edge in edges_of_best([row(0, values)], space)]


def one(kind: str, *arguments, **settings) -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    getattr(space, kind)("x", *arguments, **settings)
    return space


LARGEST = "x = {} is the largest value allowed: widen the range."
SMALLEST = "x = {} is the smallest value allowed: widen the range."


@pytest.mark.parametrize(
    ("space", "value", "sentence"),
    [
        (one("Float", 1e-4, 0.1, sampling="log"), 0.1, LARGEST.format("0.1")),
        (one("Float", 1e-4, 0.1, sampling="log"), 1e-4, SMALLEST.format("0.0001")),
        (one("Int", 1, 5), 5, LARGEST.format(5)),
        (one("Int", 1, 5), 1, SMALLEST.format(1)),
        (one("Int", 8, 512, sampling="log"), 512, LARGEST.format(512)),
        (one("Int", 8, 64, step=2, sampling="log"), 64, LARGEST.format(64)),
        (one("Int", 6, 13, step=3), 12, LARGEST.format(12)),  # 15 would be too large
        (one("Choice", [128, 32, 64]), 128, LARGEST.format(128)),
        (one("Choice", [128, 32, 64]), 32, SMALLEST.format(32)),
        # In floating point .5 // .1 is 4, so keras-tuner never asks for .5.
        (one("Float", 0.0, 0.5, step=0.1), 0.4, LARGEST.format("0.4")),
    ],
)
def test_value_at_the_end_of_its_range_is_named(space, value, sentence) -> None:
    assert sentences(space, x=value) == [sentence]


def test_value_close_to_the_end_of_a_continuous_range_is_named_with_the_end() -> None:
    space = one("Float", 1e-4, 0.1, sampling="log")
    # The margin is 2% of three decades: up to 1.15 times from the end.
    assert sentences(space, x=0.09) == [
        "x = 0.09 is close to the largest value allowed, 0.1: widen the range."
    ]
    assert sentences(space, x=0.08) == []
    assert sentences(space, x=1.1e-4) == [
        "x = 0.00011 is close to the smallest value allowed, 0.0001: widen the range."
    ]


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (one("Float", 1e-4, 0.1, sampling="log"), 0.01),
        (one("Int", 1, 100), 99),
        (one("Choice", [32, 64, 128]), 64),
        (one("Choice", ["sgd", "adam"]), "adam"),
        (one("Choice", [1, 2, 3], ordered=False), 3),
        (one("Boolean"), True),
        (one("Fixed", 3), 3),
        (one("Int", 3, 3), 3),
        (one("Choice", [32]), 32),
        (one("Float", 0.0, 0.5), 0.0),  # nothing lies below 0
    ],
)
def test_value_without_room_beyond_it_is_no_edge(space, value) -> None:
    assert sentences(space, x=value) == []


def test_only_the_best_trial_counts() -> None:
    trials = [row(0, {"x": 5}, 0.6), row(1, {"x": 3}, 0.9), row(2, {"x": 1}, None, "failed")]
    assert edges_of_best(trials, one("Int", 1, 5)) == []


def test_most_of_the_best_trials_must_lie_at_the_edge() -> None:
    def best(*values: int) -> list[str]:
        trials = [row(n, {"x": value}, 0.9 - n / 100) for n, value in enumerate(values)]
        return [edge.name for edge in edges_of_best(trials, one("Int", 1, 5))]

    assert best(5, 3, 2, 5, 5) == []  # the best one alone: chance
    assert best(5, 5, 2, 1, 1) == ["x"]
    assert best(5, 1, 1) == []  # at the other edge
    assert best(3, 5, 5) == []


def test_absent_hyperparameter_is_no_edge_and_the_condition_chooses_the_range() -> None:
    space = keras_tuner.HyperParameters()
    space.Choice("optimizer", ["sgd", "adam"])
    space.Float("rate", 0.01, 1.0, sampling="log", parent_name="optimizer", parent_values=["sgd"])
    space.Float("rate", 1e-5, 0.1, sampling="log", parent_name="optimizer", parent_values=["adam"])
    assert sentences(space, optimizer="sgd", rate=0.1) == []
    assert sentences(space, optimizer="adam", rate=0.1) == [
        "rate = 0.1 is the largest value allowed: widen the range."
    ]
    assert sentences(space, optimizer="adam") == []


def test_without_finished_trials_there_are_no_edges() -> None:
    assert edges_of_best([], one("Int", 1, 5)) == []
    assert edges_of_best([row(0, {"x": 5}, None, "diverged")], one("Int", 1, 5)) == []
