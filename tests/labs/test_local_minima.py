import numpy as np
import pytest

from labs import local_minima
from labs.errors import InputError
from labs.local_minima import Config
from tests.labs.quick_run import read_results, run_quickly


def test_every_claim_is_judged_and_every_picture_drawn(tmp_path):
    directory = run_quickly("local_minima", tmp_path, starts=40)
    found = read_results(directory)
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == {
        "A-momentum-saddle": "reproduced",
        "D-plateau": "reproduced",
        "A-local-minima": "reproduced",
        "A-momentum-local-minima": "differs",
        "D-local-minima": "reproduced",
        "D-remedy-initialization": "reproduced",
        "D-remedy-rate": "reproduced",
        "D-remedy-architecture": "reproduced",
        "D-sgd-leaves": "reproduced",
    }
    for picture in ("landscapes", "leaving"):
        assert (directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")


def test_runs_are_counted_where_they_end():
    ends = {1: np.array([2.0, 2.2, 0.1, 4.4]), 40: np.array([4.4, 4.4, 4.5, 4.3])}
    assert local_minima.count_left(ends, start=4.4) == {1: (3, 2), 40: (0, 0)}


def test_noise_that_leads_nowhere_is_no_proof():
    for single, full, verdict in ((0, 0, "differs"), (20, 0, "differs"), (50, 0, "reproduced")):
        left = {1: (single, 0), 40: (full, 0)}
        assert local_minima.check_leaving(left, 50).verdict == verdict
    assert local_minima.check_leaving({1: (50, 0), 40: (1, 0)}, 50).verdict == "differs"


def test_a_plateau_that_is_crossed_is_none():
    hole = {"gradient descent": np.zeros((2, 2))}
    assert local_minima.check_plateau(hole).verdict == "differs"


def test_minima_that_all_starts_find_are_no_trouble():
    ends = {name: np.full(20, 2.0) for name in local_minima.RULES}
    verdicts = {claim.id: claim.verdict for claim in local_minima.check_local_minima(ends)}
    assert verdicts["A-local-minima"] == verdicts["D-local-minima"] == "differs"
    assert verdicts["A-momentum-local-minima"] == "reproduced"


def test_remedies_that_change_nothing_are_none(monkeypatch):
    fit, config = local_minima.make_sine_fit(0), Config(starts=20)
    own = local_minima.RULES["gradient descent"][1]
    monkeypatch.setattr(local_minima, "PLATEAU_RATES", (own, own))
    assert local_minima.check_other_rate(fit, config).verdict == "differs"
    monkeypatch.setattr(local_minima, "SINE_RATE", 1e-6)
    assert local_minima.check_other_model(fit, config).verdict == "differs"


def test_too_few_starts_are_refused():
    with pytest.raises(InputError, match="starts"):
        Config(starts=1)
