import keras
import numpy as np

from labs import losses as lab
from models.by_hand import losses as by_hand
from tests.labs.quick_run import judged


def test_a_convex_loss_in_place_of_squared_error_differs(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    descents = {"squared error": np.array([0.3]), "cross-entropy": np.array([0.7])}
    assert judged(lab.judge_not_squared_error, x, y, rng, descents)[0].verdict == "reproduced"
    monkeypatch.setattr(by_hand, "squared_error_curvature", lambda z, t: 0 * z + 1)
    assert judged(lab.judge_not_squared_error, x, y, rng, descents)[0].verdict == "differs"


def test_losses_that_something_else_than_the_mean_and_the_shares_minimizes_differ(monkeypatch):
    def weighted(t, p):
        return -(t * np.linspace(0.5, 1, 10) * np.log(p)).sum(axis=-1)

    x = np.column_stack([np.arange(9.0), np.ones(9)])
    y = np.array([1.0, 1, 2, 3, 3, 5, 6, 9, 15])

    def found():
        claims = [*judged(lab.judge_regression, x, y), *judged(lab.judge_classification)]
        return [claim.verdict for claim in claims]

    assert found() == ["reproduced"] * 2
    monkeypatch.setattr(by_hand, "mean_squared_error", lambda y, c: np.mean((y - c) ** 4))
    monkeypatch.setattr(by_hand, "categorical_cross_entropy", weighted)
    assert found() == ["differs"] * 2


def test_a_loss_that_takes_labels_of_any_form_differs(monkeypatch):
    p = by_hand.softmax(np.random.default_rng(0).normal(size=(10, 10)))
    claim = judged(lab.judge_label_forms, p)[0]
    assert (claim.verdict, claim.measured.count("ValueError")) == ("reproduced", 2)
    sparse = keras.losses.sparse_categorical_crossentropy

    def lenient(labels, p):
        return sparse(labels if labels.ndim == 1 else labels.argmax(axis=1), p)

    monkeypatch.setattr(keras.losses, "categorical_crossentropy", lenient)
    assert judged(lab.judge_label_forms, p)[0].verdict == "differs"
