import keras
import numpy as np
import pytest

from labs import losses as lab
from models.by_hand import losses as by_hand
from tests.labs.quick_run import judged


def test_the_word_example_is_worth_minus_log_of_22_percent(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert measured["E-cross-entropy"] == pytest.approx(-np.log(0.22), rel=1e-5)
    squares = 0.78**2 + 0.02**2 + 0.2**2 + 0.51**2 + 0.05**2
    assert measured["E-mse"] == pytest.approx(squares / 5, rel=1e-5)


def test_losses_that_both_see_the_error_alone_would_grow_with_it(monkeypatch):
    def verdict():
        return judged(lab.judge_larger_error, np.random.default_rng(0))[0].verdict

    assert verdict() == "depends"
    monkeypatch.setattr(by_hand, "categorical_cross_entropy", lambda t, p: p[..., 0])
    assert verdict() == "differs"
    monkeypatch.setattr(by_hand, "categorical_cross_entropy", lambda t, p: -np.log(p[..., 0]))
    monkeypatch.setattr(lab, "mean_squared", lambda t, p: (1 - p[..., 0]) ** 2)
    assert verdict() == "reproduced"


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
