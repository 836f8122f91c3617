import numpy as np
import pytest

from labs import wrong_signs
from labs.wrong_signs import Config
from models.by_hand import two_layer_net
from tests.labs.quick_run import judged


def test_signs_of_the_slide_are_computed_not_taken_for_granted(monkeypatch):
    right = two_layer_net.softmax_derivatives
    monkeypatch.setattr(two_layer_net, "slide_softmax_derivatives", right)
    verdicts = {claim.id: claim.verdict for claim in judged(wrong_signs.judge_formulas, 5)}
    assert verdicts["A-softmax-derivative"] == "reproduced"
    assert verdicts["A-chain-rule-w221"] == "reproduced"
    assert verdicts["A-loss-sign"] == "erratum"


def test_the_slides_softmax_rule_never_moves_the_classes_apart():
    p, y = np.array([0.2, 0.8]), np.array([1.0, 0.0])
    rule = wrong_signs.RULES["slide: ∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ)"]
    assert rule(p, y) == pytest.approx([-0.8, -0.8])


def test_only_the_right_rule_learns():
    losses = wrong_signs.train_by_each_rule(Config(seeds=5, steps=100))
    change = [found[:, -1] - found[:, 0] for found in losses.values()]
    right, no_minus, wrong_softmax = change
    assert (right < 0).all()
    assert (no_minus > 1).all()
    assert (wrong_softmax > right).all()


def test_rounds_that_raise_the_loss_differ():
    falling = np.array([[1.0, 0.5], [0.9, 0.3], [1.1, 0.4]])
    assert judged(wrong_signs.judge_training, falling)[0].verdict == "reproduced"
    assert judged(wrong_signs.judge_training, falling[:, ::-1])[0].verdict == "differs"


def test_a_softmax_of_one_sum_is_no_forward_pass(monkeypatch):
    right = two_layer_net.forward
    monkeypatch.setattr(two_layer_net, "forward", lambda net, x: (right(net, x)[0], np.ones(2)))
    verdicts = {claim.id: claim.verdict for claim in judged(wrong_signs.judge_formulas, 5)}
    assert verdicts["A-feedforward"] == "erratum"
