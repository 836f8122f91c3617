"""The custom training of Keras's guides trains as under stock fit.

The models are those of "Customizing what happens in `fit()` with TensorFlow" and of the example
"Variational AutoEncoder", with smaller layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import fit

from .nets import assert_same_history, assert_same_weights

RNG = np.random.default_rng(0)
X, Y = RNG.random((50, 8), "float32"), RNG.random((50, 1), "float32")


class FirstExample(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


class LowerLevel(keras.Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.mae_metric = keras.metrics.MeanAbsoluteError(name="mae")
        self.loss_fn = keras.losses.MeanSquaredError()

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.loss_fn(y, y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.loss_tracker.update_state(loss)
        self.mae_metric.update_state(y, y_pred)
        return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

    @property
    def metrics(self):
        return [self.loss_tracker, self.mae_metric]


class Weighted(keras.Model):
    def train_step(self, data):
        if len(data) == 3:
            x, y, sample_weight = data
        else:
            sample_weight = None
            x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred, sample_weight=sample_weight)
        return {m.name: m.result() for m in self.metrics}


class OwnTest(keras.Model):
    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.discriminator = dense(8, 1)
        self.generator = dense(3, 8)
        self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
        self.g_loss_tracker = keras.metrics.Mean(name="g_loss")
        self.seed_generator = keras.random.SeedGenerator(1337)

    @property
    def metrics(self):
        return [self.d_loss_tracker, self.g_loss_tracker]

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    def train_step(self, real):
        if isinstance(real, tuple):
            real = real[0]
        size = tf.shape(real)[0]
        latent = keras.random.normal(shape=(size, 3), seed=self.seed_generator)
        both = tf.concat([self.generator(latent), real], axis=0)
        labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(both))
        gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply(gradients, self.discriminator.trainable_weights)
        latent = keras.random.normal(shape=(size, 3), seed=self.seed_generator)
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(latent))
            g_loss = self.loss_fn(tf.zeros((size, 1)), predictions)
        gradients = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply(gradients, self.generator.trainable_weights)
        self.d_loss_tracker.update_state(d_loss)
        self.g_loss_tracker.update_state(g_loss)
        return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}


class AutoEncoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = dense(8, 2), dense(2, 8)
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean = self.encoder(data)
            noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed_generator)
            total = keras.ops.mean((data - self.decoder(mean + 0.1 * noise)) ** 2)
        grads = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
        self.total_loss_tracker.update_state(total)
        return {"loss": self.total_loss_tracker.result()}


def dense(inputs: int, outputs: int) -> keras.Model:
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs)])


def of(kind: type[keras.Model], **settings: Any) -> keras.Model:
    inputs = keras.Input((8,))
    net = kind(inputs, keras.layers.Dense(1)(inputs))
    net.compile(optimizer="adam", **settings)
    return net


def gan() -> keras.Model:
    net = GAN()
    net.compile(
        keras.optimizers.Adam(3e-4),
        keras.optimizers.Adam(3e-4),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return net


def autoencoder() -> keras.Model:
    net = AutoEncoder()
    net.compile(optimizer="adam")
    return net


@pytest.mark.parametrize(
    ("build", "data"),
    [
        pytest.param(
            lambda: of(FirstExample, loss="mse", metrics=["mae"]),
            {"x": X, "y": Y},
            marks=pytest.mark.slow,
        ),
        pytest.param(lambda: of(LowerLevel), {"x": X, "y": Y}, marks=pytest.mark.slow),
        (
            lambda: of(Weighted, loss="mse", metrics=["mae"]),
            {"x": X, "y": Y, "sample_weight": np.linspace(0, 2, 50)},
        ),
        (
            lambda: of(OwnTest, loss="mse", metrics=["mae"]),
            {"x": X, "y": Y, "validation_split": 0.2},
        ),
    ],
    ids=["first", "lower-level", "weighted", "own-test-step"],
)
def test_examples_of_the_guides_train_as_under_stock_fit(
    build: Callable[[], keras.Model], data: dict[str, Any]
) -> None:
    assert_same_training(build, data)


@pytest.mark.parametrize("build", [gan, autoencoder])
def test_examples_without_outputs_are_left_to_stock_fit(build: Callable[[], keras.Model]) -> None:
    with pytest.warns(UserWarning, match="because Keras cannot build the model") as seen:
        assert_same_training(build, {"x": X})
    assert [w.category for w in seen].count(UserWarning) == 1


def assert_same_training(build: Callable[[], keras.Model], data: dict[str, Any]) -> None:
    keras.utils.set_random_seed(0)
    theirs = build()
    expected = theirs.fit(**data, epochs=2, batch_size=25, shuffle=False, verbose=0)
    keras.utils.set_random_seed(0)
    ours = build()
    actual = fit(ours, **data, epochs=2, batch_size=25, shuffle=False)
    assert_same_history(actual.history, expected.history)
    assert_same_weights(ours.get_weights(), theirs.get_weights())
