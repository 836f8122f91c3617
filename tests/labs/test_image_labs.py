"""Both image labs, run small on the data that needs no network."""

from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from labs import data, mnist, records, sign_language
from labs.errors import InputError
from labs.studies.image_study import Trained, file_name
from tests.labs.quick_run import read_results, run_quickly

SMALL = {
    mnist: {"dataset": "digits", "training_rows": 300, "dense_epochs": 1, "seeds": 2},
    sign_language: {"dataset": "drawn_hands", "training_rows": 480, "dense_epochs": 1},
}
PICTURES = {"samples", "confusion", "recalls", "mistakes", "curves"}


def run_small(lab: ModuleType, folder: Path) -> Path:
    return run_quickly(lab.__name__.split(".")[-1], folder, **SMALL[lab])


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[ModuleType, tuple[Path, dict]]:
    folders = {lab: run_small(lab, tmp_path_factory.mktemp("runs")) for lab in SMALL}
    return {lab: (folder, read_results(folder)) for lab, folder in folders.items()}


@pytest.mark.parametrize("lab", SMALL, ids=lambda lab: lab.__name__)
def test_a_stand_in_is_named_and_every_picture_is_there(runs, lab):
    folder, found = runs[lab]
    assert found["status"] == "done"
    assert "in place of" in found["dataset"]["name"]
    assert {path.stem for path in folder.glob("*.png")} >= PICTURES
    assert len(list(folder.glob("filters-*.png"))) == 2


@pytest.mark.parametrize("lab", SMALL, ids=lambda lab: lab.__name__)
def test_every_keras_net_is_saved_and_takes_raw_pixels(runs, lab):
    folder, found = runs[lab]
    test = data.load_mnist("digits").test if lab is mnist else data.load_drawn_hands().test
    saved = [model for model in found["models"] if model["library"] == "keras"]
    assert len(saved) == 8
    for model in (saved[0], saved[-1]):
        net = keras.saving.load_model(folder / file_name(model["name"]) / "model.keras")
        accuracy = np.mean(net.predict(test.x, verbose=0).argmax(axis=1) == test.y)
        assert model["test_accuracy"] == pytest.approx(accuracy)
        assert model["parameters"] == net.count_params()


@pytest.mark.parametrize("lab", SMALL, ids=lambda lab: lab.__name__)
def test_a_net_trained_on_all_rows_has_no_validation_accuracy(runs, lab):
    without = [m["name"] for m in runs[lab][1]["models"] if m["validation_accuracy"] is None]
    assert without == ["convnet" if lab is mnist else "best recipe, all rows"]


def test_one_hot_and_integer_labels_give_one_loss(runs):
    (claim,) = runs[mnist][1]["claims"]
    assert (claim["id"], claim["verdict"]) == ("C-one-hot", "reproduced")


def test_published_accuracies_are_not_judged_on_other_data(runs):
    assert not [claim for claim in runs[mnist][1]["claims"] if claim["id"].startswith("D")]
    assert runs[sign_language][1]["claims"] == []


def test_published_accuracies_are_set_against_the_mean_of_seeds():
    def nets(*accuracies: float) -> list[Trained]:
        kept = [records.ModelResult("net", "keras", test_accuracy=a) for a in accuracies]
        return [Trained("net", {}, result, np.empty((0, 10))) for result in kept]

    def verdicts(short: list[Trained], dropout: list[Trained]) -> dict[str, str]:
        return {c.id: c.verdict for c in mnist.check_published(short, dropout, mnist.Config())}

    found = verdicts(nets(0.978, 0.979), nets(0.9837, 0.9842))
    assert found == {"D-5-epochs": "reproduced", "D-dropout": "reproduced"}
    found = verdicts(nets(0.95, 0.951), nets(0.9815, 0.9825))
    assert found == {"D-5-epochs": "differs", "D-dropout": "reproduced"}
    assert verdicts(nets(0.9, 0.9), nets(0.9817, 0.9817, 0.9819))["D-dropout"] == "differs"


def test_claims_on_real_hands_are_judged_by_what_was_measured():
    def net(train: float, test: float, low: float, high: float) -> records.ModelResult:
        return records.ModelResult(
            "net", "keras", 1, train, test_accuracy=test, test_interval=(low, high)
        )

    def verdicts(plain: records.ModelResult, best: records.ModelResult) -> dict[str, str]:
        return {c.id: c.verdict for c in sign_language.check_published(plain, best)}

    poor, good = net(1.0, 0.6, 0.59, 0.61), net(1.0, 0.95, 0.94, 0.96)
    assert verdicts(poor, good) == {
        "C-sign-overfits": "reproduced",
        "C-sign-plain": "reproduced",
        "C-sign-convolution": "reproduced",
        "C-sign-mended": "reproduced",
    }
    assert set(verdicts(good, poor).values()) == {"differs"}
    assert verdicts(net(0.7, 0.6, 0.59, 0.61), good)["C-sign-overfits"] == "differs"


def test_a_random_split_flatters_the_nearest_neighbor(runs):
    net, neighbor = runs[sign_language][1]["tables"]["splits"]
    assert neighbor["random validation"] > neighbor["grouped validation"] + 0.1
    assert set(net) == set(neighbor)


def test_mlp_classifier_has_a_value_for_each_epoch(runs):
    folder, _ = runs[sign_language]
    text = (folder / "mlpclassifier-512-512" / "history.csv").read_text()
    assert text.splitlines()[0] == "epoch,loss,accuracy,val_accuracy"


@pytest.mark.parametrize(
    ("config", "setting", "value"),
    [
        (mnist.Config, "seeds", 1),
        (mnist.Config, "convnet_epochs", 0),
        (sign_language.Config, "training_rows", -1),
        (sign_language.Config, "validation_fraction", 0.9),
    ],
)
def test_settings_that_cannot_be_used_are_refused(config, setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        config(**{setting: value})


def test_names_become_file_names():
    assert file_name("dropout .5, seed 0") == "dropout-5-seed-0"
