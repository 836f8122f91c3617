import numpy as np
import pytest

from models.by_hand.finite_differences import numerical_gradient, numerical_jacobian


def test_gradient_of_a_polynomial_is_exact():
    point = np.array([[1.0, -2.0], [0.5, 3.0]])
    found = numerical_gradient(lambda x: float(np.sum(x**2) + x[0, 1]), point)
    assert found == pytest.approx(2 * point + [[0, 1], [0, 0]], abs=1e-8)


def test_integers_are_taken_as_numbers():
    assert numerical_gradient(lambda x: float(x**2), np.array(3)) == pytest.approx(6)


def test_a_function_of_nothing_has_no_derivatives():
    assert numerical_gradient(lambda x: 1.0, np.empty(0)).shape == (0,)


def test_jacobian_has_a_row_for_each_function():
    found = numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0], x[1] ** 2]), np.array([2, 3]))
    assert found == pytest.approx(np.array([[3, 2], [1, 0], [0, 6]]), abs=1e-8)
