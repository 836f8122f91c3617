import numpy as np
import pytest
from scipy import optimize

from models.by_hand import problems as by_hand


def problems():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 3)), random.integers(0, 2, 40)
    return [
        by_hand.ravine(),
        by_hand.rosenbrock(),
        by_hand.logistic_regression(x, y),
        by_hand.neuron(x, y),
    ]


@pytest.mark.parametrize("problem", problems(), ids=lambda p: p.name)
def test_derivatives_are_those_of_the_function(problem):
    point = problem.start + 0.3 * np.arange(1, 1 + len(problem.start))
    assert optimize.check_grad(problem.value, problem.gradient, point) < 1e-4 * max(
        1, np.abs(problem.gradient(point)).max()
    )
    rows = optimize.approx_fprime(point, problem.gradient, 1e-7)
    assert problem.hessian(point) == pytest.approx(rows, rel=1e-4, abs=1e-5)
    if problem.residuals:
        rows = optimize.approx_fprime(point, problem.residuals, 1e-7)
        assert problem.jacobian(point) == pytest.approx(rows, rel=1e-4, abs=1e-5)
        assert problem.value(point) == pytest.approx(np.sum(problem.residuals(point) ** 2))


def test_minima_are_those_that_are_known():
    ravine, rosenbrock, logistic, _ = problems()
    assert by_hand.find_minimum(ravine) == pytest.approx([0, 0], abs=1e-12)
    assert by_hand.find_minimum(rosenbrock) == pytest.approx([1, 1])
    reference = optimize.minimize(logistic.value, logistic.start, method="BFGS")
    assert by_hand.find_minimum(logistic) == pytest.approx(reference.x, abs=1e-4)


def test_a_problem_without_minimum_is_told():
    saddle = by_hand.Problem(
        "saddle",
        np.ones(2),
        lambda x: float(x[0] ** 2 - x[1] ** 2),
        lambda x: np.array([2 * x[0], -2 * x[1]]),
        lambda x: np.diag([2.0, -2.0]),
    )
    with pytest.raises(ArithmeticError, match="saddle"):
        by_hand.find_minimum(saddle)


def test_calls_are_counted_and_change_nothing():
    problem = by_hand.rosenbrock()
    counted, calls = by_hand.count_calls(problem)
    point = np.array([0.5, 2.0])
    assert counted.value(point) == problem.value(point)
    assert counted.hessian(point).tolist() == problem.hessian(point).tolist()
    assert counted.residuals
    assert counted.jacobian
    counted.residuals(point)
    counted.jacobian(point)
    assert calls == {"values": 2, "gradients": 0, "matrices": 2}


def test_what_a_problem_has_not_cannot_be_called():
    counted, _ = by_hand.count_calls(by_hand.logistic_regression(np.ones((2, 1)), np.arange(2)))
    assert counted.residuals is None
    assert counted.jacobian is None
