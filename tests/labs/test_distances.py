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


def test_a_similarity_that_lengths_change_is_an_erratum(monkeypatch):
    monkeypatch.setattr(by_hand, "cosine_similarity", lambda a, b: float(np.dot(a, b)))
    pairs = np.random.default_rng(0).normal(size=(9, 2, 5))
    pairs /= np.linalg.norm(pairs, axis=-1, keepdims=True)  # Right for these alone.
    assert judged(lab.judge_similarities, pairs)[0].verdict == "erratum"
