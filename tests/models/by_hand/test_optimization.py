from itertools import islice

import numpy as np
import pytest
from scipy import optimize

from models.by_hand import optimization as opt

A = np.array([[4.0, 1.0], [1.0, 3.0]])
B = np.array([1.0, 2.0])
SOLUTION = np.array([1 / 11, 7 / 11])


def take(iterator, number):
    return list(islice(iterator, number))


def problems():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 3)), random.integers(0, 2, 40)
    return [opt.ravine(), opt.rosenbrock(), opt.logistic_regression(x, y), opt.neuron(x, y)]


def test_descent_steps_against_the_gradient():
    path = take(opt.gradient_descent(lambda x: A @ x - B, np.zeros(2), 0.1), 3)
    assert path[0].tolist() == [0, 0]
    assert path[1] == pytest.approx([0.1, 0.2])
    assert path[2] == pytest.approx([0.1 + 0.1 * (1 - 0.6), 0.2 + 0.1 * (2 - 0.7)])


def test_momentum_repeats_a_share_of_the_last_step():
    steps = take(opt.gradient_descent(lambda x: np.ones(1), np.zeros(1), 1.0, momentum=0.5), 4)
    assert np.ravel(steps).tolist() == [0, -1, -2.5, -4.25]


def test_conjugate_gradient_gives_the_steps_of_the_textbook():
    # The numerical example of Wikipedia, "Conjugate gradient method".
    path = take(opt.conjugate_gradient(lambda v: A @ v, B, np.array([2.0, 1.0])), 3)
    assert path[1] == pytest.approx([0.2356, 0.3384], abs=1e-4)
    assert path[2] == pytest.approx(SOLUTION)


def test_conjugate_gradient_needs_as_many_steps_as_unknowns():
    root = np.random.default_rng(0).normal(size=(6, 6))
    a, b = root @ root.T + np.eye(6), np.arange(6.0)
    path = take(opt.conjugate_gradient(lambda v: a @ v, b, np.zeros(6)), 7)
    assert path[6] == pytest.approx(np.linalg.solve(a, b))
    assert np.abs(path[5] - path[6]).max() > 1e-6


def test_conjugate_gradient_stays_at_the_minimum():
    path = take(opt.conjugate_gradient(lambda v: v, np.ones(2), np.ones(2)), 3)
    assert np.array(path).tolist() == [[1, 1]] * 3


def test_newton_solves_a_quadratic_in_one_step():
    path = take(opt.newton(lambda x: A @ x - B, lambda x: A, np.array([9.0, -9.0])), 2)
    assert path[1] == pytest.approx(SOLUTION)


def test_newton_finds_a_root_of_two_as_heron_did():
    path = take(opt.newton(lambda x: x**2 - 2, lambda x: np.diag(2 * x), np.ones(1)), 4)
    assert np.ravel(path) == pytest.approx([1, 3 / 2, 17 / 12, 577 / 408])


def test_levenberg_marquardt_step_solves_the_damped_equations():
    p = opt.rosenbrock()
    assert p.residuals
    assert p.jacobian
    first, second = take(opt.levenberg_marquardt(p.residuals, p.jacobian, p.start, 1e3), 2)
    j, r = p.jacobian(first), p.residuals(first)
    assert (j.T @ j + 1e3 * np.eye(2)) @ (second - first) == pytest.approx(-j.T @ r)


def test_levenberg_marquardt_never_climbs_and_agrees_with_scipy():
    for p in problems()[1::2]:
        path = take(opt.levenberg_marquardt(p.residuals, p.jacobian, p.start), 60)
        assert np.all(np.diff([p.value(point) for point in path]) <= 0)
        reference = optimize.least_squares(p.residuals, p.start, xtol=1e-12, gtol=1e-12)
        assert path[-1] == pytest.approx(reference.x, abs=1e-5)


def test_levenberg_marquardt_stays_at_the_minimum():
    p = opt.rosenbrock()
    assert p.residuals
    assert p.jacobian
    path = take(opt.levenberg_marquardt(p.residuals, p.jacobian, np.ones(2)), 3)
    assert np.array(path).tolist() == [[1, 1]] * 3


def test_the_barrier_s_minima_are_those_worked_by_hand():
    # Minimum of t x − log(x − 1) is at 1 + 1/t.
    path = take(opt.interior_point(np.ones(1), np.ones((1, 1)), np.ones(1), np.array([4.0])), 60)
    centers = dict(path)
    for t in (1.0, 10.0, 100.0):
        assert centers[t] == pytest.approx([1 + 1 / t], rel=1e-7)


def test_interior_point_agrees_with_the_simplex_method():
    c, a, b = np.array([1.0, 1.0]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 6.0])
    all_rows, all_needs = np.vstack([a, np.eye(2)]), np.append(b, [0, 0])
    for t, point in opt.interior_point(c, all_rows, all_needs, np.full(2, 5.0)):
        assert np.all(all_rows @ point > all_needs)
        if t > 1e7:
            break
    reference = optimize.linprog(c, A_ub=-a, b_ub=-b, method="highs-ds")
    assert point == pytest.approx(reference.x, abs=1e-6)
    assert reference.x == pytest.approx([1.6, 1.2])


def test_interior_point_refuses_a_start_outside():
    with pytest.raises(ValueError, match="room to spare"):
        next(opt.interior_point(np.ones(1), np.ones((1, 1)), np.ones(1), np.ones(1)))


def test_interior_point_tells_that_there_is_no_minimum():
    endless = opt.interior_point(-np.ones(1), np.ones((1, 1)), np.ones(1), np.array([2.0]))
    with pytest.raises(ValueError, match="No minimum"):
        take(endless, 500)


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
    assert opt.find_minimum(ravine) == pytest.approx([0, 0], abs=1e-12)
    assert opt.find_minimum(rosenbrock) == pytest.approx([1, 1])
    reference = optimize.minimize(logistic.value, logistic.start, method="BFGS")
    assert opt.find_minimum(logistic) == pytest.approx(reference.x, abs=1e-4)


def test_a_problem_without_minimum_is_told():
    saddle = opt.Problem(
        "saddle",
        np.ones(2),
        lambda x: float(x[0] ** 2 - x[1] ** 2),
        lambda x: np.array([2 * x[0], -2 * x[1]]),
        lambda x: np.diag([2.0, -2.0]),
    )
    with pytest.raises(ArithmeticError, match="saddle"):
        opt.find_minimum(saddle)
