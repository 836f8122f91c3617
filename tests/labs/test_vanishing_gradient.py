import json
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest

from labs import data, results, vanishing_gradient
from labs.errors import InputError
from labs.vanishing_gradient import EXPLODING, FAILING, SETTINGS, Config, Outcome, Setting

SMALL = {"hidden_layers": 3, "epochs": 1, "seeds": 2}
IDS = [
    *("A-vanishing", "C-sigmoid-vanishing", "E-initialization-xavier", "E-initialization-he"),
    *("E-early-layers", "E-remedy-batch-normalization", "E-remedy-initialization"),
    *("E-remedy-activation", "E-remedy-clipping", "E-initialization-random"),
    *("E-different-ends", "E-bias-zero"),
]


def run_small(folder: Path) -> Path:
    config = Config.for_quick_run(output_dir=folder, **SMALL)
    with results.RunRecord("vanishing_gradient", config, "replay") as record:
        vanishing_gradient.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_small(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def digits() -> data.Dataset:
    return data.load_mnist("digits")


@pytest.fixture(scope="module")
def probe(digits) -> data.Part:
    return digits.train.take(np.arange(50))


def read_results(directory: Path) -> dict:
    return json.loads((directory / "results.json").read_text())


def test_everything_promised_is_in_the_run_directory(run_directory):
    for picture in ("gradients", "remedies"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    for net in ("failing", "mended"):
        assert (run_directory / net / "history.csv").read_text().startswith("epoch,loss,accuracy")
    found = read_results(run_directory)
    assert [claim["id"] for claim in found["claims"]] == IDS
    assert len(found["tables"]["ranking"]) == len(SETTINGS)
    assert [row["hidden layers"] for row in found["tables"]["depths"]] == [1, 2, 4, 8, 16]


def test_verdicts_that_need_no_training(run_directory):
    verdicts = {claim["id"]: claim["verdict"] for claim in read_results(run_directory)["claims"]}
    for name in ("A-vanishing", "C-sigmoid-vanishing", *IDS[2:4]):
        assert verdicts[name] == "reproduced", name


def test_the_same_seed_gives_the_same_training(digits):
    config = Config.for_quick_run(**SMALL)
    settings = [Setting("tanh", "Xavier"), Setting("tanh", "constant")]
    first, again = (vanishing_gradient.train_together(settings, digits, config) for _ in range(2))
    for setting in settings:
        assert np.array_equal(first[setting].losses, again[setting].losses)
    random, constant = (first[setting] for setting in settings)
    assert constant.spread < 1e-6 < random.spread
    assert np.ptp(random.losses) > 0  # Different starts.
    assert np.ptp(constant.losses) < np.ptp(random.losses)  # Their output layers differ still.
    assert (random.moves > 0).all()


@pytest.mark.parametrize("setting", [FAILING, Setting("tanh", "He"), Setting("relu", "Xavier")])
def test_gradients_by_hand_are_those_that_the_monitor_sees(setting, probe):
    config = Config(hidden_layers=3)
    net = vanishing_gradient.draw_start(setting, 0, config, 3)
    by_hand = vanishing_gradient.layer_norms(vanishing_gradient.differentiate(net, probe))
    seen = vanishing_gradient.monitor(setting, probe, config)
    assert by_hand == pytest.approx(seen, rel=1e-3)


def test_a_net_has_what_its_setting_says():
    config = Config(hidden_layers=3)
    net = vanishing_gradient.build_net(
        Setting("tanh", "He", batch_norm=True, clipped=True, random_biases=True), 0, config
    )
    kinds = [type(layer) for layer in net.layers]
    assert kinds.count(keras.layers.BatchNormalization) == 3
    assert net.optimizer.global_clipnorm == 1.0
    assert net.get_layer("dense_1").bias.numpy().std() > 0.5
    plain = vanishing_gradient.build_net(FAILING, 0, config)
    assert not plain.get_layer("dense_1").bias.numpy().any()
    assert plain.get_layer("dense_2").kernel.numpy().std() == pytest.approx(0.05, rel=0.1)
    assert plain.optimizer.global_clipnorm is None


def test_settings_of_one_program_differ_in_the_start_only():
    order = [(s.activation, s.batch_norm, s.clipped) for s in SETTINGS]
    changes = sum(a != b for a, b in pairwise(order))
    assert changes + 1 == len(set(order))


def outcome(*accuracies: float) -> Outcome:
    test = np.array(accuracies)
    labels = np.arange(2 * len(test)).reshape(len(test), 2)
    return Outcome(test, labels, test, 0.0, np.array([0.0, 1.0]), {})


def all_alike() -> dict[Setting, Outcome]:
    return {s: outcome(0.1, 0.11, 0.1) for s in SETTINGS}


def test_remedies_that_change_nothing_differ_from_the_lecture():
    verdicts = {c.id: c.verdict for c in vanishing_gradient.check_remedies(all_alike())}
    assert set(verdicts.values()) == {"differs"}


def test_a_remedy_that_helps_in_every_start_is_reproduced():
    outcomes = all_alike() | {FAILING._replace(clipped=True): outcome(0.8, 0.9, 0.85)}
    verdicts = {c.id: c.verdict for c in vanishing_gradient.check_remedies(outcomes)}
    assert verdicts.pop("E-remedy-clipping") == "reproduced"
    assert set(verdicts.values()) == {"differs"}


def test_ends_that_are_all_the_same_contradict_the_lecture():
    same = outcome(0.5, 0.5, 0.5)._replace(labels=np.ones((3, 4)))
    outcomes = all_alike() | {Setting("tanh", "Xavier"): same}
    verdicts = {c.id: c.verdict for c in vanishing_gradient.check_starts(outcomes)}
    assert verdicts["E-different-ends"] == "differs"


def test_early_layers_that_move_contradict_the_lecture():
    outcomes = all_alike()
    assert vanishing_gradient.check_early_layers(outcomes).verdict == "reproduced"
    outcomes[FAILING] = outcomes[FAILING]._replace(moves=np.array([0.5, 1.0]))
    assert vanishing_gradient.check_early_layers(outcomes).verdict == "differs"


def test_the_best_setting_is_ranked_first():
    outcomes = all_alike() | {EXPLODING: outcome(0.7, 0.8, 0.9)}
    first = vanishing_gradient.rank(outcomes)[0]
    assert first["setting"] == "relu, large"
    assert first["test accuracy"] == 0.8


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("hidden_layers", 1),
        ("hidden_layers", 17),
        ("epochs", 0),
        ("seeds", 1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})
