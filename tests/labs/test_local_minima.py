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


def test_starts_are_tried_again_only_if_that_helps(monkeypatch):
    def found(ends):
        by_rule = dict.fromkeys(local_minima.RULES, ends)
        claims = judged(local_minima.judge_local_minima, by_rule)
        return [c.verdict for c in claims if c.id in ("B-optimum", "A-restarts")]

    good, bad = np.full(200, 2.0), np.full(200, 4.0)
    assert found(np.where(np.arange(200) % 3, good, bad)) == ["depends", "reproduced"]
    assert found(good) == ["reproduced", "differs"]
    monkeypatch.setattr(local_minima, "follow", lambda *arguments: np.ones((2, 2)))
    assert found(bad) == ["differs", "differs"]
