"""Small compiled nets and data for the tests of training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

ROWS = 50


def table(rows: int = ROWS, features: int = 6, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return float features and labels that depend on them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, features)).astype("float32")
    y = (x @ rng.normal(size=(features, classes))).argmax(axis=1)
    return x, y


def images(rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Return 8×8 uint8 images whose label is the brighter half."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 128, size=(rows, 8, 8, 1))
    y = rng.integers(0, 2, size=rows)
    x[np.arange(rows)[:, None], :, (4 * y)[:, None] + np.arange(4)] += 120
    return x.astype("uint8"), y


def dense_net(seed: int = 0, x_train: np.ndarray | None = None, **compile_args) -> keras.Model:
    """Return a dense net; it needs no training rows to be built."""
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    return compiled(net, **compile_args)


def penalized_net(seed: int = 0, x_train: np.ndarray | None = None) -> keras.Model:
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activation="relu", kernel_regularizer=keras.regularizers.L2(0.1)),
            layers.Dense(3, activation="softmax"),
        ]
    )
    return compiled(net)


def batch_norm_convnet() -> keras.Model:
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            # A bias before batch norm has gradient zero but for rounding, of which Adam
            # makes steps of full length: no two programs agree on it.
            layers.Conv2D(3, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    return compiled(net)


def compiled(net: keras.Model, optimizer: str | keras.optimizers.Optimizer = "adam", **arguments):
    arguments.setdefault("loss", "sparse_categorical_crossentropy")
    arguments.setdefault("metrics", ["accuracy"])
    net.compile(optimizer=optimizer, **arguments)
    return net


def copy_of(net: keras.Model, **compile_args) -> keras.Model:
    """Return the same architecture with the same weights, freshly compiled."""
    twin = compiled(keras.models.clone_model(net), **compile_args)
    twin.set_weights(net.get_weights())
    return twin


def assert_same_history(actual, expected, atol: float = 2e-6) -> None:
    assert set(actual) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(actual[name], values, rtol=2e-5, atol=atol, err_msg=name)


def assert_same_weights(actual, expected, atol: float = 2e-6) -> None:
    for mine, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=atol)


class BreaksAt(keras.callbacks.Callback):
    """Ends a training as Ctrl-C does, when an epoch begins; None never does."""

    def __init__(self, epoch: int | None) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epoch:
            raise KeyboardInterrupt
