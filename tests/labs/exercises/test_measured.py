"""What many nets say is weighed as it should be: shown, luck, or not so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import models
from labs import data
from labs.errors import InputError
from labs.exercises import measured
from labs.exercises.entries import Reply

SPREAD = np.linspace(-1, 1, measured.SEEDS)


def trained(monkeypatch: pytest.MonkeyPatch, *results: dict[str, Any]) -> None:
    """Let training return these histories, `(seeds, epochs)`, one after the other."""
    replicas = [SimpleNamespace(history=history) for history in results]
    monkeypatch.setattr(measured, "_train", lambda *a, **k: replicas.pop(0))


def named(reply: Reply) -> tuple[str, str]:
    return reply.verdict, reply.name


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(2.0, ("right", "right")), (0.1, ("luck", "luck")), (-2.0, ("wrong", "below"))],
)
def test_adam_is_ahead_if_the_interval_says_so(monkeypatch, ahead, expected):
    sgd = (SPREAD + ahead)[:, None]
    trained(monkeypatch, {"loss": np.zeros((measured.SEEDS, 1))}, {"loss": sgd})
    reply = measured.adam_beats_sgd(0.1, 0)
    assert named(reply) == expected
    assert reply.values["wins"] == (sgd > 0).sum()


def test_a_rate_that_diverges_is_told(monkeypatch):
    losses = np.zeros((measured.SEEDS, 1))
    trained(monkeypatch, {"loss": losses}, {"loss": losses * np.nan})
    reply = measured.adam_beats_sgd(0.1, 0)
    assert (reply.name, reply.values["who"]) == ("diverges", "sgd")


@pytest.mark.parametrize(
    ("training", "validation", "expected"),
    [
        ([0.7, 0.5, 0.2], [0.7, 0.6, 0.8], "right"),
        ([0.7, 0.5, 0.2], [0.7, 0.6, 0.61], "below"),
        ([0.7, 0.5, 0.9], [0.7, 0.6, 0.8], "unstable"),
    ],
)
def test_overfitting_is_a_rising_validation_loss_under_a_falling_one(
    monkeypatch, training, validation, expected
):
    history = {"loss": training, "val_loss": validation}
    trained(monkeypatch, {k: np.tile(v, (measured.SEEDS, 1)) for k, v in history.items()})
    assert measured.overfit_in_20({"units": 4, "rate": 0.1}, 0).name == expected


@pytest.mark.parametrize(
    ("epoch", "expected"), [(10, "right"), (5, "luck"), (1, "too_early"), (30, "too_late")]
)
def test_a_best_epoch_is_the_mean_of_many(monkeypatch, epoch, expected):
    best = np.round(9 + 6 * SPREAD).astype(int)  # Epochs 4 to 16, mean 10.
    trained(monkeypatch, {"val_loss": np.abs(np.arange(60) - best[:, None])})
    assert measured.best_epoch(epoch, 0).name == expected


def test_a_diverging_rate_lies_at_two_over_the_largest_eigenvalue():
    limit = 2 / np.linalg.eigvalsh([[5, 3], [3, 2]]).max()
    for factor, expected in ((1, "right"), (0.9, "too_small"), (1.1, "too_large")):
        assert measured.diverging_rate(factor * limit, 0).name == expected


def test_gradients_vanish_from_just_one_depth_on():
    replies = [measured.vanishing_depth(depth, 0).name for depth in range(2, 9)]
    assert replies == ["too_few"] * 3 + ["right"] + ["too_many"] * 3


def test_a_saved_net_is_weighed_by_its_rows(tmp_path: Path, monkeypatch):
    path = tmp_path / "net.keras"
    models.build_mlp((10,), (), 2, scale=data.DIABETES_SCALE, seed=0).save(path)

    def judged(train: float, test: float) -> tuple[str, str]:
        parts = data.load_diabetes()
        rights = {len(parts.train): train, len(parts.test): test}

        class Net:
            def predict(self, x: np.ndarray, verbose: int) -> np.ndarray:
                part = parts.train if len(x) == len(parts.train) else parts.test
                wrong = np.arange(len(x)) >= rights[len(x)] * len(x)
                return np.eye(2)[np.where(wrong, 1 - part.y, part.y)]

        monkeypatch.setattr(measured, "load_saved_model", lambda path: Net())
        return named(measured.beat_the_slide(path, 0))

    assert measured.beat_the_slide(path, 0).verdict in ("wrong", "luck")  # Not trained.
    assert judged(0.82, 0.82) == ("right", "right")
    assert judged(0.78, 0.75) == ("luck", "luck")
    assert judged(0.99, 0.65) == ("wrong", "below")
    assert judged(0.75, 0.97) == ("wrong", "seen")


def test_a_file_that_is_no_net_is_refused(tmp_path: Path):
    (tmp_path / "net.keras").write_text("no")
    with pytest.raises(InputError, match=r"Expected a \.keras file"):
        measured.beat_the_slide(tmp_path / "net.keras", 0)


def test_test_rows_are_read_for_a_final_answer_only(monkeypatch):
    settings = {"units": 0.0, "rate": 0.01, "epochs": 2.0, "l2": 0.0, "final": 0.0}
    monkeypatch.setattr(measured, "_train", None)  # The way to the test rows.
    assert measured.diabetes_80(settings, 0).name == "validated"
