"""Both image labs, run small on the data that needs no network."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import keras
import numpy as np
import pytest

from labs import data, mnist, records, sign_language, stats
from labs.studies.image_study import Trained, file_name
from tests.labs.quick_run import make_record, read_results, run_quickly, verdicts
from tests.labs.scripts import run_script

SMALL = {
    mnist: {"dataset": "digits", "training_rows": 300, "dense_epochs": 1, "seeds": 2},
    sign_language: {
        "dataset": "drawn_hands",
        "training_rows": 480,
        "dense_epochs": 1,
        "convnet_epochs": 1,
        "best_epochs": 1,
        "sklearn_epochs": 2,
    },
}
# Nets of one epoch, whose rate cannot drop.
pytestmark = pytest.mark.filterwarnings("ignore:StepDecay leaves the learning rate as it is")
PICTURES = {"samples", "confusion", "recalls", "mistakes", "curves"}


def run_small(lab: ModuleType, folder: Path) -> Path:
    return run_quickly(lab.__name__.split(".")[-1], folder, **SMALL[lab])


class Runs(dict[ModuleType, tuple[Path, dict]]):
    """Run directory and results of each lab, made when they are asked for."""

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        self.make_folder = make_folder

    def __missing__(self, lab: ModuleType) -> tuple[Path, dict]:
        folder = run_small(lab, self.make_folder("runs"))
        self[lab] = folder, read_results(folder)
        return self[lab]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Runs:
    return Runs(tmp_path_factory.mktemp)


BOTH = pytest.mark.parametrize(
    "lab",
    [mnist, pytest.param(sign_language, marks=pytest.mark.slow)],
    ids=["mnist", "sign_language"],
)


@pytest.mark.slow
@BOTH
def test_the_script_gives_the_numbers_of_the_run(lab, runs):
    names = run_script(runs[lab][0])
    assert {"val_loss", "val_accuracy"} < set(names["RUN"])
    assert names["last"] == pytest.approx(names["RUN"], rel=1e-4)


@BOTH
def test_a_stand_in_is_named_and_every_picture_is_there(runs, lab):
    folder, found = runs[lab]
    assert found["status"] == "done"
    assert "in place of" in found["dataset"]["name"]
    assert {path.stem for path in folder.glob("*.png")} >= PICTURES
    assert len(list(folder.glob("filters-*.png"))) == 2


@BOTH
def test_every_keras_net_is_saved_and_takes_raw_pixels(runs, lab):
    folder, found = runs[lab]
    test = data.load_mnist("digits").test if lab is mnist else data.load_drawn_hands().test
    saved = [model for model in found["models"] if model["library"] == "keras"]
    assert len(saved) == 10
    for model in (saved[0], saved[-1]):
        net = keras.saving.load_model(folder / file_name(model["name"]) / "model.keras")
        accuracy = np.mean(net.predict(test.x, verbose=0).argmax(axis=1) == test.y)
        assert model["test_accuracy"] == pytest.approx(accuracy)
        assert model["parameters"] == net.count_params()


@BOTH
def test_a_net_trained_on_all_rows_has_no_validation_accuracy(runs, lab):
    without = [m["name"] for m in runs[lab][1]["models"] if m["validation_accuracy"] is None]
    assert without == ["convnet" if lab is mnist else "best recipe, all rows"]


@BOTH
def test_only_nets_trained_alike_are_compared(runs, lab):
    said = [sentence for sentence in runs[lab][1]["findings"] if " against " in sentence]
    assert any("MLPClassifier" in sentence and " epochs" in sentence for sentence in said)
    assert not any("recipe, all rows" in sentence or "convnet" in sentence for sentence in said)


@BOTH
def test_the_best_net_is_named_for_prediction(runs, lab):
    folder, found = runs[lab]
    assert (folder / found["best_model"] / "model.keras").is_file()
    assert found["best_model"] == ("convnet" if lab is mnist else "best-recipe-all-rows")


@BOTH
def test_a_stand_in_judges_no_accuracy_of_the_real_data(runs, lab):
    judged = {claim["id"]: claim["verdict"] for claim in runs[lab][1]["claims"]}
    assert set(judged.values()) <= {"not the lecture's settings"}


def net(accuracy: float, train: float = 1.0) -> Trained:
    interval = (accuracy - 0.02, min(accuracy + 0.02, 1.0))
    result = records.ModelResult(
        "net", "keras", 1, train, test_accuracy=accuracy, test_interval=interval
    )
    return Trained("net", {}, result, np.empty((0, 10)))


def test_dropout_and_decay_are_set_against_the_plain_net_of_the_same_seed():
    kinds = {
        mnist.SHORT: [net(0.97), net(0.972)],
        mnist.PLAIN: [net(0.98), net(0.982)],
        mnist.DROPPED: [net(0.983), net(0.985)],
        mnist.DECAYED: [net(0.981), net(0.980)],
    }
    rows = {row["net"]: row for row in mnist.tabulate_added(kinds)}
    assert "added" not in rows[mnist.SHORT]
    assert "added" not in rows[mnist.PLAIN]
    assert rows[mnist.DROPPED]["added"] == pytest.approx(0.003)
    assert rows[mnist.DROPPED]["its 95% interval"] == pytest.approx((0.003, 0.003))
    low, high = rows[mnist.DECAYED]["its 95% interval"]
    assert low < 0 < high


@pytest.mark.parametrize(
    ("plain", "mended", "overfits", "mends"),
    [
        (net(0.6), net(0.95), "reproduced", "reproduced"),
        (net(0.95), net(0.6), "differs", "differs"),
        (net(0.6, train=0.7), net(0.601), "differs", "undecided"),
    ],
)
def test_claims_on_real_hands_are_judged_by_what_was_measured(
    tmp_path, plain, mended, overfits, mends
):
    record = make_record("sign_language", tmp_path)
    record.results["dataset"] = {"name": "Sign Language MNIST"}
    gained = mended.result.test_accuracy - plain.result.test_accuracy
    study = SimpleNamespace(record=record, compare=lambda a, b: stats.Difference(gained, 0.01, 99))
    sign_language.judge_exercise(cast(Any, study), plain, mended)
    assert verdicts(record) == {"C-sign-overfits": overfits, "C-sign-convolution": mends}


@pytest.mark.slow
def test_a_random_split_flatters_the_nearest_neighbor(runs):
    net, neighbor = runs[sign_language][1]["tables"]["splits"]
    assert neighbor["random validation"] > neighbor["grouped validation"] + 0.1
    assert set(net) == set(neighbor)


@pytest.mark.slow
def test_mlp_classifier_has_a_value_for_each_epoch(runs):
    folder, _ = runs[mnist]
    text = (folder / "mlpclassifier-512-512" / "history.csv").read_text()
    assert text.splitlines()[0] == "epoch,loss,accuracy,val_accuracy"


def test_names_become_file_names():
    assert file_name("dropout .5, seed 0") == "dropout-5-seed-0"


@pytest.mark.slow
@pytest.mark.parametrize("lab", ["mnist", "sign_language", "overfitting"])
def test_a_quick_run_on_the_real_data_finishes(real_data, tmp_path, lab):
    found = read_results(run_quickly(lab, tmp_path))
    assert found["status"] == "done"
    if lab == "sign_language":
        reached = {model["name"]: model["test_accuracy"] for model in found["models"]}
        assert reached["MNIST net"] > 0.15  # Not chance, of 24 letters.
