import numpy as np
import pytest

from labs import gradient_cost as lab
from labs.errors import InputError
from models.by_hand import dense_net
from tests.labs.quick_run import judged


@pytest.mark.slow
def test_multiplications_are_those_counted_by_hand(found):
    smallest = {k: v for k, v in found["tables"]["cost"][0].items() if "timed" not in k}
    # Four layers of 4 · 4 weights and 4 biases: 64 multiplications forward. Backward 64 for the
    # weights, 16 for the slopes, 48 for the errors of all layers but the last: 2 times that. One
    # at a time 1056 + 656 + 256 + 36 from the first layer to the last.
    counted = {"backward": 2.0, "one at a time": round(2004 / 64), "finite differences": 2 * 80}
    assert smallest == {"units": 4, "parameters": 80, **counted}


def test_cost_that_does_not_grow_is_not_the_lectures():
    row = {"parameters": 80, "backward": 2.0, "one at a time": 31}
    big = {"parameters": 8000, "backward": 1.8, "one at a time": 32}
    assert judged(lab.judge_cost, [row, big])[0].verdict == "differs"
    dear = {"parameters": 8000, "backward": 80.0, "one at a time": 3100}
    assert judged(lab.judge_cost, [row, dear])[0].verdict == "differs"
    right = {"parameters": 8000, "backward": 1.8, "one at a time": 3100}
    assert judged(lab.judge_cost, [row, right])[0].verdict == "reproduced"


def test_one_unit_shares_what_a_layer_does_not(monkeypatch):
    shared, _ = judged(lab.judge_derivatives, 4, 0)
    assert shared.verdict == "depends"
    right = dense_net.backward

    def share(factors):
        def backward(net, passed, gradient):
            found = right(net, passed, gradient)
            alike = factors * passed.a[0].T * np.ones((5, 1))
            return found._replace(weights=[alike, *found.weights[1:]])

        monkeypatch.setattr(dense_net, "backward", backward)
        return judged(lab.judge_derivatives, 4, 0)[0].verdict

    assert share(1.0) == "reproduced"
    assert share(np.arange(1.0, 6)) == "differs"  # Another factor for each input.


def test_differences_that_miss_the_derivatives_would_bear_the_slide_out(monkeypatch):
    assert judged(lab.judge_derivatives, 4, 0)[1].verdict == "differs"
    monkeypatch.setattr(lab, "numerical_gradient", lambda loss, point: point)
    assert judged(lab.judge_derivatives, 4, 0)[1].verdict == "reproduced"


@pytest.mark.parametrize("widths", [(4,), (8, 4), (0, 4)])
def test_widths_that_do_not_grow_are_refused(widths):
    with pytest.raises(InputError, match="widths"):
        lab.Config(widths=widths)


def test_relu_is_cheap_only_if_it_is_so_in_most_turns():
    turns = np.linspace(0.9, 1.1, 10)
    for relu, expected in ((0.5, "reproduced"), (1.0, "undecided"), (2.0, "differs")):
        seconds = {"relu": relu * turns, "sigmoid": np.full(10, 1.0), "tanh": np.full(10, 3.0)}
        assert judged(lab.judge_relu, seconds)[0].verdict == expected
