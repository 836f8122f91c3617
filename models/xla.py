"""Where XLA pays on a CPU."""

from __future__ import annotations

import keras

# Layers that XLA's CPU compiler handles well. Convolutions are not among them: an epoch
# of a small convnet took 113 s with XLA and 2.5 s without (2 cores, TensorFlow 2.21).
_DENSE_LAYERS = (
    keras.layers.InputLayer,
    keras.layers.Dense,
    keras.layers.Activation,
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Softmax,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.Rescaling,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Add,
    keras.layers.Concatenate,
)

# Measured on the lecture's 10-5-2 net, 2 cores: compiling takes .7 s longer than tracing,
# and saves .13 ms a step of a single net and .6 ms a step of stacked replicas.
STEPS_THAT_REPAY_COMPILING = 5_000
STACKED_STEPS_THAT_REPAY_COMPILING = 1_000


def is_dense(model: keras.Model) -> bool:
    """Tell whether the model consists of dense, element-wise and normalizing layers only."""
    return all(
        isinstance(layer, (*_DENSE_LAYERS, keras.Model))
        for layer in model._flatten_layers(include_self=False)
    )


def xla_pays(
    model: keras.Model, steps: int, repaid_after: int = STEPS_THAT_REPAY_COMPILING
) -> bool:
    """Tell whether XLA makes training faster.

    Args:
        model: The model to train.
        steps: Steps of the whole training.
        repaid_after: Steps that make up for the compilation.

    Returns:
        True for dense nets that train long enough.
    """
    return is_dense(model) and steps >= repaid_after
