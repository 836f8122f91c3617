import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from labs import data
from labs.diabetes import Config, Nets, check_lecture_net, check_mlp_classifier, compare
from labs.errors import InputError
from models import fitting_estimators
from tests.labs.quick_run import read_results, run_quickly, without_times

SMALL = {"epochs": 12, "seeds": 2, "adam_seeds": 2, "lbfgs_iterations": (10, 20)}


def run_small(folder: Path, seed: int) -> Path:
    return run_quickly("diabetes", folder, seed=seed, **SMALL)


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_small(tmp_path_factory.mktemp("first"), seed=7)


def test_the_same_seed_gives_the_same_results(run_directory, tmp_path):
    again = run_small(tmp_path, seed=7)
    assert without_times(read_results(again)) == without_times(read_results(run_directory))
    assert (again / "seeds.csv").read_bytes() == (run_directory / "seeds.csv").read_bytes()


def test_everything_promised_is_in_the_run_directory(run_directory):
    for picture in ("curves", "seeds", "network", "confusion"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    found = read_results(run_directory)
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    assert [claim["id"] for claim in found["claims"]] == [
        "A1-train",
        "A1-test",
        "A2-parameters",
        "A3-first-loss",
        "A3-fifth-loss",
        "A3-accuracy",
    ]
    rows = csv.DictReader((run_directory / "lecture-net" / "history.csv").read_text().splitlines())
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, 13)]


def test_every_net_has_an_interval_that_holds_its_accuracy(run_directory):
    for model in read_results(run_directory)["models"]:
        low, high = model["test_interval"]
        assert low <= model["test_accuracy"] <= high


def test_the_saved_net_needs_nothing_of_ours_and_scores_what_was_recorded(run_directory):
    net = keras.saving.load_model(run_directory / "lecture-net" / "model.keras")
    test = data.load_diabetes().test
    recorded = read_results(run_directory)["models"][0]
    accuracy = net.evaluate(test.x, test.y, verbose=0)[1]
    assert recorded["test_accuracy"] == pytest.approx(accuracy)
    assert recorded["parameters"] == net.count_params() == 177


def test_step_decay_and_monitor_leave_their_columns(run_directory):
    text = (run_directory / "stepdecay" / "history.csv").read_text()
    assert text.splitlines()[0] == (
        "epoch,loss,accuracy,val_accuracy,val_loss,learning_rate,generalization_gap"
    )


def nets(name, train, right):
    return Nets(name, "x", 177, np.array(train), np.array(right, bool), 0.0)


def test_the_slides_mlp_classifier_is_judged_by_its_digits_and_by_other_seeds():
    slide = nets("slide", [0.9962264150943396], [[1, 0, 0, 0]])
    kind = nets("kind", [0.99, 1.0, 0.995], [[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 0, 0]])
    train, test = check_mlp_classifier(slide, kind)
    assert train.verdict == "reproduced"
    assert test.verdict == "within noise"
    assert test.measured == 0.25


def test_the_end_of_training_is_judged_only_if_it_was_reached():
    history = {"loss": np.full((2, 1010), 0.5135), "accuracy": np.full((2, 1010), 0.6)}
    lecture = nets("net", [1], [[1]])
    ids = {claim.id: claim for claim in check_lecture_net(history, lecture, Config())}
    assert ids["A4-loss"].verdict == "reproduced"
    assert ids["A4-accuracy"].verdict == "differs"
    assert ids["A2-parameters"].verdict == "reproduced"
    short = check_lecture_net(history, lecture, Config(epochs=100))
    assert not [claim for claim in short if claim.id.startswith("A4")]


def test_a_difference_is_claimed_only_where_mcnemar_shows_one():
    right, half = np.ones((1, 40)), np.arange(40)[None] % 2
    assert "A is better" in compare(nets("A", [1], right), nets("B", [1], half))
    assert "A is better" in compare(nets("B", [1], half), nets("A", [1], right))
    assert "no difference can be shown" in compare(nets("A", [1], half), nets("B", [1], 1 - half))


def test_estimators_come_back_in_order_with_their_parameters():
    from sklearn.dummy import DummyClassifier
    from sklearn.neural_network import MLPClassifier

    x, y = np.eye(4), np.array([0, 1, 1, 1])
    estimators = [MLPClassifier((3,), max_iter=2), DummyClassifier()]
    with fitting_estimators(estimators, x, y, x[:2]) as fits:
        first, second = fits
    assert first.parameters == 4 * 3 + 3 + 3 + 1
    assert second.parameters is None
    assert list(second.train_labels) == [1, 1, 1, 1]
    assert list(second.test_labels) == [1, 1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("epochs", -1),
        ("batch_size", 0),
        ("seeds", 1),
        ("lbfgs_iterations", ()),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("validation_fraction", 1.0),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})


def test_ctrl_c_leaves_one_line_status_130_and_a_readable_record(tmp_path):
    command = [sys.executable, "-m", "labs.diabetes", "--output-dir", str(tmp_path)]
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    lab = subprocess.Popen(
        [*command, "--epochs", "1000000"], stderr=subprocess.PIPE, text=True, env=environment
    )
    while not list(tmp_path.glob("diabetes/*/results.json")):
        assert lab.poll() is None
        time.sleep(0.05)
    time.sleep(5)  # By now nets are trained here and in other processes.
    lab.send_signal(signal.SIGINT)
    _, written = lab.communicate(timeout=60)
    assert lab.returncode == 130
    assert written.startswith("Interrupted. What was finished is kept in")
    assert written.count("\n") == 1
    (directory,) = tmp_path.glob("diabetes/*")
    assert read_results(directory)["status"] == "interrupted"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "-3"], "--epochs must be 5 or more, got -3"),
        (["--epoch", "3"], "Did you mean --epochs?"),
        (["--output-dir", "/dev/null/runs"], "/dev/null/runs"),
    ],
)
def test_bad_input_getsone_line_and_status_2(arguments, message):
    ended = subprocess.run(
        [sys.executable, "-m", "labs.diabetes", *arguments], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""
