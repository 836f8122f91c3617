import math

import keras
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats

from models.by_hand import activations, losses

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("p", "norm"), [(1, 7), (2, 5), (3, 91 ** (1 / 3)), (math.inf, 4)])
def test_norms_of_three_four(p, norm):
    assert losses.p_norm([3, -4], p) == pytest.approx(norm)


def test_norms_equal_numpys_and_do_not_overflow():
    x = RNG.normal(size=9)
    for p in (1, 1.5, 2, 7, np.inf):
        assert losses.p_norm(x, p) == pytest.approx(np.linalg.norm(x, p))
    assert losses.p_norm([1e200, 1e200], 2) == pytest.approx(math.sqrt(2) * 1e200)
    assert losses.p_norm([0, 0], 2) == 0


@pytest.mark.parametrize(("x", "p"), [([1], 0), ([1], -1), ([1], math.nan), ([], 2), ([[1]], 2)])
def test_a_norm_needs_a_positive_p_and_a_vector(x, p):
    with pytest.raises(ValueError, match="p above 0"):
        losses.p_norm(x, p)


def test_cosine_and_hamming_equal_scipys():
    a, b = RNG.normal(size=(2, 5))
    assert losses.cosine_similarity(a, b) == pytest.approx(1 - scipy.spatial.distance.cosine(a, b))
    assert losses.hamming_distance([1, 0, 1, 1], [1, 1, 1, 0]) == 2
    with pytest.raises(ValueError, match="direction"):
        losses.cosine_similarity([0, 0], [1, 2])
    with pytest.raises(ValueError, match="shapes"):
        losses.hamming_distance([1], [1, 2])


def test_information_of_a_fair_coin_a_certainty_and_the_impossible():
    assert losses.self_information([0.5, 1, 0.125, 0]).tolist() == [1, 0, 3, math.inf]
    assert losses.entropy([0.5, 0.5]) == 1
    assert losses.entropy([1, 0]) == 0
    with pytest.raises(ValueError, match="0 to 1"):
        losses.self_information(1.5)


def test_entropy_and_cross_entropy_equal_scipys():
    p, q = RNG.dirichlet(np.ones(4), size=(2, 6))
    np.testing.assert_allclose(losses.entropy(p), scipy.stats.entropy(p, axis=-1, base=2))
    divergence = scipy.stats.entropy(p, q, axis=-1, base=2)
    np.testing.assert_allclose(losses.cross_entropy(p, q), losses.entropy(p) + divergence)


def test_cross_entropy_is_infinite_only_where_something_possible_was_excluded():
    assert losses.cross_entropy([0.5, 0.5], [1, 0]) == math.inf
    assert losses.cross_entropy([1, 0], [1, 0]) == 0


@pytest.mark.parametrize("q", [[0.5, 0.6], [-0.5, 1.5], [math.nan, 1]])
def test_what_is_no_distribution_is_refused(q):
    with pytest.raises(ValueError, match=r"sum to 1|0 to 1"):
        losses.cross_entropy([0.5, 0.5], q)


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
