from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from models.by_hand import activations as a

Z = np.linspace(-10, 10, 4_000)  # No point at -1, 0 or 1.
KERAS = {
    "identity": keras.activations.linear,
    "sigmoid": keras.activations.sigmoid,
    "tanh": keras.activations.tanh,
    "hard-tanh": keras.activations.hard_tanh,
    "softsign": keras.activations.softsign,
    "relu": keras.activations.relu,
    "leaky-relu": lambda z: keras.activations.leaky_relu(z, negative_slope=0.01),
    "gelu": keras.activations.gelu,
    "elu": keras.activations.elu,
    "selu": keras.activations.selu,
}


@pytest.mark.parametrize("name", a.ACTIVATIONS)
def test_values_and_slopes_equal_keras_and_autodiff(name):
    z = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = KERAS[name](z)
    value, derivative = a.ACTIVATIONS[name]
    np.testing.assert_allclose(value(Z), values, atol=1e-7)
    np.testing.assert_allclose(derivative(Z), tape.gradient(values, z), atol=1e-7)


@pytest.mark.parametrize("name", a.ACTIVATIONS)
def test_slopes_equal_central_differences(name):
    value, derivative = a.ACTIVATIONS[name]
    h = 1e-6
    np.testing.assert_allclose(derivative(Z), (value(Z + h) - value(Z - h)) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("name", a.ACTIVATIONS)
def test_far_out_nothing_overflows_and_nan_stays(name):
    value, derivative = a.ACTIVATIONS[name]
    far = np.array([-1e4, 1e4])
    assert np.isfinite(value(far)).all()
    assert np.isfinite(derivative(far)).all()
    assert np.isnan(value(np.array([np.nan]))).all()


@pytest.mark.parametrize("name", a.ACTIVATIONS)
def test_shapes_are_kept_and_the_input_is_not_changed(name):
    for z in (np.zeros((0,)), np.full((2, 3), -2.0), np.array(5)):
        before = z.copy()
        assert a.ACTIVATIONS[name].value(z).shape == z.shape
        assert a.ACTIVATIONS[name].derivative(z).shape == z.shape
        np.testing.assert_array_equal(z, before)


def test_values_by_hand():
    assert a.softsign([-3, 1]).tolist() == [-0.75, 0.5]
    assert a.leaky_rectifier([-2, 2]).tolist() == [-0.02, 2]
    assert a.hard_tanh([-3, 0.5, 3]).tolist() == [-1, 0.5, 1]
    assert a.logistic(0) == 0.5
    assert a.logistic_derivative(0) == 0.25
    assert a.gelu(1) == pytest.approx(0.8413447460685429)
    np.testing.assert_allclose(a.logistic(Z), expit(Z))


def test_at_the_corner_the_slopes_are_those_of_lecture_b():
    assert a.rectifier_derivative(0) == 0
    assert a.leaky_rectifier_derivative(0) == 0.01


def test_a_stack_collapses_to_the_product_of_its_matrices():
    kernels = [np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])]
    biases = [np.array([1.0, -1.0]), np.array([0.5])]
    kernel, bias = a.collapse(kernels, biases)
    assert kernel.tolist() == [[11.0]]  # 1·3 + 2·4
    assert bias.tolist() == [-0.5]  # 1·3 − 1·4 + .5
    with pytest.raises(ValueError, match="shorter"):
        a.collapse(kernels, biases[:1])
