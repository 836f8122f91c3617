import numpy as np
import pytest
from scipy.optimize import approx_fprime

from models.by_hand import line_fit

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
START = np.array([-1.0, 5.0])


def test_the_lectures_line_gives_the_numbers_worked_by_hand():
    assert line_fit.predict(START, X).tolist() == [4, 3]
    assert line_fit.squared_errors(START, X, Y).tolist() == [1, 4]
    assert line_fit.mean_squared_error(START, X, Y) == 2.5
    assert line_fit.gradient(START, X, Y) == pytest.approx([-3, -1])
    assert line_fit.hessian(X) == pytest.approx(np.array([[5, 3], [3, 2]]))


def test_many_lines_are_computed_at_once():
    lines = np.array([[START, [2, 1]], [[0, 0], [1, 1]], [[3, 0], [0, 3]]])
    losses = line_fit.mean_squared_error(lines, X, Y)
    assert losses.shape == (3, 2)
    assert losses[0].tolist() == [2.5, 0]
    assert losses[1, 0] == (9 + 25) / 2


def test_gradient_and_hessian_are_the_differences_on_any_points():
    x, y, line = np.random.default_rng(0).normal(size=(3, 7))
    line = line[:2]
    ours = line_fit.gradient(line, x, y)
    assert ours == pytest.approx(approx_fprime(line, line_fit.mean_squared_error, 1e-7, x, y), 1e-4)
    rows = approx_fprime(line, line_fit.gradient, 1e-7, x, y)
    assert line_fit.hessian(x) == pytest.approx(rows, rel=1e-4)


def test_the_largest_stable_rate_is_two_over_the_largest_eigenvalue():
    assert line_fit.largest_stable_rate(X) == pytest.approx(4 / (7 + np.sqrt(45)))


def test_one_point_is_a_line_of_its_own():
    one = np.array([2.0])
    assert line_fit.mean_squared_error(START, one, np.array([5.0])) == 4
    assert line_fit.gradient(START, one, np.array([5.0])).tolist() == [-8, -4]
