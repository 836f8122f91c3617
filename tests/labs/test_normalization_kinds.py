import keras
import numpy as np
import pytest

from labs import normalization_kinds as lab

X = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)


def test_a_dense_layer_on_patches_is_keras_convolution():
    kernel = np.random.default_rng(1).normal(size=(4, 4, 1, 3)).astype(np.float32)
    convolution = keras.layers.Conv2D(3, 4, strides=4, use_bias=False)
    convolution.build((None, 28, 28, 1))
    convolution.set_weights([kernel])
    expected = convolution(X[..., None].astype(np.float32))
    on_patches = lab.as_patches(X) @ kernel.reshape(16, 3)
    assert on_patches == pytest.approx(np.reshape(expected, (5, 49, 3)), rel=1e-3, abs=1e-2)


def test_cell_without_normalization_is_keras_simple_rnn():
    net = lab.build_recurrent(3, lab.NONE, 0.01)
    cell = net.layers[2].cell
    same = keras.layers.SimpleRNN(lab.UNITS)
    strips = X.reshape(5, lab.STRIPS, -1).astype(np.float32) / 255
    same.build(strips.shape)
    same.set_weights([cell.inward, cell.onward, cell.bias])
    assert np.allclose(net.layers[2](strips), same(strips), atol=1e-5)


def test_normalized_cell_normalizes_each_row_over_its_units():
    net = lab.build_recurrent(3, lab.LAYER_NORM, 0.01)
    cell = net.layers[2].cell
    one = np.random.default_rng(2).normal(size=(4, 56)).astype(np.float32)
    h, _ = cell(one, [np.zeros((4, lab.UNITS), np.float32)])
    before = np.arctanh(np.asarray(h))
    assert before.mean(axis=1) == pytest.approx(0, abs=1e-3)
    assert before.std(axis=1) == pytest.approx(1, abs=1e-2)


def test_convnets_normalize_channels_over_rows_and_places():
    net = lab.build_convnet(0, lab.BATCH_NORM, 0.01)
    z = net.layers[1](net.layers[0](lab.as_patches(X)))
    normalized = np.asarray(net.layers[2](z, training=True))
    assert normalized.mean(axis=(0, 1)) == pytest.approx(0, abs=1e-5)
    assert normalized.std(axis=(0, 1)) == pytest.approx(1, abs=1e-2)
