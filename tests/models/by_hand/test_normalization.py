from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from models.by_hand import normalization as n

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal([3, -100, 0.01], [1, 50, 0.002], (40, 3))
GAMMA, BETA = np.array([1.0, 2.0, -0.5]), np.array([0.0, 5.0, -1.0])


def keras_layer(kind):
    layer = kind(epsilon=n.KERAS_EPSILON, dtype="float64")
    layer.build(X.shape)
    layer.gamma.assign(GAMMA)
    layer.beta.assign(BETA)
    return layer


def test_scaling_by_hand():
    x = np.array([[1.0, 5.0], [2.0, 5.0], [5.0, 5.0]])
    assert n.min_max(x).tolist() == [[0, 0], [0.25, 0], [1, 0]]
    root = np.sqrt(26 / 9)  # Variance of 1, 2, 5 around 8/3.
    np.testing.assert_allclose(n.standardize(x)[:, 0], (x[:, 0] - 8 / 3) / root)
    assert n.standardize(x)[:, 1].tolist() == [0, 0, 0]


def test_one_row_is_scaled_to_zero():
    assert n.min_max(X[:1]).tolist() == [[0, 0, 0]]
    assert n.standardize(X[:1]).tolist() == [[0, 0, 0]]


def test_scaling_equals_scikit_learn_also_where_a_column_is_constant():
    x = np.column_stack([X, np.full(len(X), 0.1)])
    np.testing.assert_allclose(n.min_max(x), MinMaxScaler().fit_transform(x), atol=1e-12)
    np.testing.assert_allclose(n.standardize(x), StandardScaler().fit_transform(x), atol=1e-12)


def test_batch_normalization_equals_keras_in_training_and_prediction():
    layer = keras_layer(keras.layers.BatchNormalization)
    np.testing.assert_allclose(
        n.batch_normalize(X, GAMMA, BETA, n.KERAS_EPSILON), layer(X, training=True)
    )
    layer(X[:7] * 2, training=True)
    mean, variance = np.zeros(3), np.ones(3)
    for batch in (X, X[:7] * 2):
        mean = n.moving_average(mean, batch.mean(axis=0))
        variance = n.moving_average(variance, batch.var(axis=0))
    np.testing.assert_allclose(
        n.batch_normalize_for_prediction(X, mean, variance, GAMMA, BETA, n.KERAS_EPSILON),
        layer(X, training=False),
        rtol=1e-6,
    )


def test_batch_normalization_acts_across_samples_and_layer_normalization_across_variables():
    batch, layer = n.batch_normalize(X), n.layer_normalize(X)
    np.testing.assert_allclose(batch.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(batch.std(axis=0), 1)
    np.testing.assert_allclose(layer.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(layer.std(axis=1), 1)


def test_layer_normalization_equals_keras_and_needs_no_batch():
    layer = keras_layer(keras.layers.LayerNormalization)
    by_hand = n.layer_normalize(X, GAMMA, BETA, n.KERAS_EPSILON)
    np.testing.assert_allclose(by_hand, layer(X), atol=1e-7)
    np.testing.assert_array_equal(
        n.layer_normalize(X[:1], GAMMA, BETA, n.KERAS_EPSILON)[0], by_hand[0]
    )


def test_normalized_weights_have_the_learned_length_and_the_old_direction():
    v = GENERATOR.normal(size=(5, 3))
    w = n.weight_normalize(v, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), [1, 2, 3])
    np.testing.assert_allclose(w / v, np.broadcast_to((w / v)[0], w.shape))
    np.testing.assert_allclose(n.weight_normalize(10 * v, [1.0, 2.0, 3.0]), w)


def gradient_descent(x, y, rate, steps):
    design = np.column_stack([x, np.ones(len(x))])
    weights, losses = np.zeros(design.shape[1]), []
    for _ in range(steps + 1):
        error = design @ weights - y
        losses.append(np.mean(error**2))
        weights = weights - rate * 2 / len(x) * design.T @ error
    return np.array(losses)


def bowl_and_data():
    x = n.min_max(X)
    y = x @ [1.0, -2.0, 3.0] + GENERATOR.normal(size=len(x))
    return n.regression_bowl(x, y), x, y


def test_the_bowl_foretells_gradient_descent():
    bowl, x, y = bowl_and_data()
    rate = 0.7 * bowl.largest_stable_rate
    losses = gradient_descent(x, y, rate, 200)
    np.testing.assert_allclose(bowl.loss(rate, np.arange(201)), losses)
    for share in (1.01, 1.02, 1.05, 1.1, 1.2):
        steps = bowl.steps_to(share * bowl.lowest, rate)
        assert losses[steps] <= share * bowl.lowest < losses[steps - 1]


def test_the_eigenvalues_are_those_of_the_hessian():
    bowl, x, _ = bowl_and_data()
    design = np.column_stack([x, np.ones(len(x))])
    np.testing.assert_allclose(
        bowl.eigenvalues, np.linalg.eigvalsh(2 / len(x) * design.T @ design), rtol=1e-9
    )
    assert bowl.condition_number == pytest.approx(np.linalg.cond(design) ** 2)


def test_descent_diverges_just_above_the_largest_stable_rate():
    bowl, x, y = bowl_and_data()
    assert gradient_descent(x, y, 1.02 * bowl.largest_stable_rate, 2_000)[-1] > 1e10
    assert gradient_descent(x, y, 0.98 * bowl.largest_stable_rate, 2_000)[-1] < 1.1 * bowl.lowest


def test_no_step_is_needed_where_one_stands_already():
    bowl, _, y = bowl_and_data()
    assert bowl.steps_to(float(np.mean(y**2)) * 1.001, bowl.largest_stable_rate / 2) == 0


@pytest.mark.parametrize(("share", "rate_share"), [(1.1, 1.0), (1.1, 0.0), (1.0, 0.5)])
def test_what_is_never_reached_is_refused(share, rate_share):
    bowl, _, _ = bowl_and_data()
    with pytest.raises(ValueError, match="comes below"):
        bowl.steps_to(share * bowl.lowest, rate_share * bowl.largest_stable_rate)
