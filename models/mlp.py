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
    scale: float | None = None,
    dropout: float = 0.0,
    l2: float = 0.0,
    optimizer: str | keras.optimizers.Optimizer = "adam",
    seed: int,
) -> keras.Model:
    """Build and compile a multilayer perceptron for integer labels.

    Args:
        input_shape: Shape of one row, such as `(10,)`; more than one axis is flattened.
        hidden_units: Units of each hidden layer, from the input on.
        num_classes: Classes K; the last layer is a softmax of K units.
        activation: Activation of the hidden layers.
        scale: What raw inputs are multiplied by first, such as 1/255 for pixels.
        dropout: Share of each hidden layer's outputs that training sets to 0; the rest
            is scaled by 1/(1 − dropout). 0 or more, below 1.
        l2: Weight penalty: l2 · Σw² over all kernels is added to the loss.
        optimizer: Keras optimizer or its name.
        seed: Non-negative seed of the initial weights and of dropout; the weights are
            the same with and without dropout. Keras's global seed is neither used nor
            changed.

    Returns:
        A compiled model from `(batch, *input_shape)` to probabilities
        `(batch, num_classes)`, with sparse categorical cross-entropy and accuracy.
    """
    seeds = iter(np.random.SeedSequence(seed).generate_state(2 * len(hidden_units) + 1))
    penalty = keras.regularizers.L2(l2) if l2 else None

    def dense(units: int, activation: str, name: str) -> keras.layers.Dense:
        # Keras's defaults: Glorot uniform (the lecture's Xavier) weights, zero biases.
        return keras.layers.Dense(
            units,
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(seed=int(next(seeds))),
            kernel_regularizer=penalty,
            name=name,
        )

    # All weights before the first dropout: they take the same seeds with it and without.
    hidden = [dense(u, activation, f"hidden_{n}") for n, u in enumerate(hidden_units, start=1)]
    output = dense(num_classes, "softmax", "probabilities")
    model = keras.Sequential([keras.Input(input_shape)], name="mlp")
    if scale is not None:
        model.add(keras.layers.Rescaling(scale, name="scale"))
    if len(input_shape) > 1:
        model.add(keras.layers.Flatten(name="flatten"))
    for number, layer in enumerate(hidden, start=1):
        model.add(layer)
        if dropout:
            seed = int(next(seeds))
            model.add(keras.layers.Dropout(dropout, seed=seed, name=f"dropout_{number}"))
    model.add(output)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
