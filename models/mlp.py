"""Dense nets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np


def build_mlp(
    input_shape: Sequence[int],
    hidden_units: Sequence[int],
    num_classes: int | None,
    *,
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str = "glorot_uniform",
    batch_norm: bool = False,
    scale: float | None = None,
    standardize_by: np.ndarray | None = None,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    optimizer: str | keras.optimizers.Optimizer = "adam",
    seed: int,
) -> keras.Model:
    """Build and compile a multilayer perceptron for integer labels.

    Args:
        input_shape: Shape of one row, such as `(10,)`; more than one axis is flattened.
        hidden_units: Units of each hidden layer, from the input on.
        num_classes: Classes K, at least 2; the last layer is a softmax of K units. None for a
            number to learn: the last layer is one linear unit.
        activation: Activation of the hidden layers, by name or as a function of tensors.
        kernel_initializer: Keras's name of how all kernels are drawn, such as
            `"glorot_uniform"` (the lecture's Xavier), `"he_normal"` or `"random_normal"`.
            Biases start at 0.
        batch_norm: Whether each hidden layer's linear part is normalized over the batch
            before its activation; the layer then has no bias but that of the normalization.
            One of the remedies for vanishing gradients in lecture E, 2022-1 교육세션
            Deep Learning (MLP).
        scale: What raw inputs are multiplied by first, such as 1/255 for pixels.
        standardize_by: Training rows `(rows, features)` whose means and variances are taken for
            all rows to come.
        dropout: Share of each hidden layer's outputs that training sets to 0; the rest
            is scaled by 1/(1 − dropout). 0 or more, below 1.
        l1: Weight penalty: l1 · Σ|w| over all kernels is added to the loss.
        l2: Weight penalty: l2 · Σw² likewise.
        optimizer: Keras optimizer or its name.
        seed: Non-negative seed of the initial weights and of dropout; the weights are
            the same with and without dropout. Keras's global seed is neither used nor
            changed.

    Returns:
        A compiled model from `(batch, *input_shape)` to probabilities
        `(batch, num_classes)`, with sparse categorical cross-entropy and accuracy, or to numbers
        `(batch, 1)`, with the mean squared error.

    Raises:
        ValueError: If there are fewer than two classes, or `kernel_initializer` is not the name
            of one that draws by a seed.
    """
    if num_classes is not None and num_classes < 2:
        raise ValueError(
            f"A softmax needs two classes or more, got num_classes={num_classes}: that of one unit "
            "is always 1. Give 2 for yes or no, None for a number."
        )
    seeds = _seeds(seed, 2 * len(hidden_units) + 1)
    penalty = None
    if l1 or l2:
        penalty = keras.regularizers.L1L2(l1, l2) if l1 else keras.regularizers.L2(l2)

    def dense(
        units: int,
        activation: str | Callable[[Any], Any] | None,
        name: str,
        use_bias: bool = True,
    ) -> keras.layers.Dense:
        return keras.layers.Dense(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=_initializer(kernel_initializer, next(seeds)),
            kernel_regularizer=penalty,
            name=name,
        )

    # All weights before the first dropout: they take the same seeds with it and without.
    hidden = [
        dense(units, None if batch_norm else activation, f"hidden_{number}", not batch_norm)
        for number, units in enumerate(hidden_units, start=1)
    ]
    if num_classes is None:
        output, loss, metrics = dense(1, None, "number"), "mean_squared_error", None
    else:
        output = dense(num_classes, "softmax", "probabilities")
        loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    layers = [keras.Input(input_shape)]
    if scale is not None:
        layers.append(keras.layers.Rescaling(scale, name="scale"))
    if standardize_by is not None:
        mean, variance = standardize_by.mean(axis=0), standardize_by.var(axis=0)
        layers.append(keras.layers.Normalization(-1, mean.tolist(), variance.tolist()))
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    for number, layer in enumerate(hidden, start=1):
        layers.append(layer)
        if batch_norm:
            layers.append(keras.layers.BatchNormalization(name=f"batch_norm_{number}"))
            layers.append(keras.layers.Activation(activation, name=f"activation_{number}"))
        if dropout:
            seed = next(seeds)
            layers.append(keras.layers.Dropout(dropout, seed=seed, name=f"dropout_{number}"))
    # All at once: a Sequential that is added to builds itself anew each time.
    model = keras.Sequential([*layers, output], name="mlp")
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model


def redraw_mlp(model: keras.Model, seed: int) -> None:
    """Give a model of `build_mlp`, not trained yet, the kernels and dropout seeds of a seed.

    Args:
        model: What `build_mlp` returned.
        seed: As for `build_mlp`, which would return a model like this one.
    """
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    seeds = _seeds(seed, len(dense) + len(dropouts))
    for layer in dense:
        initializer = type(layer.kernel_initializer)(seed=next(seeds))
        layer.kernel.assign(initializer(layer.kernel.shape, layer.kernel.dtype))
    for layer in dropouts:
        layer.seed_generator.state.assign([next(seeds), 0])


def _seeds(seed: int, number: int) -> Iterator[int]:
    """Yield the seeds of all kernels, and then those of dropout; more begin like fewer."""
    return map(int, np.random.SeedSequence(seed).generate_state(number))


def _initializer(name: str, seed: int) -> keras.initializers.Initializer:
    """Return Keras's initializer of this name with a seed of its own."""
    try:
        return type(keras.initializers.get(name))(seed=seed)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"kernel_initializer is Keras's name of an initializer that takes a seed, such as "
            f"glorot_uniform, he_normal or lecun_normal, got {name!r}."
        ) from error
