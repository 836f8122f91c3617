import numpy as np
import pytest

from labs import learning_rate
from models.by_hand import update_rules as rules
from tests.labs.quick_run import judged


def verdict(id: str) -> str:
    return {claim.id: claim.verdict for claim in judged(learning_rate.judge_rates)}[id]


def test_rates_up_to_the_limit_go_down_and_beyond_it_up():
    losses = learning_rate.ravine_losses([0.0199, 0.0201], 1000)
    assert losses[-1, 0] < losses[0, 0] < losses[-1, 1]
    # The slow direction shrinks by 1 − λ: its square is a millionth of 8/80 of the loss.
    steps = np.ceil(np.log(1e-6 * 80 / 8) / np.log(0.99) / 2)
    np.testing.assert_array_equal(learning_rate.steps_to_floor([0.021, 0.01]), [3000, steps])


def test_momentum_pays_in_steep_ravines_only():
    for steepness, pays in ((10, False), (400, True)):
        plain, heavy = learning_rate.count_steps(steepness, 0.9)
        assert (heavy.min() < plain.min()) == pays


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [(rules, "gradient_descent", rules.momentum), (learning_rate, "BEST", 1e-4)],
    ids=["the loss rises on its way", "the weights go on to change"],
)
def test_a_descent_that_rises_or_does_not_end_differs(monkeypatch, module, name, value):
    monkeypatch.setattr(module, name, value)
    assert judged(learning_rate.judge_gradient_descent, 0)[0].verdict == "differs"


def test_a_small_rate_that_is_as_quick_differs(monkeypatch):
    monkeypatch.setattr(learning_rate, "BEST", 0.998 * learning_rate.LIMIT)
    assert verdict("A-rate-too-small") == "differs"


def test_a_small_rate_whose_loss_rises_now_and_then_differs(monkeypatch):
    falling = learning_rate.ravine_losses
    up_and_down = 1 + 0.01 * (np.arange(learning_rate.NEVER + 1)[:, None] % 2)
    monkeypatch.setattr(
        learning_rate,
        "ravine_losses",
        lambda rates, steps, *more: falling(rates, steps, *more) * up_and_down[: steps + 1],
    )
    assert verdict("A-rate-too-small") == "differs"


def test_a_loss_that_falls_beyond_the_limit_differs(monkeypatch):
    monkeypatch.setattr(learning_rate, "LIMIT", learning_rate.LIMIT / 2)
    assert verdict("D-rate-diverges") == "differs"


def test_one_ravine_in_which_no_momentum_is_faster_differs(monkeypatch):
    def count_steps(steepness, beta):
        return np.array([100]), np.array([100 if steepness == 10 else 50])

    monkeypatch.setattr(learning_rate, "count_steps", count_steps)
    assert judged(learning_rate.judge_momentum)[0].verdict == "differs"


def test_steps_are_those_of_the_best_rates():
    round_bowl, ravine = np.eye(2), np.diag([1.0, 9.0])
    assert learning_rate.steps_for([(0.5, 0.5), (1.0, 1.0)], round_bowl) == 1
    # At a rate of 2/(1 + 9) each step leaves .8 of the way.
    assert learning_rate.steps_for([(0.2, 0.2)], ravine) == np.ceil(np.log(1e-6) / np.log(0.8))
    assert learning_rate.steps_for([(1.0, 1 / 9)], ravine) == 1


def test_rates_of_their_own_that_help_everywhere_or_nowhere_are_told(monkeypatch):
    assert judged(learning_rate.judge_one_rate)[0].verdict == "depends"
    for two, expected in ((1, "reproduced"), (100, "differs")):
        monkeypatch.setattr(
            learning_rate,
            "steps_for",
            lambda rates, curvature, two=two: 100 if all(a == b for a, b in rates) else two,
        )
        assert judged(learning_rate.judge_one_rate)[0].verdict == expected


@pytest.mark.parametrize(
    "steps",
    [
        lambda rates, steepness: np.where(rates > 1e-3, 100, 3000),  # Almost any rate is good.
        lambda rates, steepness: np.where(abs(rates - 0.01) < 1e-3, 100, 3000),  # One for all.
    ],
)
def test_a_rate_that_is_easy_to_choose_differs(monkeypatch, steps):
    assert judged(learning_rate.judge_choice)[0].verdict == "reproduced"
    monkeypatch.setattr(learning_rate, "steps_to_floor", steps)
    assert judged(learning_rate.judge_choice)[0].verdict == "differs"
