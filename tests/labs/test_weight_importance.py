import numpy as np
import pytest

from labs import weight_importance as lab
from tests.labs.quick_run import judged


def test_another_unit_changes_the_weight_and_not_what_the_input_is_worth():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ [1.0, 2.0, 0.2] + rng.normal(0, 0.1, 200)
    config = lab.Config(draws=10)
    meters, millimeters = lab.measure(x, y, config), lab.measure(x * [1000, 1, 1], y, config)
    assert millimeters.weights == pytest.approx(meters.weights / [1000, 1, 1])
    assert millimeters.losses == pytest.approx(meters.losses)
    assert (meters.correlations == 1).all()
    assert millimeters.correlations.max() < 1


def test_regression_is_the_best_line_with_a_bias():
    weights, error = lab.least_squares(np.array([[0.0], [1.0], [2.0]]), np.array([5.0, 7.0, 9.0]))
    assert weights == pytest.approx([2])
    assert error == pytest.approx(0)


def test_a_neuron_depends_most_on_its_inputs_where_it_fires_half_the_time():
    """Output changes with probability 2p(1 − p); the net value is symmetric about 50."""
    dependence = lab.depend(lab.Config(draws=300)).mean(axis=0)
    assert dependence[0] == 0
    assert dependence[-1] == 0
    assert dependence[5] == pytest.approx(0.5, abs=0.01)
    assert dependence[2] == pytest.approx(dependence[8], abs=0.01)


def test_dependence_that_falls_with_every_bias_bears_the_lecture_out():
    falling = np.tile(np.linspace(1, 0, len(lab.BIASES)), (10, 1)) + np.eye(10, 11) / 1e3
    claims = [judged(lab.judge_bias, values)[0].verdict for values in (falling, falling[:, ::-1])]
    assert claims == ["reproduced", "differs"]
