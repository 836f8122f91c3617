from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest

from labs import data, deep_nets
from labs.deep_nets import (
    EXPLODING,
    FAILING,
    LEARNING,
    SETTINGS,
    Config,
    Outcome,
    Setting,
    Watched,
)
from labs.errors import InputError
from tests.labs.quick_run import read_results, run_quickly

SMALL = {"hidden_layers": 3, "epochs": 1, "seeds": 2}
IDS = [
    *("E-remedy-batch-normalization", "E-remedy-initialization", "E-remedy-activation"),
    *("E-remedy-clipping", "E-initialization-random", "E-different-ends", "E-bias-zero"),
    "E-early-layers",
]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("deep_nets", tmp_path_factory.mktemp("run"), **SMALL)


@pytest.fixture(scope="module")
def digits() -> data.Dataset:
    return data.load_digits()


def test_everything_promised_is_in_the_run_directory(run_directory):
    for picture in ("gradients", "remedies"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    for net in ("sigmoid-random", "sigmoid-random-batch-norm", "relu-he"):
        columns = (run_directory / net / "history.csv").read_text().splitlines()[0]
        assert "gradient_norm/dense_1" in columns
    found = read_results(run_directory)
    assert [claim["id"] for claim in found["claims"]] == IDS
    assert len(found["tables"]["ranking"]) == len(SETTINGS)


def test_the_same_seed_gives_the_same_training(digits):
    config = Config.for_quick_run(**SMALL)
    settings = [Setting("tanh", "Xavier"), Setting("tanh", "constant")]
    first, again = (deep_nets.train_together(settings, digits, config) for _ in range(2))
    for setting in settings:
        assert np.array_equal(first[setting].losses, again[setting].losses)
    random, constant = (first[setting] for setting in settings)
    assert constant.spread < 1e-6 < random.spread
    assert np.ptp(random.losses) > 0  # Different starts.
    assert np.ptp(constant.losses) < np.ptp(random.losses)  # Their output layers differ still.


def test_a_watched_net_is_the_first_of_its_setting(digits):
    config = Config.for_quick_run(**SMALL)
    watched = deep_nets.watch(LEARNING, digits, config)
    outcome = deep_nets.train_together([LEARNING], digits, config)[LEARNING]
    assert watched.history["loss"][-1] == pytest.approx(outcome.losses[0], rel=1e-3)
    assert watched.gradients.shape == (4, 1)
    assert (watched.moves > 0).all()


def test_a_net_has_what_its_setting_says():
    config = Config(hidden_layers=3)
    net = deep_nets.build_net(
        Setting("tanh", "He", batch_norm=True, clipped=True, random_biases=True), 0, config
    )
    kinds = [type(layer) for layer in net.layers]
    assert kinds.count(keras.layers.BatchNormalization) == 3
    assert net.optimizer.global_clipnorm == 1.0
    assert net.get_layer("dense_1").bias.numpy().std() > 0.5
    plain = deep_nets.build_net(FAILING, 0, config)
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
    return Outcome(test, labels, test, 0.0)


def all_alike() -> dict[Setting, Outcome]:
    return {s: outcome(0.1, 0.11, 0.1) for s in SETTINGS}


def test_remedies_that_change_nothing_differ_from_the_lecture():
    verdicts = {c.id: c.verdict for c in deep_nets.check_remedies(all_alike())}
    assert set(verdicts.values()) == {"differs"}


def test_a_remedy_that_helps_in_every_start_is_reproduced():
    outcomes = all_alike() | {FAILING._replace(clipped=True): outcome(0.8, 0.9, 0.85)}
    verdicts = {c.id: c.verdict for c in deep_nets.check_remedies(outcomes)}
    assert verdicts.pop("E-remedy-clipping") == "reproduced"
    assert set(verdicts.values()) == {"differs"}


def test_ends_that_are_all_the_same_contradict_the_lecture():
    same = outcome(0.5, 0.5, 0.5)._replace(labels=np.ones((3, 4)))
    outcomes = all_alike() | {Setting("tanh", "Xavier"): same}
    verdicts = {c.id: c.verdict for c in deep_nets.check_starts(outcomes)}
    assert verdicts["E-different-ends"] == "differs"


def test_early_layers_that_move_contradict_the_lecture():
    still, moved = (Watched({}, np.ones((2, 1)), np.array([way, 1.0])) for way in (1e-6, 0.5))
    claims = [deep_nets.check_early_layers({FAILING: w, LEARNING: moved}) for w in (still, moved)]
    assert [claim.verdict for claim in claims] == ["reproduced", "differs"]


def test_the_best_setting_is_ranked_first():
    outcomes = all_alike() | {EXPLODING: outcome(0.7, 0.8, 0.9)}
    first = deep_nets.rank(outcomes)[0]
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
