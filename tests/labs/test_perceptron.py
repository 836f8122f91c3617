from __future__ import annotations

import numpy as np
import pytest

from labs.perceptron import (
    judge_learning,
    judge_slide_neurons,
    judge_thresholds,
    judge_xor,
    last_mistake,
)
from models.by_hand import perceptron
from tests.labs.quick_run import judged

X = perceptron.binary_inputs(2)


def test_gates_without_a_line_are_learned_by_no_neuron(found):
    gates = found["tables"]["gates"]
    lines = [row["outputs for 00 01 10 11"] for row in gates if row["a line exists"] == "no"]
    assert lines == ["0 1 1 0", "1 0 0 1"]
    learned = [row["neurons that learned it"] == "5 of 5" for row in gates]
    assert learned == [row["a line exists"] == "yes" for row in gates]


def test_neurons_that_miss_a_line_or_learn_without_one_refute_the_slides():
    learned, never = np.array([[2, 0], [1, 0]]), np.array([[2, 1], [1, 2]])
    xor, and_ = (0, 1, 1, 0), (0, 0, 0, 1)

    def verdicts(mistakes):
        return [claim.verdict for claim in judged(judge_learning, mistakes)]

    assert verdicts({and_: learned, xor: never}) == ["reproduced"] * 2
    assert verdicts({and_: np.stack([learned[0], never[0]]), xor: learned}) == ["differs"] * 2


def test_a_neuron_of_another_threshold_refutes_the_net_values(monkeypatch):
    def threshold(bias, rule):
        monkeypatch.setattr(np, "greater_equal", rule)
        monkeypatch.setattr(np, "greater", rule)
        claims = {claim.id: claim.verdict for claim in judged(judge_thresholds)}
        return claims["E-threshold-70"], claims["E-threshold-20"]

    assert threshold(0, lambda net, bound: net >= bound + 5) == ("differs", "reproduced")
    assert threshold(0, lambda net, bound: net >= bound - 5) == ("reproduced", "differs")


def test_a_broken_gate_is_an_erratum(monkeypatch):
    monkeypatch.setattr(perceptron, "AND", perceptron.Neuron((0.5, 0.5), -0.4))
    claims = {claim.id: claim for claim in judged(judge_slide_neurons)}
    assert claims["E-and"].verdict == "erratum"
    assert claims["E-or"].verdict == "reproduced"


def test_a_list_with_xor_in_it_would_refute_the_slide():
    impossible, *_ = judged(judge_xor, np.array([[0, 0, 0, 1], [0, 1, 1, 0]]))
    assert impossible.verdict == "differs"
    possible, *_ = judged(judge_xor, np.array([[0, 1, 1, 1]]))
    assert possible.measured == "at best 3 of 4 rows right"


def test_a_line_between_the_points_of_xor_differs(monkeypatch):
    moved = np.array([[0, 0], [0, 1], [1, 0], [0.2, 0.2]])
    monkeypatch.setattr(perceptron, "binary_inputs", lambda n: moved)
    _, no_line, two_layers = judged(judge_xor, np.array([[0, 1, 1, 1]]))
    assert (no_line.verdict, two_layers.verdict) == ("differs", "reproduced")


@pytest.mark.parametrize("net", ["xor_of_two", "xor_of_three"])
def test_a_net_that_is_not_xor_for_one_input_differs(monkeypatch, net):
    monkeypatch.setattr(perceptron, net, lambda x: perceptron.fire(perceptron.OR, x))
    _, no_line, two_layers = judged(judge_xor, np.array([[0, 1, 1, 1]]))
    assert (no_line.verdict, two_layers.verdict) == ("reproduced", "differs")


def test_a_neuron_that_fires_no_more_often_with_a_larger_bias_differs(monkeypatch):
    def deaf(net, threshold):
        return net - net.min() >= threshold

    monkeypatch.setattr(perceptron, "step", deaf)
    assert judged(judge_thresholds)[-1].verdict == "differs"


def test_the_last_mistake_counts_from_one():
    assert last_mistake(np.array([[1, 0, 0], [0, 2, 0]])) == 2
    assert last_mistake(np.zeros((2, 3))) == 0
