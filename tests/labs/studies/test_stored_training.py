import json
import shutil

import numpy as np
import pytest

import callbacks
import models
from labs.data import npz_files
from labs.errors import InputError
from labs.studies import stored_training
from labs.studies.stored_training import StoredTraining
from tests.models.nets import BreaksAt

EPOCHS = 6


def rows():
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (60, 8, 8)).astype("uint8"), rng.integers(0, 3, 60)


def train(path, stop_at=None):
    """Train with all that has a state, up to an epoch, and return net, history and report."""
    x, y = rows()
    net = models.build_mlp((8, 8), (8,), 3, scale=1 / 255, dropout=0.3, seed=0)
    augment = models.RandomChanges(shift=1, contrast=0.1, brightness=0.1, erase=0.1, seed=1)
    monitor = callbacks.OverfittingMonitor("record")
    others = [callbacks.StepDecay(0.5, every=2), monitor]
    stored = StoredTraining(path, net, (x[:1], y[:1]), others, augment)
    models.fit(
        net,
        x[:40],
        y[:40],
        epochs=EPOCHS,
        initial_epoch=stored.initial_epoch,
        validation_data=(x[40:], y[40:]),
        callbacks=[*others, stored, BreaksAt(stop_at)],
        augment=augment,
        seed=0,
    )
    return net, stored.history, monitor.report


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that never stopped, and its file."""
    path = tmp_path_factory.mktemp("whole") / "own.npz"
    return path, *train(path)


@pytest.fixture
def path(whole, tmp_path):
    """A file of one's own of that training."""
    return shutil.copy(whole[0], tmp_path / "own.npz")


def assert_same_training(found, expected):
    net, history, report = found
    expected_net, expected_history, expected_report = expected
    assert history == expected_history
    assert report == expected_report
    for value, right in zip(net.get_weights(), expected_net.get_weights(), strict=True):
        np.testing.assert_array_equal(value, right)


@pytest.mark.parametrize(
    "stops", [(2, 3), *(pytest.param(stops, marks=pytest.mark.slow) for stops in ((1,), (2, 3, 5)))]
)
def test_a_training_that_goes_on_gives_the_numbers_of_one_that_never_stopped(
    whole, tmp_path, monkeypatch, stops
):
    monkeypatch.setattr(stored_training, "SECONDS", 0.0)  # Stored at every epoch.
    _, *expected = whole
    assert len(expected[1]["val_loss"]) == EPOCHS
    assert len(set(expected[1]["learning_rate"])) == 3
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "stopped.npz", stop)
    assert_same_training(train(tmp_path / "stopped.npz"), expected)


def test_a_finished_training_is_not_trained_again(whole, path):
    _, *expected = whole
    assert_same_training(train(path, stop_at=EPOCHS - 1), expected)


def test_what_was_learned_since_the_last_storing_is_learned_again(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "own.npz", 3)
    assert not (tmp_path / "own.npz").exists()  # Three epochs take less than SECONDS.


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("0001"),
        lambda arrays: arrays.pop("told"),
        lambda arrays: arrays.update(told=np.array("[1, 2]")),
        lambda arrays: arrays.update(told=np.array("{")),
        lambda arrays: arrays.update({"0001": np.zeros((3, 3, 3))}),
        lambda arrays: arrays.update(told=np.array(json.dumps({"callbacks": [{}, {}]}))),
    ],
)
def test_a_changed_state_is_refused_by_name(path, change):
    arrays = npz_files.read_npz(path)
    change(arrays)
    npz_files.write_npz(path, arrays)
    with pytest.raises(InputError, match=r"own\.npz cannot be gone on with .*delete it"):
        train(path)


def test_a_state_may_be_large_but_not_larger_than_its_file(path, monkeypatch):
    monkeypatch.setattr(npz_files, "LARGEST", 1)
    train(path)
    np.savez_compressed(path, told=np.zeros(10**6))
    with pytest.raises(InputError, match=r"own\.npz unpacks to 8,000,"):
        train(path)
