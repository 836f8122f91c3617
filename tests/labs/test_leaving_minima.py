import numpy as np

from labs import leaving_minima as lab
from labs.leaving_minima import Config
from models.by_hand.landscapes import SineFit
from tests.labs.quick_run import judged

GONE = {1: 40, 40: 0}


def test_runs_are_counted_where_they_end():
    ends = {1: np.array([2.0, 2.2, 0.1, 4.4]), 40: np.array([4.4, 4.4, 4.5, 4.3])}
    assert lab.count_left(ends, start=4.4) == {1: (3, 2), 40: (0, 0)}


def test_noise_that_leads_nowhere_is_no_proof():
    config = Config(starts=50)
    for single, full, verdict in ((0, 0, "differs"), (20, 0, "differs"), (50, 0, "reproduced")):
        left = {1: (single, 0), 40: (full, 0)}
        assert judged(lab.judge_sampling, GONE, left, config)[0].verdict == verdict
    left = {1: (50, 0), 40: (1, 0)}
    assert judged(lab.judge_sampling, GONE, left, config)[0].verdict == "differs"


def test_samples_with_the_minima_of_all_rows_change_no_structure():
    config, left = Config(starts=50), {1: (50, 0), 40: (0, 0)}
    for gone in ({1: 0, 40: 0}, {1: 10, 40: 0}, {1: 50, 40: 50}):
        assert judged(lab.judge_sampling, gone, left, config)[0].verdict == "differs"


def test_a_minimum_is_gone_where_the_loss_has_none_near():
    fit = SineFit.draw(lab.TRUE_FREQUENCY, np.random.default_rng(0))
    worse, config = fit.lowest_between(*lab.WORSE), Config(starts=30)
    assert lab.count_gone(fit, worse, len(fit.x), config) == 0
    assert lab.count_gone(fit, worse + 1, len(fit.x), config) == 30


def test_remedies_that_change_nothing_are_none(monkeypatch):
    fit = SineFit.draw(lab.TRUE_FREQUENCY, np.random.default_rng(0))
    own = lab.PLATEAU_RATES[0]
    monkeypatch.setattr(lab, "PLATEAU_RATES", (own, own, own))
    assert judged(lab.judge_other_rate, fit, np.linspace(0, 6, 20))[0].verdict == "differs"
    slow = Config(starts=20, rate=1e-6)
    assert judged(lab.judge_other_model, fit, slow)[0].verdict == "depends"
    monkeypatch.setattr(lab, "descend_neuron", lambda x, name: 0.9)
    assert judged(lab.judge_other_model, fit, slow)[0].verdict == "differs"


def test_a_rate_that_helps_on_the_plateau_and_in_the_minimum_is_a_remedy(monkeypatch):
    fit = SineFit.draw(lab.TRUE_FREQUENCY, np.random.default_rng(0))
    monkeypatch.setattr(lab, "SINE_RATES", (1e-6, 0.1, 0.3))
    assert judged(lab.judge_other_rate, fit, np.linspace(0, 6, 90))[0].verdict == "reproduced"


def test_starts_that_find_nothing_better_together_are_no_remedy():
    none, half = np.zeros(40, bool), np.arange(40) % 2 == 0
    cases = {"differs": (none, none), "depends": (half, none), "reproduced": (half, half)}
    for verdict, reached in cases.items():
        assert judged(lab.judge_initialization, *reached)[0].verdict == verdict
