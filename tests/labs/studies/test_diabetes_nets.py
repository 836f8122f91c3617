import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from labs import data, studies
from labs.sklearn_vs_keras import EPSILON, Training, build_net
from labs.studies.diabetes_nets import DiabetesNets, labels
from models import build_mlp, fit
from tests.labs.quick_run import make_record

PATIENTS = data.load_diabetes()
HALF = [True, False] * 20


def nets(name, train, right, seeds=(7, 8)):
    return DiabetesNets(name, "x", seeds, 177, np.array(train), np.array(right, bool), 0.5)


TWO = nets("A", [0.5, 0.75], [[1, 1, 1, 0], [1, 1, 0, 0]])


def test_the_first_net_has_its_own_accuracy_and_an_interval_around_it():
    first = TWO.first()
    assert (first.name, first.parameters, first.seconds) == ("A", 177, 0.5)
    assert (first.train_accuracy, first.test_accuracy) == (0.5, 0.75)
    assert first.test_interval.low < 0.75 < first.test_interval.high


def test_all_nets_make_one_row_and_each_of_them_one():
    row = TWO.row()
    assert (row["seeds"], row["train"], row["test"]) == (2, 0.625, 0.625)
    assert (row["lowest"], row["highest"]) == (0.5, 0.75)
    low, high = row["95% interval of the mean"]
    assert low < 0.625 < high
    assert list(TWO.each_seed()) == [
        {"kind": "A", "seed": 7, "train": 0.5, "test": 0.75},
        {"kind": "A", "seed": 8, "train": 0.75, "test": 0.5},
    ]


def test_a_rule_without_seeds_has_no_interval_over_them_and_no_row_for_each():
    rule = nets("rule", [0.5], [[1, 0]], seeds=[])
    assert rule.row()["95% interval of the mean"] is None
    assert list(rule.each_seed()) == []


def test_a_difference_is_claimed_only_where_it_is_shown():
    right, half = nets("A", [1], [[True] * 40]), nets("B", [1], [HALF])
    (said,) = right.against(half)
    assert said.startswith("A against B on any 40 such rows (1 and 1 nets)")
    assert "A is better" in said
    assert "A is better" in half.against(right)[0]
    other = nets("A", [1], [HALF[::-1]])
    assert "no difference shown; it is smaller than 0." in half.against(other)[0]


def test_nets_from_several_seeds_are_compared_on_these_rows_and_on_others():
    luck = [[True] * (30 + seed) + [False] * (10 - seed) for seed in range(4)]
    these, any_such = nets("A", [1] * 4, luck).against(
        nets("B", [1] * 4, [row[::-1] for row in luck])
    )
    assert these.startswith("A against B on these 40 test rows (4 and 4 nets): +0.0000")
    assert any_such.startswith("A against B on any 40 such rows (4 and 4 nets): +0.0000")


def test_the_record_has_the_first_nets_the_kinds_and_all_nets(tmp_path):
    record = make_record("sklearn_vs_keras", tmp_path)
    studies.add_nets(record, "kinds", TWO, nets("rule", [0.5], [[1, 0]], seeds=[]))
    assert [model["name"] for model in record.results["models"]] == ["A", "rule"]
    assert [row["kind"] for row in record.results["tables"]["kinds"]] == ["A", "rule"]
    assert [row["seed"] for row in record.results["tables"]["seeds"]] == [7, 8]
    assert record.results["unprinted"] == ["seeds"]


def test_seeds_stay_within_what_scikit_learn_takes():
    assert studies.seeds_from(3, 2) == [3, 4]
    assert studies.seeds_from(2**32 - 1, 3) == [2**32 - 1, 0, 1]


def test_labels_are_the_more_probable_class():
    logistic = np.array([[[0.4], [0.6]]])
    softmax = np.array([[[0.6, 0.4], [0.4, 0.6]]])
    np.testing.assert_array_equal(labels(logistic), [[0, 1]])
    np.testing.assert_array_equal(labels(softmax), [[0, 1]])


def test_the_mlp_classifier_is_the_lectures_unless_told_otherwise():
    settings = studies.build_mlp_classifier(3, "lbfgs", max_iter=9).get_params()
    expected = {
        "hidden_layer_sizes": (10, 5),
        "activation": "logistic",
        "solver": "lbfgs",
        "alpha": 0.01,
        "max_iter": 9,
        "random_state": 3,
    }
    assert {name: settings[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("optimizer", "own"),
    [("adam", {"epsilon": EPSILON}), pytest.param("sgd", {}, marks=pytest.mark.slow)],
)
def test_optimizers_are_those_that_keras_has_by_name(optimizer, own):
    train, alike = PATIENTS.train, dict[str, Any](batch_size=53, shuffle=False)
    net = build_net(Training("Adam", 5, 53, "scikit-learn", 0.0, outputs=1), 1, train.x)
    net.compile(optimizer=optimizer, loss="binary_crossentropy")
    ours = fit(net, train.x, train.y, epochs=5, **alike).history["loss"]
    theirs = studies.build_mlp_classifier(1, optimizer, alpha=0.0, max_iter=5, **alike, **own)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        theirs.fit(train.x, train.y)
    np.testing.assert_allclose(ours, theirs.loss_curve_, rtol=2e-6)
    assert ours[0] != pytest.approx(ours[-1], rel=1e-5)


def test_classifiers_come_back_by_kind_with_their_seeds(tmp_path):
    kinds = {
        "nets": [MLPClassifier((2,), max_iter=2, random_state=seed) for seed in (4, 5)],
        "commonest": [DummyClassifier()],
    }
    record = make_record("sklearn_vs_keras", tmp_path)
    with studies.fitting_classifiers(kinds, PATIENTS, record) as wait:
        two, rule = wait()
    assert (two.name, two.seeds, two.parameters) == ("nets", [4, 5], 10 * 2 + 2 + 2 + 1)
    assert (rule.name, rule.seeds, rule.parameters) == ("commonest", [], None)
    assert two.right.shape == (2, len(PATIENTS.test))
    majority = np.bincount(PATIENTS.train.y).argmax()
    assert rule.train == [np.mean(PATIENTS.train.y == majority)]
    assert rule.test == [np.mean(PATIENTS.test.y == majority)]


@pytest.mark.parametrize("batch_size", [32, pytest.param(1000, marks=pytest.mark.slow)])
def test_keras_nets_are_scored_on_both_parts(tmp_path, batch_size):
    def build(seed, x):
        return build_mlp(x.shape[1:], (3,), 2, seed=seed)

    replicas, trained = studies.train_keras_nets(
        "Keras",
        build,
        PATIENTS,
        make_record("sklearn_vs_keras", tmp_path),
        seeds=[1, 2],
        epochs=2,
        batch_size=batch_size,
    )
    assert (trained.name, trained.seeds, trained.parameters) == ("Keras", [1, 2], 41)
    for number in range(2):
        net = replicas.model(number)
        for part, accuracy in ((PATIENTS.train, trained.train), (PATIENTS.test, trained.test)):
            found = net.evaluate(part.x, part.y, verbose=0)[1]
            assert accuracy[number] == pytest.approx(found)
