import numpy as np
import pytest

from labs import optimization as lab
from labs.studies import minimizers
from labs.studies.minimizers import DESCENT, LOGISTIC, NEWTON, RAVINE
from models.by_hand import problems
from tests.labs.quick_run import judged
from tests.labs.studies.comparison import LIMITS, compared, swap

right = lab.follow


def test_iterations_end_at_the_limit():
    made = minimizers.trace(minimizers.DESCENT, problems.rosenbrock(), LIMITS)
    assert made.iterations == 4000
    assert not made.solved
    assert lab.describe_cost(made) == "more than 4,000"


def test_a_first_order_method_that_calls_a_hessian_is_noticed():
    seen = compared()
    assert judged(lab.judge_first_order, seen)[0].verdict == "reproduced"
    calls = {"values": 0, "gradients": 9, "matrices": 1}
    broken = swap(seen, RAVINE, DESCENT, calls=calls)
    assert judged(lab.judge_first_order, broken)[0].verdict == "differs"


@pytest.mark.parametrize(
    "follow",
    [
        lambda rule, problem: [problem.hessian(problem.start) @ problem.start],
        lambda rule, problem: [right(rule, problem)[-1], 5 * np.ones(len(problem.start))],
    ],
)
def test_a_variant_that_calls_a_hessian_or_climbs_is_noticed(monkeypatch, follow):
    monkeypatch.setattr(lab, "follow", follow)
    assert judged(lab.judge_first_order, compared())[0].verdict == "differs"


def test_a_newton_method_that_converges_linearly_is_noticed():
    seen = compared()
    assert judged(lab.judge_newton, seen)[0].verdict == "reproduced"
    iterations = seen.find(LOGISTIC, NEWTON).iterations
    slow = seen.find(LOGISTIC, DESCENT).points[:: 4000 // iterations][: iterations + 1]
    broken = swap(seen, LOGISTIC, NEWTON, points=slow)
    assert judged(lab.judge_newton, broken)[0].verdict == "differs"
