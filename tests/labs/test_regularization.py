from pathlib import Path

import numpy as np
import pytest

from callbacks import OverfittingMonitor
from labs import data
from labs import regularization as lab
from labs.errors import InputError
from models.by_hand import regularization as by_hand
from tests.labs.quick_run import run_quickly

CLAIMS = [
    "A-dropout-scale",
    "A-dropout-prediction",
    "E-remedy-augmentation",
    "E-remedy-dropout",
    "E-remedy-penalty",
    "E-remedy-smaller-model",
    "E-early-stopping",
    "C-curves-close",
]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("regularization", tmp_path_factory.mktemp("runs"), seed=7)


def test_every_claim_is_reproduced_with_another_seed_too(found):
    assert [claim["id"] for claim in found["claims"]] == CLAIMS
    assert {claim["verdict"] for claim in found["claims"]} == {"reproduced"}


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in ("curves", "remedies"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    for remedy in ("as-it-is", "augmentation", "dropout", "penalty", "smaller-model"):
        assert (run_directory / remedy / "history.csv").exists()
    assert found["status"] == "done"


def test_the_callback_and_the_recorded_curve_stop_at_the_same_epoch(run_directory, found):
    rows = (run_directory / "as-it-is" / "history.csv").read_text().splitlines()
    columns = np.array([row.split(",") for row in rows[1:]]).T
    curve = dict(zip(rows[0].split(","), columns, strict=True))
    monitor = lab.follow(curve["error"].astype(float), curve["val_error"].astype(float))
    assert monitor.found_epoch is not None
    assert f"{monitor.found_epoch + 1} of 60 epochs" in found["findings"][-1]
    assert f"is that of epoch {monitor.best_epoch}." in found["findings"][-1]


def test_dropout_without_its_scale_differs(monkeypatch):
    monkeypatch.setattr(by_hand, "dropout", lambda h, p, rng: h * (rng.random(h.shape) >= p))
    scale, prediction = lab.check_dropout(0)
    assert (scale.verdict, prediction.verdict) == ("differs", "reproduced")


def nets(name: str, test_error: list[float], gap: list[float]) -> lab.Nets:
    return lab.Nets(name, {}, [3, None, 4], np.array(test_error), np.zeros(3), np.array(gap))


def test_a_remedy_that_saves_nothing_differs():
    as_it_is = nets("as it is", [0.9, 1.0, 1.1], [1.0, 1.1, 1.2])
    better = nets("dropout", [0.5, 0.6, 0.65], [0.2, 0.3, 0.4])
    no_better = nets(lab.STOPPED, [0.8, 1.1, 1.1], [1.3, 1.1, 1.5])
    helps, does_not = lab.check_remedies([as_it_is, better, no_better])
    assert (helps.id, helps.verdict) == ("E-remedy-dropout", "reproduced")
    assert (does_not.id, does_not.verdict) == ("E-early-stopping", "differs")
    assert lab.check_curves([as_it_is, better]).verdict == "reproduced"
    close = as_it_is._replace(gap=np.array([-0.1, 0.1, 0.0]))
    assert lab.check_curves([close, better]).verdict == "differs"


def test_a_recorded_curve_is_read_no_further_than_training_would_go():
    epochs = np.arange(60)
    val_loss = np.where(epochs < 10, 2 - epochs / 10, 1 + (epochs - 10) / 20)
    val_loss[50] = 0.1  # Training would have ended long before.
    monitor = lab.follow(1 / (1 + epochs), val_loss)
    assert isinstance(monitor, OverfittingMonitor)
    assert monitor.found_epoch is not None
    assert monitor.found_epoch < 50
    assert monitor.best_epoch == 10


def test_nets_stopped_early_are_tested_at_the_epoch_that_validation_chooses():
    epochs = np.arange(60)
    falling, rising = 1 / (1 + epochs), 1 + np.abs(epochs - 10) / 20
    history = {"error": np.stack([falling] * 2), "val_error": np.stack([rising, falling + 1])}
    both = {"val_error": np.arange(240.0).reshape(4, 60), "val_accuracy": np.zeros((4, 60))}
    as_it_is = nets("as it is", [1, 1, 1], [1, 1, 1])._replace(history=history)
    stopped = lab.stopped_early(as_it_is, both, seeds=2)
    assert stopped.test_error.tolist() == [130, 239]  # Epoch 10, and the last one.
    np.testing.assert_allclose(stopped.gap, [1 - 1 / 11, 1])


def test_training_and_validation_rows_never_meet():
    patients = data.load_diabetes()
    for rows, validation in zip(*lab.draw_rows(patients, lab.Config(seeds=3)), strict=True):
        assert len(rows) == lab.TRAINING_ROWS
        assert sorted([*rows, *validation]) == list(range(len(patients.train)))


@pytest.mark.parametrize(("setting", "value"), [("epochs", 0), ("seeds", 1)])
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        lab.Config(**{setting: value})
