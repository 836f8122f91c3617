import numpy as np
import pytest

from labs import log_zero as lab
from models.by_hand import losses as by_hand
from tests.labs.quick_run import judged


def test_a_compiled_net_keeps_the_slope_that_keras_loses_from_probabilities():
    second = lab.compare_at_log_zero((-5.0, -20.0))[1]
    assert second["z"] == -20
    assert second["exact"] == pytest.approx(20)
    assert second["from probability"] == pytest.approx(-np.log(1e-7), rel=1e-4)
    assert (second["slope of that"], second["slope there"]) == (0, -1)
    assert second["net with sigmoid"] == pytest.approx(20)


def test_log_zero_differs_where_a_sure_mistake_costs_a_finite_loss(monkeypatch):
    table = lab.compare_at_log_zero((-5.0, -20.0))
    claim, sign = judged(lab.judge_log_zero, table)
    assert (claim.verdict, sign.verdict) == ("reproduced", "erratum")
    monkeypatch.setattr(by_hand, "binary_cross_entropy", lambda t, p: 16.1)
    assert judged(lab.judge_log_zero, table)[0].verdict == "differs"


def test_pythons_logarithm_raises_where_numpys_is_infinite():
    code, table = judged(lab.judge_slide_code)
    assert code.verdict == "depends"
    assert code.measured.count("ValueError") == code.measured.count("inf") == 2
    assert table.verdict == "reproduced"


def test_a_logarithm_that_is_finite_at_zero_would_differ(monkeypatch):
    monkeypatch.setattr(lab, "try_cases", lambda log, cases: [0.0, 0.0, 16.1, 16.1])
    assert judged(lab.judge_slide_code)[0].verdict == "differs"
