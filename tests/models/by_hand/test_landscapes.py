import numpy as np
import pytest
from scipy.optimize import approx_fprime

from models.by_hand import landscapes

POINTS = np.random.default_rng(0).normal(size=(5, 2))


@pytest.mark.parametrize("name", ["ravine", "saddle", "plateau"])
def test_the_gradient_is_that_of_the_loss(name):
    loss, gradient = getattr(landscapes, name), getattr(landscapes, f"{name}_gradient")
    for point in POINTS:
        np.testing.assert_allclose(gradient(point), approx_fprime(point, loss), atol=1e-4)
    np.testing.assert_array_equal(gradient(POINTS)[3], gradient(POINTS[3]))
    assert loss(POINTS).shape == (5,)


def test_values_worked_by_hand():
    assert landscapes.ravine(np.array([2.0, 0.1])) == pytest.approx(2.5)
    assert landscapes.ravine(np.array([2.0, 1.0]), steepness=4) == pytest.approx(4)
    assert landscapes.ravine_gradient(np.array([2.0, 1.0]), 4) == pytest.approx([2, 4])
    assert landscapes.saddle(np.array([[0.0, 1.0], [0.0, 0.0]])) == pytest.approx([-0.25, 0])
    assert landscapes.plateau(np.array([0.0, 0.0])) == 0
    assert landscapes.plateau(np.array([9.0, 0.0])) == pytest.approx(1)


@pytest.fixture
def fit():
    x = np.linspace(-3, 3, 7)
    return landscapes.SineFit(x, np.sin(2 * x))


def test_a_sine_fits_itself_and_its_gradient_is_that_of_the_loss(fit):
    assert fit.loss(np.array(2.0)) == 0
    w = np.array([0.3, 1.9, 4.4])
    slopes = [approx_fprime([v], lambda p: fit.loss(p)[0])[0] for v in w]
    np.testing.assert_allclose(fit.gradient(w), slopes, atol=1e-4)


def test_rows_may_be_chosen_for_each_frequency(fit):
    w = np.array([1.0, 1.0])
    all_rows = np.tile(np.arange(7), (2, 1))
    np.testing.assert_allclose(fit.gradient(w, all_rows), fit.gradient(w))
    single = [fit.gradient(np.array([1.0]), np.array([[row]]))[0] for row in range(7)]
    assert np.mean(single) == pytest.approx(fit.gradient(np.array(1.0)))
    assert np.std(single) > 0
