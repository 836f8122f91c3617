import numpy as np
import pytest

from labs import larger_error as lab
from models.by_hand import losses as by_hand
from tests.labs.quick_run import judged


def test_the_word_example_is_worth_minus_log_of_22_percent(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert measured["E-cross-entropy"] == pytest.approx(-np.log(0.22), rel=1e-5)
    squares = 0.78**2 + 0.02**2 + 0.2**2 + 0.51**2 + 0.05**2
    assert measured["E-mse"] == pytest.approx(squares / 5, rel=1e-5)


def test_losses_that_both_see_the_error_alone_would_grow_with_it(monkeypatch):
    pairs = np.random.default_rng(0).dirichlet(np.ones(5), (100, 2))

    def verdict():
        return judged(lab.judge_larger_error, pairs)[0].verdict

    assert verdict() == "depends"
    monkeypatch.setattr(by_hand, "categorical_cross_entropy", lambda t, p: p[..., 0])
    assert verdict() == "differs"
    monkeypatch.setattr(by_hand, "categorical_cross_entropy", lambda t, p: -np.log(p[..., 0]))
    monkeypatch.setitem(lab.LOSSES, "MSE", lambda p: (1 - p[..., 0]) ** 2)
    assert verdict() == "reproduced"
