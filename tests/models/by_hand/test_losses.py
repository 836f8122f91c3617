import keras
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats

from models.by_hand import activations, losses

RNG = np.random.default_rng(0)


def test_sigmoid_and_softmax_equal_scipys_at_any_size():
    z = np.array([-1000.0, -3, 0, 2, 1000])
    np.testing.assert_allclose(activations.logistic(z), scipy.special.expit(z))
    np.testing.assert_allclose(losses.softmax(z), scipy.special.softmax(z))
    np.testing.assert_allclose(losses.naive_softmax(z[1:4]), scipy.special.softmax(z[1:4]))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(losses.naive_softmax(z)).any()


def test_losses_equal_keras():
    p = RNG.dirichlet(np.ones(3), size=5)
    t = np.eye(3)[[0, 2, 1, 1, 0]]
    keras_loss = keras.losses.CategoricalCrossentropy()(t, p)
    assert losses.categorical_cross_entropy(t, p).mean() == pytest.approx(float(keras_loss))
    q, y = p[:, 0], t[:, 0]
    keras_loss = keras.losses.BinaryCrossentropy()(y, q)
    assert losses.binary_cross_entropy(y, q).mean() == pytest.approx(float(keras_loss))
    assert losses.mean_squared_error([1, 2], [4, 3]) == 5


def test_slopes_and_curvatures_equal_finite_differences():
    z, h = np.linspace(-4, 4, 9), 1e-4
    for t in (0, 1):

        def square(z, t=t):
            return (activations.logistic(z) - t) ** 2

        def entropy(z, t=t):
            return losses.binary_cross_entropy(np.full(z.shape, t), activations.logistic(z))

        for loss, slope, curvature in (
            (square, losses.squared_error_slope(z, t), losses.squared_error_curvature(z, t)),
            (entropy, losses.cross_entropy_slope(z, t), losses.cross_entropy_curvature(z)),
        ):
            np.testing.assert_allclose(slope, (loss(z + h) - loss(z - h)) / (2 * h), atol=1e-6)
            second = (loss(z + h) - 2 * loss(z) + loss(z - h)) / h**2
            np.testing.assert_allclose(curvature, second, atol=1e-6)


def test_hessian_equals_finite_differences_of_the_mean_loss():
    x, w, h = RNG.normal(size=(6, 2)), np.array([0.3, -0.8]), 1e-4

    def loss(w):
        return np.mean(activations.logistic(x @ w) ** 2)

    found = losses.hessian(x, losses.squared_error_curvature(x @ w, 0))
    e = h * np.eye(2)
    second = [
        [
            (loss(w + a + b) - loss(w + a - b) - loss(w - a + b) + loss(w - a - b)) / (4 * h**2)
            for a in e
        ]
        for b in e
    ]
    np.testing.assert_allclose(found, second, atol=1e-6)
