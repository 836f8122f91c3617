import keras
import numpy as np
import pytest
import tensorflow as tf

from models.by_hand import logistic_regression

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(9, 3)), RNG.integers(0, 2, 9)
W = RNG.normal(size=(4, 3))


def test_loss_and_gradient_are_those_of_keras():
    for w in W:
        variable = tf.Variable(w)
        with tf.GradientTape() as tape:
            z = tf.linalg.matvec(tf.constant(X), variable)
            loss = tf.reduce_mean(
                keras.losses.binary_crossentropy(Y[:, None].astype(float), z[:, None], True)
            )
        assert logistic_regression.loss(w, X, Y) == pytest.approx(float(loss))
        by_hand = logistic_regression.gradient(w, X, Y)
        np.testing.assert_allclose(by_hand, tape.gradient(loss, variable).numpy(), rtol=1e-6)


def test_each_parameter_vector_may_have_rows_of_its_own():
    rows = np.array([[0, 1], [2, 3], [4, 5], [6, 7]])
    several = logistic_regression.gradient(W, X[rows], Y[rows])
    for number, w in enumerate(W):
        alone = logistic_regression.gradient(w, X[rows[number]], Y[rows[number]])
        np.testing.assert_allclose(several[number], alone)
    np.testing.assert_allclose(
        logistic_regression.loss(W, X, Y)[2], logistic_regression.loss(W[2], X, Y)
    )


def test_confident_mistakes_cost_much_but_not_infinitely():
    w, x = np.array([1.0]), np.array([[1000.0]])
    assert logistic_regression.loss(w, x, np.array([0])) == 1000
    assert logistic_regression.gradient(w, x, np.array([0])) == pytest.approx([1000])
