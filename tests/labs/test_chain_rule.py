import numpy as np
import pytest

import models
from labs import chain_rule
from models.by_hand import two_layer_net
from tests.labs.quick_run import judged, make_record

NET = two_layer_net.unflatten(np.random.default_rng(5).normal(size=12))


def test_a_wrong_backward_pass_is_found(monkeypatch):
    gradient = chain_rule.differentiate_two_layer_net(NET)
    right = two_layer_net.backward

    def without_slope(net, x, h, errors):
        return right(net, x, np.full(2, 0.5), errors)

    monkeypatch.setattr(two_layer_net, "backward", without_slope)
    claims = {c.id: c.verdict for c in judged(chain_rule.judge_two_layer_net, NET, gradient)}
    assert claims["A-common-factors"] == "erratum"


def test_local_derivatives_hold_at_another_point():
    claims = judged(chain_rule.judge_graph, -3.0)
    assert [(c.verdict, c.measured) for c in claims] == [
        ("reproduced", "[1., 1.]"),
        ("reproduced", "[-4.,  2.]"),
    ]
    assert "by x, y and z, are -4, -4, 2 in our graph" in claims[0].note


@pytest.mark.parametrize("wrong", [(1.0, 1.0, -4.0), (0.5, 0.5, 3.0)])
def test_other_local_derivatives_refute_the_slide(monkeypatch, wrong):
    monkeypatch.setattr(models, "autodiff", lambda function, *points: wrong[: len(points)])
    assert [c.verdict for c in judged(chain_rule.judge_graph, -2.0)][1] == "erratum"


def test_a_composite_of_another_derivative_refutes_the_theorem(monkeypatch):
    assert judged(chain_rule.judge_theorem)[0].verdict == "reproduced"
    monkeypatch.setattr(np, "cos", np.sin)
    assert judged(chain_rule.judge_theorem)[0].verdict == "erratum"


def test_three_ways_give_one_gradient():
    found = chain_rule.differentiate_two_layer_net(NET)
    assert found.by_hand == pytest.approx(found.autodiff, abs=1e-12)
    assert found.by_hand == pytest.approx(found.finite, abs=1e-6)


def test_a_step_that_takes_its_own_output_is_never_done():
    (claim,) = judged(chain_rule.judge_forward_order)
    assert (claim.verdict, claim.measured) == ("erratum", 6)


def test_worked_example_is_right_but_for_its_errors_after_steps(tmp_path):
    record = make_record("chain_rule", tmp_path)
    chain_rule.compare_worked_example(record)
    total, w5, w1, step, last = record.results["findings"]
    for finding, ours in ((total, "0.298371109"), (w5, "0.082167041"), (w1, "0.149780716")):
        assert ours in finding.replace("2983711088", "298371109").replace("0821670406", "082167041")
    # The number printed comes out if w5 to w8 are moved before the hidden layer's turn.
    assert "It is 0.2910277737; gone back" in step
    assert "0.291027924." in step
    assert ".0000351085; here 3.51e-05" in last
    assert record.results["claims"] == []
