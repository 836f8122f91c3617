import csv
import warnings
from dataclasses import asdict, replace
from itertools import pairwise, product
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labs import data, stats, studies
from labs.sklearn_vs_keras import (
    START,
    Config,
    build_classifiers,
    build_mlp_classifier,
    build_net,
    differences,
    initial_weights,
    ladder,
    losses_of_both,
    plot_ladder,
)
from models import build_mlp, fit
from tests.labs.quick_run import run_quickly

STEPS = ladder(Config(), rows=265)
BATCH_STEP = STEPS["batch: 32"]
TRAIN = data.load_diabetes().train
QUICK = {(32, 1.0), (53, 0.01), (265, 0.0)}
"""Batch sizes and penalties; tried in every run of the tests."""


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    return run_quickly(
        "sklearn_vs_keras", folder, seeds=2, iterations=20, early=(5,), epochs=3, seed=7
    )


@pytest.mark.slow
def test_everything_promised_is_in_the_run_directory(run_directory, found):
    assert found["status"] == "done"
    for picture in ("ladder", "lengths"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    names = list(ladder(Config(epochs=3), 265))
    kinds = [*names, "L-BFGS, 5 iterations", "logistic regression"]
    assert [model["name"] for model in found["models"]] == kinds
    parameters = [model["parameters"] for model in found["models"]]
    assert parameters == [171] * 6 + [177, 171, None]
    libraries = [model["library"] for model in found["models"]]
    assert libraries == ["scikit-learn"] + ["keras"] * 6 + ["scikit-learn"] * 2
    assert [row["kind"] for row in found["tables"]["ladder"]] == kinds
    seeds = list(csv.DictReader((run_directory / "seeds.csv").read_text().splitlines()))
    assert [row["seed"] for row in seeds] == ["7", "8"] * 8
    by_hand = np.mean([float(row["test"]) for row in seeds if row["kind"] == START])
    assert found["tables"]["ladder"][0]["test"] == pytest.approx(by_hand)


@pytest.mark.slow
def test_the_answer_names_the_switches_shown_and_findings_have_their_numbers(found):
    switches = {row["switch"]: row for row in found["tables"]["switches"]}
    assert list(switches) == list(ladder(Config(epochs=3), 265))[1:]
    for name, row in switches.items():
        low, high = row["95% interval"]
        told = f'"{name}", {row["difference"]:+.3f} (95% interval ' in found["answer"]
        assert told == (low > 0 or high < 0)
    test = {row["kind"]: row["test"] for row in found["tables"]["ladder"]}
    ends = test[START], test["output: 2 softmax units"]
    assert "From {:.3f} to {:.3f} test accuracy".format(*ends) in found["answer"]
    *_, lengths, logistic, penalty = found["findings"]
    assert f"L-BFGS, 5 iterations: {test['L-BFGS, 5 iterations']:.3f}; " in lengths
    assert logistic.startswith("the Keras net against logistic regression on any 177 such rows")
    assert "8.3 times" in penalty


def test_each_step_turns_one_switch_and_no_other():
    for before, after in pairwise(STEPS.values()):
        changed = [name for name, value in asdict(before).items() if asdict(after)[name] != value]
        assert len(changed) == 1


def test_the_ladder_leads_from_the_lectures_classifier_to_its_keras_net():
    settings = build_mlp_classifier(STEPS[START], seed=0).get_params()
    assert settings["hidden_layer_sizes"] == (10, 5)
    expected = {"activation": "logistic", "solver": "lbfgs", "alpha": 0.01, "max_iter": 10000}
    assert {name: settings[name] for name in expected} == expected
    lecture, *_, linear = build_classifiers(STEPS[START], (100, 1000), [0, 1]).values()
    assert [net.get_params() for net in lecture] == [
        build_mlp_classifier(STEPS[START], seed).get_params() for seed in (0, 1)
    ]
    assert len(linear) == 1
    *_, last = STEPS.values()
    net = build_net(last, 0, TRAIN.x)
    lecture = build_mlp((10,), (10, 5), 2, activation="sigmoid", seed=0)
    for ours, theirs in zip(net.layers, lecture.layers, strict=True):
        assert (ours.units, ours.activation) == (theirs.units, theirs.activation)
    assert net.optimizer.get_config() | {"name": ""} == lecture.optimizer.get_config() | {
        "name": ""
    }
    lecture.set_weights(net.get_weights())
    ours, theirs = (fit(m, TRAIN.x, TRAIN.y, epochs=2, seed=0).history for m in (net, lecture))
    assert ours == theirs


def test_weights_are_those_that_scikit_learn_draws():
    still = studies.build_mlp_classifier(3, "sgd", learning_rate_init=1e-300, max_iter=1)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        still.fit(TRAIN.x, TRAIN.y)
    drawn = [
        array for layer in zip(still.coefs_, still.intercepts_, strict=True) for array in layer
    ]
    for ours, theirs in zip(initial_weights(BATCH_STEP, 10, seed=3), drawn, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_glorot_weights_are_wider_by_the_root_of_three_and_have_no_biases():
    narrow = initial_weights(BATCH_STEP, 10, seed=3)
    wide = initial_weights(replace(BATCH_STEP, initialization="Glorot"), 10, seed=3)
    for kernel, glorot in zip(narrow[::2], wide[::2], strict=True):
        np.testing.assert_allclose(glorot, np.sqrt(3) * kernel)
    assert not any(bias.any() for bias in wide[1::2])


@pytest.mark.parametrize(
    ("batch_size", "alpha"),
    [
        pytest.param(*case, marks=[] if case in QUICK else pytest.mark.slow)
        for case in product((32, 53, 265), (0.0, 0.01, 1.0))  # 32 leaves a last batch of 9 rows.
    ],
)
def test_keras_follows_the_loss_of_scikit_learn_to_rounding(batch_size, alpha):
    training = replace(BATCH_STEP, batch_size=batch_size, alpha=alpha, epochs=30)
    theirs, ours = losses_of_both(training, TRAIN, seed=1)
    assert theirs[0] - theirs[-1] > 1e-4
    np.testing.assert_allclose(ours, theirs, rtol=2e-6)


def test_an_l2_regularizer_is_the_same_penalty_for_full_batches_only():
    def largest_difference(batch_size):
        training = replace(BATCH_STEP, batch_size=batch_size, alpha=1.0, epochs=10)
        theirs, _ = losses_of_both(training, TRAIN, seed=1)
        net = build_net(replace(training, alpha=0.0), 1, TRAIN.x)
        for layer in net.layers:
            layer.kernel_regularizer = layer.kernel.regularizer = keras.regularizers.L2(
                1.0 / (2 * batch_size)
            )
        arguments = {"epochs": 10, "batch_size": batch_size, "shuffle": False}
        ours = fit(net, TRAIN.x, TRAIN.y, **arguments).history["loss"]
        return np.abs(np.array(ours) / theirs - 1).max()

    assert largest_difference(53) < 2e-6
    assert largest_difference(32) > 1e-3


RIGHT = [
    [[1, 0, 0, 0], [1, 1, 0, 0]],
    [[1, 1, 1, 0], [1, 1, 1, 1]],
    *[[[1, 1, 1, 0], [1, 1, 1, 0]]] * 5,
]
RUNGS = [
    studies.DiabetesNets(name, "x", [0, 1], 171, np.full(2, 0.7), np.array(right, bool), 0.0)
    for name, right in zip(STEPS, RIGHT, strict=True)
]


def test_differences_are_paired_by_seed():
    added = differences(RUNGS)
    assert list(added) == list(STEPS)[1:]
    np.testing.assert_array_equal(added["solver: Adam"], [0.5, 0.5])
    np.testing.assert_array_equal(added["epochs: 1,010"], [0.0, -0.25])
    assert stats.mean_interval(added["solver: Adam"]).excludes(0)
    assert stats.mean_interval(-added["solver: Adam"]).excludes(0)
    assert not stats.mean_interval(added["epochs: 1,010"]).excludes(0)


def test_the_ladder_has_a_row_for_each_step_and_beside_it_its_difference():
    accuracies, added = plot_ladder("diabetes", RUNGS).axes
    names = [label.get_text() for label in accuracies.get_yticklabels()]
    assert names == [START, *(f"+ {name}" for name in list(STEPS)[1:])]
    means = [line for line in added.lines if line.get_marker() == "|"]
    drawn = [np.asarray(line.get_xydata()).tolist() for line in means]
    assert [point for [point] in drawn] == [[0.5, 1], [-0.125, 2], [0, 3], [0, 4], [0, 5], [0, 6]]
