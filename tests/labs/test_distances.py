import numpy as np

from labs import distances as lab
from models.by_hand import distances as by_hand
from tests.labs.quick_run import judged


def test_a_norm_without_its_root_is_an_erratum(monkeypatch):
    monkeypatch.setattr(by_hand, "p_norm", lambda x, p: float(np.sum(np.abs(x) ** min(p, 9))))
    verdicts = {c.id: c.verdict for c in judged(lab.judge_norms, np.random.default_rng(0), 50)}
    assert verdicts["B-norm-1"] == "reproduced"
    assert verdicts["B-norm-2"] == "erratum"
    assert verdicts["B-norm-p"] == "differs"


def test_information_of_another_base_differs(monkeypatch):
    monkeypatch.setattr(by_hand, "self_information", lambda p: -np.log(p))
    first, *_ = judged(lab.judge_information, np.random.default_rng(0), 50)
    assert first.verdict == "differs"
