import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from labs import data
from labs.diabetes import Config, build_classifiers, judge_keras_net, judge_mlp_classifier
from labs.studies import DiabetesNets
from tests.labs.quick_run import make_record, read_results, run_quickly, verdicts, without_times
from tests.labs.scripts import run_script

# The trainings here are shorter than what StepDecay waits for.
pytestmark = pytest.mark.filterwarnings("ignore:StepDecay leaves the learning rate")

SMALL = {"epochs": 12, "seeds": 2, "equal_seeds": 2}
CHANGED: dict[str, Any] = {"hidden_units": (20, 20), "activation": "relu", "optimizer": "sgd"}
PICTURES = ["network", "confusion", "curves", "seeds"]


def run_small(folder: Path, **settings: Any) -> Path:
    """Run the lab with fewer iterations of L-BFGS, which else take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labs.diabetes.SLIDE_ITERATIONS", 50)
        return run_quickly("diabetes", folder, **SMALL | settings)


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_small(tmp_path_factory.mktemp("first"), seed=7)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_results(run_directory, found, tmp_path):
    again = run_small(tmp_path, seed=7)
    assert without_times(read_results(again)) == without_times(found)
    assert (again / "seeds.csv").read_bytes() == (run_directory / "seeds.csv").read_bytes()


@pytest.mark.slow
def test_the_script_gives_the_numbers_of_the_lectures_net(run_directory):
    names = run_script(run_directory)
    assert (names["EPOCHS"], set(names["RUN"])) == (12, {"loss", "accuracy"})
    assert names["last"] == pytest.approx(names["RUN"], rel=1e-5)
    saved = keras.saving.load_model(run_directory / "lecture-net" / "model.keras").get_weights()
    for ours, theirs in zip(saved, names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in PICTURES:
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    assert [figure["name"] for figure in found["figures"]] == PICTURES
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    ended = {id: verdicts.pop(id) for id in list(verdicts) if id.startswith("A4-")}
    assert len(ended) == 8
    assert set(ended.values()) == {"not the lecture's settings"}
    assert list(verdicts) == [
        "A1-train",
        "A1-test",
        "A2-parameters",
        "A3-first-loss",
        "A3-second-loss",
        "A3-fourth-loss",
        "A3-fifth-loss",
        "A3-accuracy",
    ]
    assert "not the lecture's settings" not in verdicts.values()
    rows = csv.DictReader((run_directory / "lecture-net" / "history.csv").read_text().splitlines())
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, 13)]
    seeds = csv.DictReader((run_directory / "seeds.csv").read_text().splitlines())
    assert [row["seed"] for row in seeds] == ["7", "8"] * 4


def test_every_net_has_an_interval_that_holds_its_accuracy(found):
    for model in found["models"]:
        low, high = model["test_interval"]
        assert low <= model["test_accuracy"] <= high


def test_the_saved_net_needs_nothing_of_ours_and_scores_what_was_recorded(run_directory, found):
    net = keras.saving.load_model(run_directory / "lecture-net" / "model.keras")
    test = data.load_diabetes().test
    recorded = found["models"][0]
    accuracy = net.evaluate(test.x, test.y, verbose=0)[1]
    assert recorded["test_accuracy"] == pytest.approx(accuracy)
    assert recorded["parameters"] == net.count_params() == 177


def test_step_decay_and_monitor_leave_their_columns(run_directory):
    text = (run_directory / "stepdecay" / "history.csv").read_text()
    assert text.splitlines()[0] == (
        "epoch,loss,accuracy,val_accuracy,val_loss,learning_rate,generalization_gap"
    )


@pytest.mark.slow
def test_another_net_runs_through_and_is_not_judged_by_the_lecture(tmp_path):
    directory = run_small(tmp_path, **CHANGED, epochs=5)
    found = read_results(directory)
    assert {claim["verdict"] for claim in found["claims"]} == {"not the lecture's settings"}
    assert [figure["name"] for figure in found["figures"]] == PICTURES
    parameters = {model["name"]: model["parameters"] for model in found["models"]}
    assert parameters["Keras, SGD"] == parameters["Keras, StepDecay"] == 682
    assert parameters["sklearn, SGD"] == parameters["sklearn, L-BFGS 50"] == 661


def test_classifiers_of_equal_budget_have_the_keras_nets_settings():
    config = Config(**CHANGED, epochs=9, batch_size=1000, seeds=2, equal_seeds=3, seed=5)
    kinds = build_classifiers(config, rows=265)
    settings = [net.get_params() for net in kinds["sklearn, SGD"]]
    assert [net["random_state"] for net in settings] == [5, 6, 7]
    for net in settings:
        assert (net["hidden_layer_sizes"], net["activation"]) == ((20, 20), "relu")
        assert (net["solver"], net["learning_rate_init"], net["momentum"]) == ("sgd", 0.01, 0)
        assert (net["max_iter"], net["n_iter_no_change"], net["batch_size"]) == (9, 9, 265)
    slide = [net.get_params() for net in kinds["the slide's"]]
    assert [net["random_state"] for net in slide] == [0]
    assert (slide[0]["solver"], slide[0]["max_iter"]) == ("lbfgs", 10_000)
    assert len(kinds["sklearn, L-BFGS 10,000"]) == 2


def nets(train, right):
    return DiabetesNets("net", "x", [0], 177, np.array(train), np.array(right, bool), 0.0)


def test_the_slides_mlp_classifier_is_judged_by_its_digits_and_by_other_seeds(tmp_path):
    record = make_record("diabetes", tmp_path)
    slide = nets([0.9962264150943396], [[1, 0, 0, 0]])
    others = nets([0.99, 1.0, 0.995], [[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 0, 0]])
    judge_mlp_classifier(record, slide, others)
    assert verdicts(record) == {"A1-train": "reproduced", "A1-test": "undecided"}
    assert record.results["claims"][1]["measured"] == 0.25


@pytest.mark.parametrize(
    ("epochs", "loss", "accuracy"),
    [
        (1010, "reproduced", "differs"),
        (100, "not the lecture's settings", "not the lecture's settings"),
    ],
)
def test_the_end_of_training_is_judged_only_if_it_was_the_lectures(
    tmp_path, epochs, loss, accuracy
):
    record = make_record("diabetes", tmp_path, epochs=epochs)
    history = {"loss": np.full((2, epochs), 0.5135), "accuracy": np.full((2, epochs), 0.6)}
    history["loss"][:, -4] = 0.6
    sizes = [(10, 10), (10,), (10, 5), (5,), (5, 2), (2,)]
    judge_keras_net(record, [np.zeros(size) for size in sizes], history)
    found = verdicts(record)
    assert (found["A4-loss"], found["A4-accuracy"]) == (loss, accuracy)
    assert (found["A4-second-loss"] == "differs") == (epochs == 1010)
    assert found["A2-parameters"] == "reproduced"
    assert found["A3-fifth-loss"] == "differs"


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
        pytest.param(["--output-dir", "/dev/null/runs"], "/dev/null/runs", marks=pytest.mark.slow),
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
