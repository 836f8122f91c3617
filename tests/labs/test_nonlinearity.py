from __future__ import annotations

from labs.nonlinearity import (
    LINEAR,
    ONE,
    SIGMOID,
    Config,
    judge_linear_cube,
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


def test_a_linear_stack_that_is_better_than_one_layer_refutes_the_slide():
    moons = draw_moons(Config())
    losses = [[0.5, 0.1], [0.5, 0.1]]

    def nets(test):
        return fake([WEIGHTS] * 2, [WEIGHTS] * 2, losses, test)

    kinds = {ONE: nets([0.88, 0.88]), LINEAR: nets([0.88, 0.88]), SIGMOID: nets([0.99, 1.0])}
    assert [c.verdict for c in judged(judge_linear_stack, moons, kinds)] == ["reproduced"] * 2
    better = kinds | {LINEAR: nets([0.95, 0.96])}
    assert [c.verdict for c in judged(judge_linear_stack, moons, better)] == [
        "reproduced",
        "differs",
    ]


def test_outputs_that_are_not_those_of_the_one_layer_refute_the_slide():
    weights = [WEIGHTS, MOVED]  # Both nets' outputs are those of the first.
    nets = fake(weights, weights, [[0.5, 0.1]] * 2, [0.88, 0.88])
    kinds = dict.fromkeys((ONE, LINEAR, SIGMOID), nets)
    one_map, _ = judged(judge_linear_stack, draw_moons(Config()), kinds)
    assert one_map.verdict == "differs"
