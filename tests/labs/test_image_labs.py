"""Both image labs, run small on the data that needs no network."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

from labs import data, mnist, records, sign_language
from labs.studies.image_study import Trained, file_name
from tests.labs.quick_run import make_record, read_results, run_quickly, verdicts

SMALL = {
    mnist: {"dataset": "digits", "training_rows": 300, "dense_epochs": 1, "seeds": 2},
    sign_language: {"dataset": "drawn_hands", "training_rows": 480, "dense_epochs": 1},
}
PICTURES = {"samples", "confusion", "recalls", "mistakes", "curves"}


def judge_on(dataset: str, lab: ModuleType, folder: Path, *nets: Any) -> dict[str, str]:
    """Return the verdicts of a lab's published accuracies, had it run on the real data."""
    record = make_record(lab.__name__.split(".")[-1], folder)
    record.results["dataset"] = {"name": dataset}
    lab.judge_published(record, *nets)
    return verdicts(record)


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
    assert len(saved) == (8 if lab is mnist else 9)
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
def test_a_stand_in_judges_no_accuracy_of_the_real_data(runs, lab):
    judged = {claim["id"]: claim["verdict"] for claim in runs[lab][1]["claims"]}
    assert judged.pop("C-one-hot", "reproduced") == "reproduced"
    assert set(judged.values()) == {"not the lecture's settings"}


def test_published_accuracies_are_set_against_the_mean_of_seeds(tmp_path):
    def nets(*accuracies: float) -> list[Trained]:
        kept = [records.ModelResult("net", "keras", test_accuracy=a) for a in accuracies]
        return [Trained("net", {}, result, np.empty((0, 10))) for result in kept]

    def found(short: list[Trained], dropout: list[Trained]) -> dict[str, str]:
        return judge_on("MNIST", mnist, tmp_path, short, dropout)

    judged = found(nets(0.978, 0.979), nets(0.9837, 0.9842))
    assert judged == {"D-5-epochs": "reproduced", "D-dropout": "reproduced"}
    judged = found(nets(0.95, 0.951), nets(0.9815, 0.9825))
    assert judged == {"D-5-epochs": "differs", "D-dropout": "reproduced"}
    assert found(nets(0.9, 0.9), nets(0.9817, 0.9817, 0.9819))["D-dropout"] == "differs"


def test_claims_on_real_hands_are_judged_by_what_was_measured(tmp_path):
    def net(train: float, test: float, low: float, high: float) -> records.ModelResult:
        return records.ModelResult(
            "net", "keras", 1, train, test_accuracy=test, test_interval=(low, high)
        )

    def found(plain: records.ModelResult, best: records.ModelResult) -> dict[str, str]:
        return judge_on("Sign Language MNIST", sign_language, tmp_path, plain, best)

    poor, good = net(1.0, 0.6, 0.59, 0.61), net(1.0, 0.95, 0.94, 0.96)
    assert found(poor, good) == {
        "C-sign-overfits": "reproduced",
        "C-sign-plain": "reproduced",
        "C-sign-convolution": "reproduced",
        "C-sign-mended": "reproduced",
    }
    assert set(found(good, poor).values()) == {"differs"}
    assert found(net(0.7, 0.6, 0.59, 0.61), good)["C-sign-overfits"] == "differs"


@pytest.mark.slow
def test_a_random_split_flatters_the_nearest_neighbor(runs):
    net, neighbor = runs[sign_language][1]["tables"]["splits"]
    assert neighbor["random validation"] > neighbor["grouped validation"] + 0.1
    assert set(net) == set(neighbor)


def test_mlp_classifier_has_a_value_for_each_epoch(runs):
    folder, _ = runs[mnist]
    text = (folder / "mlpclassifier-512-512" / "history.csv").read_text()
    assert text.splitlines()[0] == "epoch,loss,accuracy,val_accuracy"


def test_names_become_file_names():
    assert file_name("dropout .5, seed 0") == "dropout-5-seed-0"
