import numpy as np

from labs import leaving_minima as lab
from labs.leaving_minima import Config
from models.by_hand.landscapes import SineFit
from tests.labs.quick_run import judged


def test_runs_are_counted_where_they_end():
    ends = {1: np.array([2.0, 2.2, 0.1, 4.4]), 40: np.array([4.4, 4.4, 4.5, 4.3])}
    assert lab.count_left(ends, start=4.4) == {1: (3, 2), 40: (0, 0)}


def test_noise_that_leads_nowhere_is_no_proof():
    config = Config(starts=50)
    for single, full, verdict in ((0, 0, "differs"), (20, 0, "differs"), (50, 0, "reproduced")):
        left = {1: (single, 0), 40: (full, 0)}
        assert judged(lab.judge_leaving, left, config)[0].verdict == verdict
    assert judged(lab.judge_leaving, {1: (50, 0), 40: (1, 0)}, config)[0].verdict == "differs"


def test_remedies_that_change_nothing_are_none(monkeypatch):
    fit = SineFit.draw(lab.TRUE_FREQUENCY, np.random.default_rng(0))
    own = lab.PLATEAU_RATES[0]
    monkeypatch.setattr(lab, "PLATEAU_RATES", (own, own, own))
    assert judged(lab.judge_other_rate, fit, np.linspace(0, 6, 20))[0].verdict == "differs"
    slow = Config(starts=20, rate=1e-6)
    assert judged(lab.judge_other_model, fit, slow)[0].verdict == "differs"


def test_starts_that_find_nothing_better_together_are_no_remedy():
    assert judged(lab.judge_initialization, np.zeros(40, bool))[0].verdict == "undecided"
    half = np.arange(40) % 2 == 0
    assert judged(lab.judge_initialization, half)[0].verdict == "reproduced"
