"""Dense nets."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np


def build_mlp(
    input_shape: Sequence[int],
    hidden_units: Sequence[int],
    num_classes: int,
    *,
    activation: str = "relu",
    optimizer: str | keras.optimizers.Optimizer = "adam",
    seed: int,
) -> keras.Model:
    """Build and compile a multilayer perceptron for integer labels.

    Args:
        input_shape: Shape of one row, such as `(10,)`; more than one axis is flattened.
        hidden_units: Units of each hidden layer, from the input on.
        num_classes: Classes K; the last layer is a softmax of K units.
        activation: Activation of the hidden layers.
        optimizer: Keras optimizer or its name.
        seed: Non-negative seed of the initial weights. Keras's global seed is neither
            used nor changed.

    Returns:
        A compiled model from `(batch, *input_shape)` to probabilities
        `(batch, num_classes)`, with sparse categorical cross-entropy and accuracy.
    """
    seeds = iter(np.random.SeedSequence(seed).generate_state(len(hidden_units) + 1))

    def dense(units: int, activation: str, name: str) -> keras.layers.Dense:
        # Keras's defaults: Glorot uniform (the lecture's Xavier) weights, zero biases.
        initializer = keras.initializers.GlorotUniform(seed=int(next(seeds)))
        return keras.layers.Dense(
            units, activation=activation, kernel_initializer=initializer, name=name
        )

    model = keras.Sequential([keras.Input(input_shape)], name="mlp")
    if len(input_shape) > 1:
        model.add(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(hidden_units, start=1):
        model.add(dense(units, activation, f"hidden_{number}"))
    model.add(dense(num_classes, "softmax", "probabilities"))
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
