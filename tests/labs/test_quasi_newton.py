from labs import quasi_newton as lab
from labs.studies.minimizers import (
    BFGS,
    CONJUGATE,
    DESCENT,
    LBFGS,
    LM,
    LOGISTIC,
    NEURON,
    RAVINE,
    ROSENBROCK,
)
from tests.labs.quick_run import judged
from tests.labs.studies.comparison import compared, swap


def test_a_quasi_newton_method_that_calls_a_hessian_is_noticed():
    seen = compared()
    calls = {"values": 9, "gradients": 9, "matrices": 1}
    broken = swap(seen, LOGISTIC, LBFGS, calls=calls)
    assert lab.lies_between(seen, LOGISTIC, LBFGS)
    assert not lab.lies_between(broken, LOGISTIC, LBFGS)
    assert judged(lab.judge_quasi_newton, seen)[0].verdict == "depends"
    slow = swap(broken, LOGISTIC, BFGS, points=seen.find(LOGISTIC, DESCENT).points)
    assert judged(lab.judge_quasi_newton, slow)[0].verdict == "differs"


def test_slow_conjugate_gradients_that_take_a_step_more_are_noticed():
    seen = compared()
    assert judged(lab.judge_conjugate_gradient, seen)[0].verdict == "depends"
    points = seen.find(RAVINE, CONJUGATE).points
    broken = swap(seen, RAVINE, CONJUGATE, points=[points[0], *points])
    slow = seen.find(LOGISTIC, DESCENT).points
    broken = swap(broken, LOGISTIC, CONJUGATE, points=slow)
    assert judged(lab.judge_conjugate_gradient, broken)[0].verdict == "differs"


def test_levenberg_marquardt_that_does_not_arrive_is_noticed():
    seen = compared()
    assert judged(lab.judge_levenberg_marquardt, seen)[0].verdict == "depends"
    broken = seen
    for problem in (ROSENBROCK, NEURON):
        slow = seen.find(problem, DESCENT).points
        broken = swap(broken, problem, LM, points=slow)
    assert judged(lab.judge_levenberg_marquardt, broken)[0].verdict == "differs"
