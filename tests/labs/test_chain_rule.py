import numpy as np
import pytest

from labs import chain_rule
from models.by_hand import two_layer_net
from tests.labs.quick_run import judged

NET = two_layer_net.unflatten(np.random.default_rng(5).normal(size=12))


def test_a_wrong_backward_pass_is_found(monkeypatch):
    gradient = chain_rule.differentiate_two_layer_net(NET)
    right = two_layer_net.backward

    def without_slope(net, x, h, errors):
        return right(net, x, np.full(2, 0.5), errors)

    monkeypatch.setattr(two_layer_net, "backward", without_slope)
    claims = {c.id: c.verdict for c in judged(chain_rule.judge_two_layer_net, NET, gradient)}
    assert claims["A-common-factors"] == "erratum"


def test_the_graph_is_not_judged_at_another_point():
    x, y, z = -3.0, 5.0, -4.0
    claims = judged(chain_rule.judge_graph, x)
    assert [claim.measured for claim in claims] == [x + y, (x + y) * z, z, z, x + y]


def test_three_ways_give_one_gradient():
    found = chain_rule.differentiate_two_layer_net(NET)
    assert found.by_hand == pytest.approx(found.autodiff, abs=1e-12)
    assert found.by_hand == pytest.approx(found.finite, abs=1e-6)


def test_a_step_that_takes_its_own_output_is_never_done():
    (claim,) = judged(chain_rule.judge_forward_order)
    assert (claim.verdict, claim.measured) == ("erratum", 6)


def test_worked_example_is_right_but_for_its_errors_after_steps():
    claims = {c.id: c for c in judged(chain_rule.judge_worked_example)}
    verdicts = {id.removeprefix("E-worked-"): claim.verdict for id, claim in claims.items()}
    assert verdicts == {
        "total": "reproduced",
        "w5": "reproduced",
        "w1": "reproduced",
        "step": "differs",
        "10000": "differs",
    }
    # The number printed comes out if w5 to w8 are moved before the hidden layer's turn.
    assert "0.291027924" in claims["E-worked-step"].note
