"""Convolutional nets."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np


def build_convnet(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    filters: Sequence[int] = (24, 48, 96),
    dense_units: int = 128,
    dropout: float = 0.3,
    optimizer: str | keras.optimizers.Optimizer = "adam",
    seed: int,
) -> keras.Model:
    """Build and compile a convolutional net for images with pixels from 0 to 255.

    A block is a 3×3 convolution, maximum pooling that halves the image, batch
    normalization and ReLU. After the blocks come a dense layer (batch normalization, ReLU,
    dropout) and the softmax. Pooling comes before the normalization, which then has a
    quarter of the numbers to work on.

    Args:
        input_shape: `(rows, columns)` of gray images, or `(rows, columns, channels)`.
        num_classes: Classes K; the last layer is a softmax of K units.
        filters: Filters of each block's convolution, from the input on.
        dense_units: Units of the dense layer.
        dropout: Share of the dense layer's outputs that training sets to 0.
        optimizer: Keras optimizer or its name.
        seed: Non-negative seed of the initial weights and of dropout. Keras's global seed
            is neither used nor changed.

    Returns:
        A compiled model from `(batch, *input_shape)` to probabilities
        `(batch, num_classes)`, with sparse categorical cross-entropy and accuracy.

    Raises:
        ValueError: If the images are too small to be halved by each block.
    """
    if min(input_shape[:2]) < 2 ** len(filters):
        raise ValueError(
            f"{len(filters)} blocks halve the image {len(filters)} times, so it needs "
            f"{2 ** len(filters)} rows and columns or more, got input_shape="
            f"{tuple(input_shape)}. Give fewer filters or larger images."
        )
    seeds = (int(s) for s in np.random.SeedSequence(seed).generate_state(len(filters) + 3))
    layers = [keras.Input(input_shape), keras.layers.Rescaling(1 / 255, name="scale")]
    if len(input_shape) == 2:
        layers.append(keras.layers.Reshape((*input_shape, 1), name="add_channel"))
    # No biases in front of a normalization: it would take them away again.
    for number, count in enumerate(filters, start=1):
        layers += [
            keras.layers.Conv2D(
                count,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=keras.initializers.HeNormal(next(seeds)),
                name=f"convolution_{number}",
            ),
            keras.layers.MaxPooling2D(name=f"pooling_{number}"),
            *_normalized_relu(str(number)),
        ]
    layers += [
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(
            dense_units,
            use_bias=False,
            kernel_initializer=keras.initializers.HeNormal(next(seeds)),
            name="hidden",
        ),
        *_normalized_relu("hidden"),
        keras.layers.Dropout(dropout, seed=next(seeds), name="dropout"),
        keras.layers.Dense(
            num_classes,
            activation="softmax",
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            name="probabilities",
        ),
    ]
    model = keras.Sequential(layers, name="convnet")
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _normalized_relu(name: str) -> list[keras.layers.Layer]:
    # Keras's momentum of .99 remembers some hundred batches, so in a training of few epochs
    # the moving averages would lag behind the weights.
    return [
        keras.layers.BatchNormalization(momentum=0.9, name=f"normalization_{name}"),
        keras.layers.ReLU(name=f"relu_{name}"),
    ]
