from itertools import islice

import numpy as np
import pytest
from scipy import optimize

from models.by_hand import optimization as opt
from models.by_hand import problems

A = np.array([[4.0, 1.0], [1.0, 3.0]])
B = np.array([1.0, 2.0])
SOLUTION = np.array([1 / 11, 7 / 11])


def take(iterator, number):
    return list(islice(iterator, number))


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
    p = problems.rosenbrock()
    assert p.residuals
    assert p.jacobian
    first, second = take(opt.levenberg_marquardt(p.residuals, p.jacobian, p.start, 1e3), 2)
    j, r = p.jacobian(first), p.residuals(first)
    assert (j.T @ j + 1e3 * np.eye(2)) @ (second - first) == pytest.approx(-j.T @ r)


def test_levenberg_marquardt_never_climbs_and_agrees_with_scipy():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 3)), random.integers(0, 2, 40)
    for p in (problems.rosenbrock(), problems.neuron(x, y)):
        assert p.residuals
        assert p.jacobian
        path = take(opt.levenberg_marquardt(p.residuals, p.jacobian, p.start), 60)
        assert np.all(np.diff([p.value(point) for point in path]) <= 0)
        reference = optimize.least_squares(p.residuals, p.start, xtol=1e-12, gtol=1e-12)
        assert path[-1] == pytest.approx(reference.x, abs=1e-5)


def test_levenberg_marquardt_stays_at_the_minimum():
    p = problems.rosenbrock()
    assert p.residuals
    assert p.jacobian
    path = take(opt.levenberg_marquardt(p.residuals, p.jacobian, np.ones(2)), 3)
    assert np.array(path).tolist() == [[1, 1]] * 3


@pytest.mark.parametrize("order", [1.0, 1.5, 2.0])
def test_the_order_of_a_sequence_is_found(order):
    errors = [0.5]
    while errors[-1] > 1e-12 and len(errors) < 40:
        errors.append(0.5 * errors[-1] ** order)
    assert opt.observed_order(np.array([100.0, *errors])) == pytest.approx(order)


def test_too_few_errors_have_no_order():
    assert opt.observed_order(np.array([1.0, 1e-5, 0.0])) is None
    assert opt.observed_order(np.array([1.0])) is None
