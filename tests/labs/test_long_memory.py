import keras
import numpy as np
import pytest
import tensorflow as tf

from labs import long_memory as lab
from tests.labs.quick_run import judged


@pytest.mark.parametrize("kind", lab.CELLS)
def test_cells_compute_what_keras_layers_compute(kind):
    lstm, long = lab.CELLS[kind]
    starts = [lab.start_cells(lstm, long, seed, 9) for seed in (1, 2)]
    x = np.random.default_rng(0).normal(size=(5, 9, 1)).astype(np.float32)
    layer = keras.layers.LSTM if lstm else keras.layers.SimpleRNN
    keras_net = keras.Sequential([layer(lab.CELL_UNITS), keras.layers.Dense(1)])
    expected = []
    for weights in starts:
        keras_net.build(x.shape)
        keras_net.set_weights(weights)
        expected.append(keras_net(x)[:, 0])
    stacked = [tf.constant(np.stack(arrays)) for arrays in zip(*starts, strict=True)]
    both = tf.tile(x[None], (2, 1, 1, 1))
    assert np.allclose(lab.run_cells(stacked, both, lstm), expected, atol=1e-5)


def test_open_gates_keep_all_but_one_part_in_length():
    bias = lab.start_cells(True, True, 0, 50)[2]
    _, forget, _, _ = np.split(1 / (1 + np.exp(-bias)), 4)
    assert np.allclose(forget, 1 - 1 / 51)


def test_gradient_of_a_linear_memory_falls_by_its_weight_a_step():
    config = lab.Config(length=4)
    small = 1e-4  # So that tanh is a line.
    units = lab.CELL_UNITS
    weights = [
        np.full((1, 1, units), small),
        0.5 * np.eye(units)[None],
        np.zeros((1, units)),
        np.ones((1, units, 1)),
        np.zeros((1, 1)),
    ]
    stacked = [tf.constant(w, tf.float32) for w in weights]
    assert lab.cell_shares(stacked, False, config) == pytest.approx(0.5**3, rel=1e-4)


def test_an_lstm_that_gains_with_either_start_is_borne_out():
    def outcome(accuracy):
        return lab.Outcome(np.full(8, 0.1), accuracy + np.linspace(-0.01, 0.01, 8), 0.01)

    plain = {name: outcome(0.5) for name in (lab.PLAIN, lab.ORTHOGONAL)}
    both = plain | {name: outcome(0.9) for name in (lab.LSTM, lab.LONG)}
    one = both | {lab.LSTM: outcome(0.5)}
    neither = one | {lab.LONG: outcome(0.5)}
    verdicts = [judged(lab.judge_memory, n, lab.Config())[0].verdict for n in (both, one, neither)]
    assert verdicts == ["reproduced", "depends", "differs"]
