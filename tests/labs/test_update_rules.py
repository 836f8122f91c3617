import pytest

from labs import update_rules
from labs.errors import InputError
from labs.update_rules import Config
from models.by_hand import update_rules as rules
from tests.labs.quick_run import judged, read_results, run_quickly


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict:
    directory = run_quickly("update_rules", tmp_path_factory.mktemp("runs"))
    assert (directory / "adam.png").read_bytes().startswith(b"\x89PNG")
    return read_results(directory)


def test_every_claim_is_judged(found):
    assert found["status"] == "done"
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == {
        "A-momentum": "reproduced",
        "A-adagrad": "reproduced",
        "A-rmsprop": "reproduced",
        "A-adam": "differs",
        "A-adagrad-rates": "reproduced",
        "A-adagrad-stalls": "differs",
        "A-rmsprop-goes-on": "reproduced",
    }


def test_the_gaps_to_keras_are_those_of_the_rules(found):
    gaps = {row["rule"]: row for row in found["tables"]["rules"]}
    assert gaps["Adam"]["first step"] == pytest.approx(10**0.5, rel=1e-3)
    assert gaps["momentum"]["first step"] == pytest.approx(0.1)
    assert gaps["Adam, corrected"]["gap, largest gradients"] < 1e-5
    assert gaps["Adam, corrected"]["gap, smallest gradients"] > 0.9
    assert gaps["Keras's Adam by hand"]["gap, at most"] < 1e-5


def test_a_wrong_rule_is_not_taken_for_keras(monkeypatch):
    def without_square(gradient, memory, *, rate):
        return rate * gradient, memory

    monkeypatch.setattr(rules, "rmsprop", without_square)
    gaps = update_rules.compare_rules(Config(steps=20))
    verdicts = {claim.id: claim.verdict for claim in judged(update_rules.judge_rules, gaps, 20)}
    assert verdicts["A-rmsprop"] == "differs"
    assert verdicts["A-adagrad"] == "reproduced"


def test_no_steps_are_refused():
    with pytest.raises(InputError, match="steps"):
        Config(steps=0)
