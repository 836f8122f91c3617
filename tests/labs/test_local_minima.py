import numpy as np

from labs import local_minima
from models.by_hand import landscapes
from tests.labs.quick_run import judged


def test_a_plateau_that_is_crossed_is_none():
    hole = {"gradient descent": np.zeros((2, 2))}
    assert judged(local_minima.judge_plateau, hole)[0].verdict == "differs"


def test_minima_that_all_starts_find_are_no_trouble():
    ends = {name: np.full(20, 2.0) for name in local_minima.RULES}
    verdicts = {claim.id: claim.verdict for claim in judged(local_minima.judge_local_minima, ends)}
    assert verdicts["A-local-minima"] == verdicts["D-local-minima"] == "differs"
    assert verdicts["A-momentum-local-minima"] == "reproduced"


def test_a_gradient_that_is_not_0_at_a_minimum_differs(monkeypatch):
    fit = landscapes.SineFit.draw(2.0, np.random.default_rng(0))
    assert judged(local_minima.judge_zero_gradient, fit)[0].verdict == "depends"
    monkeypatch.setattr(landscapes, "ravine_gradient", lambda point: point + 1)
    assert judged(local_minima.judge_zero_gradient, fit)[0].verdict == "differs"
