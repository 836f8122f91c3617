import numpy as np
import pytest

from labs import log_zero as lab
from tests.labs.quick_run import judged


def test_a_compiled_net_keeps_the_slope_that_keras_loses_from_probabilities():
    second = lab.compare_at_log_zero((-5.0, -20.0))[1]
    assert second["z"] == -20
    assert second["exact"] == pytest.approx(20)
    assert second["from probability"] == pytest.approx(-np.log(1e-7), rel=1e-4)
    assert (second["slope of that"], second["slope there"]) == (0, -1)
    assert second["net with sigmoid"] == pytest.approx(20)


def test_log_zero_differs_where_keras_loses_the_loss_from_scores_too():
    wrong = [{"slope of that": 0.0, "from_logits": 16.1, "exact": 20.0}] * 2
    claim, sign = judged(lab.judge_log_zero, wrong)
    assert claim.verdict == "differs"
    assert sign.verdict == "erratum"


def test_pythons_logarithm_raises_where_numpys_is_infinite():
    code, table = judged(lab.judge_slide_code)
    assert code.verdict == "depends"
    assert code.measured.count("ValueError") == code.measured.count("inf") == 2
    assert table.verdict == "reproduced"


def test_a_logarithm_that_is_finite_at_zero_would_differ(monkeypatch):
    monkeypatch.setattr(lab, "try_cases", lambda log, cases: [0.0, 0.0, 16.1, 16.1])
    assert judged(lab.judge_slide_code)[0].verdict == "differs"
