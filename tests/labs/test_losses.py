from pathlib import Path

import numpy as np
import pytest

from labs import losses as lab
from models.by_hand import losses as by_hand
from tests.labs.quick_run import run_quickly

CLAIMS = {
    "B-regression-mse": "reproduced",
    "B-classification-cross-entropy": "reproduced",
    "C-softmax": "reproduced",
    "C-cross-entropy": "reproduced",
    "E-mse": "reproduced",
    "E-cross-entropy": "reproduced",
    "C-log-zero": "reproduced",
    "C-log-zero-sign": "erratum",
    "C-not-rmse": "reproduced",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("losses", tmp_path_factory.mktemp("runs"), seed=7)


def test_every_claim_is_checked_with_another_seed_too(found):
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == CLAIMS


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    assert (run_directory / "squared_error.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    assert any("16.12" in finding for finding in found["findings"])


def test_the_word_example_is_worth_minus_log_of_22_percent(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert measured["E-cross-entropy"] == pytest.approx(-np.log(0.22), rel=1e-5)
    squares = 0.78**2 + 0.02**2 + 0.2**2 + 0.51**2 + 0.05**2
    assert measured["E-mse"] == pytest.approx(squares / 5, rel=1e-5)


def test_a_compiled_net_keeps_the_slope_that_keras_loses_from_probabilities(found):
    second = found["tables"]["log-zero"][1]
    assert second["z"] == -20
    assert second["exact"] == pytest.approx(20)
    assert second["from probability"] == pytest.approx(-np.log(1e-7), rel=1e-4)
    assert (second["slope of that"], second["slope there"]) == (0, -1)
    assert second["net with sigmoid"] == pytest.approx(20)


def test_log_zero_differs_where_keras_loses_the_loss_from_scores_too():
    wrong = [{"slope of that": 0.0, "from_logits": 16.1, "exact": 20.0}] * 2
    claim, sign = lab.check_log_zero(wrong)
    assert claim.verdict == "differs"
    assert sign.verdict == "erratum"


def test_a_convex_loss_in_place_of_squared_error_differs(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    descents = {"squared error": np.array([0.3]), "cross-entropy": np.array([0.7])}
    assert lab.check_not_squared_error(x, y, rng, descents).verdict == "reproduced"
    monkeypatch.setattr(by_hand, "squared_error_curvature", lambda z, t: 0 * z + 1)
    assert lab.check_not_squared_error(x, y, rng, descents).verdict == "differs"
