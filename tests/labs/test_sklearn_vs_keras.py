import csv
import warnings
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labs import data
from labs.errors import InputError
from labs.sklearn_vs_keras import (
    START,
    Config,
    Scores,
    build_mlp_classifier,
    build_net,
    conclude,
    describe_steps,
    differences,
    initial_weights,
    labels,
    ladder,
    largest_switch,
    losses_of_both,
)
from models import build_mlp, fit
from tests.labs.quick_run import read_results, run_quickly

STEPS = ladder(Config(), rows=265)
BATCH_STEP = STEPS["batch: 32"]
TRAIN = data.load_diabetes().train


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    return run_quickly("sklearn_vs_keras", folder, seeds=2, iterations=20, epochs=3)


def test_everything_promised_is_in_the_run_directory(run_directory):
    found = read_results(run_directory)
    assert found["status"] == "done"
    assert (run_directory / "ladder.png").read_bytes().startswith(b"\x89PNG")
    names = list(ladder(Config(epochs=3), 265))
    assert [model["name"] for model in found["models"]] == names
    assert [model["parameters"] for model in found["models"]] == [171] * 6 + [177]
    assert [model["library"] for model in found["models"]] == ["scikit-learn"] + ["keras"] * 6
    assert [row["switch"] for row in found["tables"]["ladder"]] == names
    seeds = list(csv.DictReader((run_directory / "seeds.csv").read_text().splitlines()))
    assert len(seeds) == 14
    by_hand = np.mean([float(row["test"]) for row in seeds if row["switch"] == START])
    assert found["tables"]["ladder"][0]["test"] == pytest.approx(by_hand, abs=1e-4)


def test_each_step_turns_one_switch_and_no_other():
    for before, after in pairwise(STEPS.values()):
        changed = [name for name, value in asdict(before).items() if asdict(after)[name] != value]
        assert len(changed) == 1


def test_the_ladder_leads_from_the_lectures_classifier_to_its_keras_net():
    settings = build_mlp_classifier(STEPS[START], seed=0).get_params()
    assert settings["hidden_layer_sizes"] == (10, 5)
    expected = {"activation": "logistic", "solver": "lbfgs", "alpha": 0.01, "max_iter": 10000}
    assert {name: settings[name] for name in expected} == expected
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
    still = build_mlp_classifier(
        BATCH_STEP, seed=3, solver="sgd", learning_rate_init=1e-300, momentum=0.0, max_iter=1
    )
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


@pytest.mark.parametrize("alpha", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("batch_size", [32, 53, 265])  # 32 leaves a last batch of 9 rows.
def test_keras_follows_the_loss_of_scikit_learn_to_rounding(batch_size, alpha):
    training = replace(BATCH_STEP, batch_size=batch_size, alpha=alpha)
    theirs, ours = losses_of_both(training, TRAIN, seed=1, epochs=30)
    assert theirs[0] - theirs[-1] > 1e-4
    np.testing.assert_allclose(ours, theirs, rtol=2e-6)


def test_an_l2_regularizer_is_the_same_penalty_for_full_batches_only():
    def largest_difference(batch_size):
        training = replace(BATCH_STEP, batch_size=batch_size, alpha=1.0)
        theirs, _ = losses_of_both(training, TRAIN, seed=1, epochs=10)
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


def test_labels_are_the_more_probable_class():
    logistic = np.array([[[0.4], [0.6]]])
    softmax = np.array([[[0.6, 0.4], [0.4, 0.6]]])
    np.testing.assert_array_equal(labels(logistic), [[0, 1]])
    np.testing.assert_array_equal(labels(softmax), [[0, 1]])


def scores(train: float, right: list[list[int]]) -> Scores:
    return Scores(np.full(len(right), train), np.array(right, bool), "x", 171, 0.0)


HAND_MADE = dict(
    zip(
        STEPS,
        [
            scores(1.0, [[1, 0, 0, 0], [1, 1, 0, 0]]),
            scores(0.8, [[1, 1, 1, 0], [1, 1, 1, 1]]),
            *[scores(0.7, [[1, 1, 1, 0], [1, 1, 1, 0]])] * 5,
        ],
        strict=True,
    )
)


def test_differences_are_paired_by_seed():
    added = differences(HAND_MADE)
    assert list(added) == list(STEPS)[1:]
    np.testing.assert_array_equal(added["solver: Adam"], [0.5, 0.5])
    np.testing.assert_array_equal(added["epochs: 1,010"], [0.0, -0.25])
    assert largest_switch(HAND_MADE) == "solver: Adam"
    first, second, third, *_ = describe_steps(HAND_MADE)
    assert "difference" not in first
    assert second["95% interval"] == [0.5, 0.5]
    assert (third["difference"], third["lowest"]) == (-0.125, 0.75)


def test_a_switch_that_does_harm_can_be_the_largest():
    turned = dict(zip(STEPS, reversed(HAND_MADE.values()), strict=True))
    assert largest_switch(turned) == "output: 2 softmax units"


def test_findings_name_the_switch_and_its_numbers():
    total, *_, penalty = conclude(HAND_MADE, STEPS)
    assert "From 0.375 to 0.750" in total
    assert '"solver: Adam" with +0.500 (95% interval +0.500 to +0.500)' in total
    assert "8.3 times" in penalty


@pytest.mark.parametrize(
    ("setting", "value"), [("seeds", 1), ("iterations", 0), ("epochs", 0), ("batch_size", 0)]
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})
