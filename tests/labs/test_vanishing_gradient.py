import keras
import numpy as np
import pytest

import callbacks
from labs import data, vanishing_gradient
from labs.vanishing_gradient import DEPTHS, RELU, SETTINGS, SIGMOID, STARTS, Config, Setting, Start
from models.by_hand.normalization import KERAS_EPSILON
from tests.labs.quick_run import judged


@pytest.fixture(scope="module")
def probe() -> data.Part:
    return data.load_digits().train.take(np.arange(50))


@pytest.mark.slow
def test_the_factor_a_layer_is_what_weights_and_slopes_make_of_it(found):
    rows = found["tables"]["factors"]
    assert len(rows) == len(SETTINGS) / 2
    for row in rows:
        assert row["measured factor a layer"] == pytest.approx(row["product"], rel=0.1), row["net"]


def keras_net(weights: list[np.ndarray], setting: Setting, net: int) -> keras.Model:
    layers = []
    for number, kernel in enumerate(weights[:-1], start=1):
        layers.append(keras.layers.Dense(kernel.shape[-1], use_bias=False, name=f"dense_{number}"))
        if setting.batch_norm:
            layers.append(keras.layers.BatchNormalization(epsilon=KERAS_EPSILON))
        layers.append(keras.layers.Activation(setting.activation))
    layers.append(keras.layers.Dense(10, "softmax", use_bias=False, name="dense_output"))
    scaled = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((28, 28)), *scaled, *layers])
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    for layer, kernel in zip(dense, weights, strict=True):
        layer.set_weights([kernel[net]])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("setting", [SIGMOID, RELU, Setting("tanh", "large", batch_norm=True)])
def test_gradients_are_those_that_the_monitor_sees(setting, probe):
    config = Config(seeds=2)
    weights = vanishing_gradient.draw_weights(setting.start, 3, config)
    watch = callbacks.GradientMonitor(probe.x, probe.y)
    watch.set_model(keras_net(weights, setting, 1))
    watch.on_train_begin()
    watch.on_epoch_end(0)
    seen = [norms[0] for name, norms in watch.table.items() if "/dense" in name]
    start = vanishing_gradient.measure(setting, 3, probe, config)
    assert start.norms[1] == pytest.approx(seen, rel=1e-3)


def test_errors_are_the_gradients_of_the_first_layers_weights(probe):
    weights = vanishing_gradient.draw_weights("Xavier", 2, Config(seeds=2))
    gradients, errors, _ = vanishing_gradient.differentiate(weights, SIGMOID, probe)
    inputs = probe.x.reshape(len(probe), -1) / 255
    np.testing.assert_allclose(gradients[0], inputs.T @ errors[0], rtol=1e-6, atol=1e-12)


def test_a_hidden_layer_has_the_standard_deviation_of_its_start():
    config = Config(seeds=2)
    large, he = (vanishing_gradient.draw_weights(start, 2, config) for start in ("large", "He"))
    assert large[0].std() == pytest.approx(0.5, rel=0.02)
    assert he[1].std() == pytest.approx(0.25, rel=0.05)
    assert np.array_equal(large[2], he[2])  # The output layer starts by Xavier in all.
    assert not np.array_equal(he[1][0], he[1][1])


def test_gradients_that_stay_contradict_the_lecture():
    steady = Start(np.ones((3, 7)), np.full(3, 0.99), np.ones(3))
    begun = dict.fromkeys(SETTINGS, steady)
    verdicts = [
        c.verdict for c in judged(vanishing_gradient.judge_vanishing, begun, Config(seeds=3))
    ]
    assert verdicts == ["differs", "differs"]
    short = Start(np.geomspace(1e-4, 1, 7) * np.ones((3, 7)), np.full(3, 0.2), np.ones(3))
    for kept, expected in ((("He",), "depends"), (STARTS, "reproduced"), ((), "differs")):
        steady_ones = {Setting("relu", start): steady for start in kept}
        begun = dict.fromkeys(SETTINGS, short) | steady_ones
        _, claim = judged(vanishing_gradient.judge_vanishing, begun, Config(seeds=3))
        assert claim.verdict == expected


def test_every_depth_has_more_than_one_hidden_layer():
    assert min(DEPTHS) >= 2  # Or there is no way from the last to the first.
