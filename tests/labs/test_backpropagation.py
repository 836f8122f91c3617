import numpy as np

from labs import backpropagation
from models.by_hand import dense_net, losses
from models.by_hand.activations import ACTIVATIONS, Activation
from tests.labs.quick_run import judged


def test_three_ways_give_one_gradient(found):
    for row in found["tables"]["agreement"]:
        assert row["by hand − autodiff"] < 1e-12
        assert row["by hand − finite"] < 1e-6


def test_outputs_that_all_depend_on_other_nodes_refute_the_lecture(monkeypatch):
    def verdict():
        return judged(backpropagation.judge_output_sum, 0)[0].verdict

    assert verdict() == "depends"
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", Activation(losses.softmax, losses.softmax))
    assert verdict() == "differs"
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", ACTIVATIONS["tanh"])
    monkeypatch.setattr(losses, "softmax", np.tanh)
    assert verdict() == "reproduced"


def test_wrong_errors_are_found(monkeypatch):
    right = dense_net.backward

    def doubled(*arguments):
        found = right(*arguments)
        return found._replace(errors=[2 * error for error in found.errors])

    monkeypatch.setattr(dense_net, "backward", doubled)
    claims = {c.id: c.verdict for c in judged(backpropagation.judge_four_equations, 0)}
    assert claims["D-equation-1"] == claims["D-equation-2"] == "erratum"
    assert claims["D-equation-4"] == "reproduced"
