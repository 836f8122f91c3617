from pathlib import Path

import numpy as np
import pytest

from labs import distances as lab
from models.by_hand import distances as by_hand
from tests.labs.quick_run import judged, run_quickly

CLAIMS = (
    "B-norm-1",
    "B-norm-2",
    "B-norm-infinity",
    "B-norm-p",
    "B-cosine",
    "B-hamming",
    "B-self-information",
    "B-entropy-coin",
    "B-cross-entropy-bound",
    "C-entropy-disorder",
)


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("distances", tmp_path_factory.mktemp("runs"), seed=7)


def test_every_claim_is_reproduced_with_another_seed_too(found):
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts == dict.fromkeys(CLAIMS, "reproduced")
    assert found["status"] == "done"


def test_pictures_are_in_the_run_directory(run_directory):
    for picture in ("unit_balls", "entropy"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")


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
