from __future__ import annotations

import numpy as np
from sklearn.linear_model import LinearRegression

from labs.nonlinearity import (
    ONE,
    SIGMOID,
    Config,
    judge_bent,
    judge_linear_cube,
    judge_linear_map,
    judge_linear_stack,
)
from labs.studies.crescents import draw_moons
from tests.labs.fake_nets import MOVED, WEIGHTS, fake
from tests.labs.quick_run import judged


def test_the_same_seed_draws_the_same_moons():
    first, again, other = (draw_moons(Config(seed=seed)) for seed in (4, 4, 5))
    assert first.source == again.source != other.source


def test_three_linear_layers_cube_their_factor():
    assert judged(judge_linear_cube)[0].verdict == "reproduced"


def test_a_curve_that_is_no_better_than_the_best_line_refutes_the_slide():
    def verdict(bent):
        kinds = {ONE: [0.86, 0.88, 0.9], SIGMOID: bent}
        nets = {
            kind: fake([WEIGHTS] * 3, [WEIGHTS] * 3, [[1.0]] * 3, t) for kind, t in kinds.items()
        }
        return judged(judge_bent, nets)[0].verdict

    assert verdict([0.99, 0.98, 1.0]) == "reproduced"
    assert verdict([0.87, 0.86, 0.88]) == "differs"


def test_outputs_that_are_not_those_of_the_one_layer_refute_the_slide():
    moons = draw_moons(Config())
    for weights, expected in (([WEIGHTS] * 2, "reproduced"), ([WEIGHTS, MOVED], "differs")):
        nets = fake(weights, weights, [[0.5, 0.1]] * 2, [0.88, 0.88])
        assert judged(judge_linear_map, moons, nets.replicas)[0].verdict == expected


def test_a_stack_whose_output_is_bent_or_no_regression_refutes_the_slide():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2))
    y = x @ [[1.0], [2.0]] + rng.normal(size=(50, 1))
    line = LinearRegression().fit(x, y).predict(x)

    def verdict(linear, sigmoid):
        return judged(judge_linear_stack, x, y, {"linear": linear, "sigmoid": sigmoid})[0].verdict

    assert verdict(line, line**3) == "reproduced"
    assert verdict(line + 0.01 * x[:, :1] ** 2, line**3) == "differs"
    assert verdict(1.1 * line, line**3) == "differs"
    assert verdict(line, line) == "differs"
