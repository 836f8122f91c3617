from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from labs import data
from labs.normalization import (
    KINDS,
    LEARNING_RATES,
    Config,
    epochs_needed,
    forward,
    judge_net_normalization,
    start_weights,
    train_at_all_rates,
    usable_rates,
)
from models.by_hand import normalization
from tests.labs.quick_run import judged

SMALL = Config(epochs=2, seeds=2)


@pytest.fixture(scope="module")
def patients():
    return data.load_diabetes(scaled=False)


@pytest.mark.slow
def test_every_kind_of_net_has_a_row(found):
    assert found["dataset"]["name"] == "diabetes, raw units"
    assert [row["net"] for row in found["tables"]["nets"]] == list(KINDS)


def keras_net(kind, layers, net):
    """Build one net of the stack of Keras's layers."""
    model = keras.Sequential([keras.Input((layers[0]["kernel"].shape[1],))])
    for number, layer in enumerate(layers):
        kernel, bias = layer["kernel"][net], layer["bias"][net, 0]
        dense = keras.layers.Dense(kernel.shape[1])
        model.add(dense)
        dense.set_weights([kernel, bias])
        if number < len(layers) - 1:
            if kind != "none":
                classes = {
                    "batch": keras.layers.BatchNormalization,
                    "layer": keras.layers.LayerNormalization,
                }
                dense.set_weights([kernel, 0 * bias])
                norm = classes[kind](epsilon=normalization.KERAS_EPSILON)
                model.add(norm)
                norm.gamma.assign(layer["scale"][net, 0])
                norm.beta.assign(bias)
            model.add(keras.layers.ReLU())
    return model


@pytest.mark.parametrize("kind", ["none", "batch", "layer"])
def test_each_net_of_the_stack_is_the_keras_net(kind, patients):
    generator = np.random.default_rng(0)
    layers = start_weights(kind, 10, SMALL)
    for layer in layers:
        for name in ("scale", "bias"):
            layer[name] = generator.normal(size=layer[name].shape).astype(np.float32)
    x = normalization.standardize(patients.train.x)[:9].astype(np.float32)
    logits = forward(layers, x, kind)
    for net in (0, len(logits) - 1):
        expected = keras_net(kind, layers, net)(x, training=True)
        np.testing.assert_allclose(logits[net], expected, atol=2e-4)


def test_weight_normalization_starts_as_the_plain_net_and_its_lengths_count(patients):
    x = normalization.standardize(patients.train.x)[:9].astype(np.float32)
    plain, weight = (start_weights(kind, 10, SMALL) for kind in ("none", "weight"))
    np.testing.assert_allclose(
        forward(weight, x, "weight"), forward(plain, x, "none"), rtol=1e-4, atol=1e-5
    )
    first = tf.constant(weight[0]["kernel"])
    longer = [{**weight[0], "kernel": 7 * first}, *weight[1:]]
    np.testing.assert_allclose(
        forward(longer, x, "weight"), forward(weight, x, "weight"), rtol=1e-4, atol=1e-5
    )


def test_nets_of_one_seed_start_alike_and_those_of_two_do_not():
    kernel = start_weights("none", 10, SMALL)[0]["kernel"]
    rates = len(LEARNING_RATES)
    assert (kernel[:rates] == kernel[0]).all()
    assert (kernel[rates] != kernel[0]).all()


def test_one_epoch_of_one_step_is_kerass_sgd(patients):
    config = Config(epochs=2, seeds=2, batch_size=265)
    history = train_at_all_rates(patients, "standardized", "none", config)
    number = LEARNING_RATES.index(0.1)
    layers = start_weights("none", 10, config)
    net = keras_net("none", layers, len(LEARNING_RATES) + number)  # The second seed's.
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.SGD(0.1), loss)
    x = normalization.standardize(patients.train.x).astype(np.float32)
    expected = net.fit(x, patients.train.y, batch_size=265, epochs=2, verbose=0).history["loss"]
    np.testing.assert_allclose(history[1, number], expected, rtol=1e-4)


def test_rates_and_epochs_are_counted():
    losses = np.array([[[0.6, 0.4, 0.3], [0.4, 0.6, np.inf]], [[0.9, 0.9, 0.9]] * 2])
    assert usable_rates(losses).tolist() == [1, 0]
    assert epochs_needed(losses).tolist() == [1, 4]


def test_normalization_is_judged_by_the_interval_of_its_gain():
    slow = np.tile(np.array([0.6, 0.6, 0.4]), (3, 9, 1))
    slow[:, 4:] = 0.7
    quick = np.tile(np.array([0.4, 0.4, 0.4]), (3, 9, 1))

    def verdict(batch: np.ndarray, layer: np.ndarray, weight: np.ndarray) -> str:
        losses = {"standardized": slow, "batch norm": batch}
        losses |= {"layer norm": layer, "weight norm": weight}
        return judged(judge_net_normalization, losses)[0].verdict

    assert verdict(quick, slow, slow) == "depends"
    assert verdict(quick, quick, quick) == "reproduced"
    assert verdict(slow, slow, slow) == "differs"
