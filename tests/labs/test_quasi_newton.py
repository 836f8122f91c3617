from labs import quasi_newton as lab
from labs.studies.minimizers import CONJUGATE, LBFGS, LM, LOGISTIC, RAVINE, ROSENBROCK
from tests.labs.quick_run import judged
from tests.labs.studies.comparison import compared, swap


def test_a_quasi_newton_method_that_calls_a_hessian_is_noticed():
    seen = compared()
    calls = {"values": 9, "gradients": 9, "matrices": 1}
    broken = swap(seen, LOGISTIC, LBFGS, calls=calls)
    assert judged(lab.judge_quasi_newton, broken)[0].verdict == "differs"


def test_conjugate_gradients_that_take_a_step_more_are_noticed():
    seen = compared()
    assert judged(lab.judge_conjugate_gradient, seen)[0].verdict == "reproduced"
    points = seen.find(RAVINE, CONJUGATE).points
    broken = swap(seen, RAVINE, CONJUGATE, points=[points[0], *points])
    assert judged(lab.judge_conjugate_gradient, broken)[0].verdict == "differs"


def test_levenberg_marquardt_that_does_not_arrive_is_noticed():
    seen = compared()
    assert judged(lab.judge_levenberg_marquardt, seen)[0].verdict == "reproduced"
    points = seen.find(ROSENBROCK, LM).points[:-4]
    broken = swap(seen, ROSENBROCK, LM, points=points)
    assert judged(lab.judge_levenberg_marquardt, broken)[0].verdict == "differs"
