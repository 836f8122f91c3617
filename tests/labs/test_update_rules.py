import pytest

from labs import update_rules
from labs.errors import InputError
from labs.update_rules import Config
from models.by_hand import update_rules as rules
from tests.labs.quick_run import judged


def test_the_gaps_to_keras_are_those_of_the_rules(found):
    gaps = {row["rule"]: row for row in found["tables"]["rules"]}
    assert gaps["Adam"]["first step"] == pytest.approx(10**0.5, rel=1e-3)
    assert gaps["momentum"]["first step"] == pytest.approx(0.1)
    assert gaps["Adam, corrected"]["gap, largest gradients"] < 1e-5
    assert gaps["Adam, corrected"]["gap, smallest gradients"] > 0.9
    assert gaps["Keras's Adam by hand"]["gap, at most"] < 1e-5


@pytest.mark.parametrize("rule", ["momentum", "adagrad", "rmsprop"])
def test_a_wrong_rule_is_not_taken_for_keras(monkeypatch, rule):
    monkeypatch.setattr(rules, rule, rules.gradient_descent)
    gaps = update_rules.compare_rules(Config(steps=20))
    claims = judged(update_rules.judge_rules, gaps, 20)
    assert {c.id for c in claims if c.verdict == "differs"} == {f"A-{rule}", "A-adam"}


@pytest.mark.parametrize(
    ("rule", "other", "id"),
    [
        ("adagrad", rules.gradient_descent, "A-adagrad-rates"),
        ("rmsprop", rules.adagrad, "A-rmsprop-goes-on"),
    ],
    ids=["one rate for every gradient", "steps become shorter and shorter"],
)
def test_rates_that_the_rule_does_not_keep_differ(monkeypatch, rule, other, id):
    monkeypatch.setattr(rules, rule, other)
    verdicts = {claim.id: claim.verdict for claim in judged(update_rules.judge_rates)}
    assert verdicts[id] == "differs"


@pytest.mark.parametrize("other", ["rmsprop", "momentum"])
def test_an_adam_that_is_only_one_of_both_is_not_their_sum(monkeypatch, other):
    assert judged(update_rules.judge_sum, 0)[0].verdict == "reproduced"
    monkeypatch.setattr(
        rules, "adam", lambda *args, rate, **_: getattr(rules, other)(*args, rate=rate)
    )
    assert judged(update_rules.judge_sum, 0)[0].verdict == "differs"


def test_changes_that_are_the_gradients_are_no_erratum(monkeypatch):
    assert judged(update_rules.judge_changes, 0)[0].verdict == "erratum"
    monkeypatch.setattr(rules, "adagrad", rules.gradient_descent)
    monkeypatch.setattr(update_rules, "RATE", 1.0)
    assert judged(update_rules.judge_changes, 0)[0].verdict == "reproduced"


def test_no_steps_are_refused():
    with pytest.raises(InputError, match="steps"):
        Config(steps=0)
