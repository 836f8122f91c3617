import keras
import numpy as np
import pytest
import tensorflow as tf

from labs.step_function import Config, judge_step, loss_along_a_weight, step_tensor
from labs.studies.crescents import draw_moons
from models.by_hand import activations
from models.by_hand.perceptron import step
from tests.labs.fake_nets import MOVED, WEIGHTS, fake
from tests.labs.quick_run import judged


def test_a_step_net_that_moves_refutes_the_slide():
    losses = [[0.5, 0.1], [0.5, 0.1]]
    still = fake([WEIGHTS] * 2, [WEIGHTS] * 2, losses, [0.5, 0.6])
    trained = fake([WEIGHTS] * 2, [WEIGHTS, MOVED], losses, [0.9, 0.95])
    assert still.largest_move == 0
    assert trained.largest_move == 0.5
    failed = fake([WEIGHTS] * 2, [MOVED] * 2, losses, [0.5, 0.4])
    cornered = fake([WEIGHTS] * 2, [MOVED] * 2, losses, [0.9, 0.92])
    for verdict, *nets in (
        ("reproduced", still, trained, failed),
        ("depends", still, trained, cornered),
        ("differs", trained, trained, fake([WEIGHTS] * 2, [MOVED] * 2, losses, [0.99, 0.99])),
        ("differs", still, failed, cornered),
    ):
        assert judged(judge_step, *nets)[0].verdict == verdict


def test_the_step_has_no_slope():
    z = tf.constant([-2.0, -1e-3, 1e-3, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = step_tensor(z)
    assert values.numpy().tolist() == [0, 0, 1, 1]
    assert tape.gradient(values, z).numpy().tolist() == [0, 0, 0, 0]


def test_the_loss_along_a_weight_is_that_of_a_keras_neuron():
    moons = draw_moons(Config())
    neuron = [np.array([[0.3], [-2.0]]), np.array([0.7])]
    layer = keras.layers.Dense(1, "sigmoid")
    layer.build((None, 2))
    layer.set_weights(neuron)
    expected = np.mean((layer(moons.train.x[:30])[:, 0] - moons.train.y[:30]) ** 2)
    found = loss_along_a_weight(moons, neuron, activations.logistic, np.array([0.3, 0.4]))
    assert found[0] == pytest.approx(expected, abs=1e-6)
    assert found[1] != found[0]
    stairs = loss_along_a_weight(moons, neuron, step, np.linspace(-4, 4, 500))
    assert len(np.unique(stairs.round(9))) < 31
