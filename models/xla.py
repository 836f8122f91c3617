"""Where XLA pays on a CPU.

Compiled programs are not kept on disk. TensorFlow could (`TF_XLA_FLAGS`), and would save half of
the start, but ends with an error at every later start once a file there is damaged or cut short.
"""

from __future__ import annotations

import keras

from models.keras_internals import flatten_layers

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

_RANDOM_LAYERS = (
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
)

# Measured on 2 cores, nets of 225 to 670,000 parameters, batches of 32 to 512: compiling takes
# .4 to .8 s longer than tracing. It saves .12 ms a step of a small net, .5 to 1.1 ms of a large
# one, whose parameters the optimizer's many operations else visit one after the other.
STEPS_THAT_REPAY_COMPILING = 5_000
STEPS_THAT_REPAY_COMPILING_LARGE_NETS = 2_000
PARAMETERS_OF_LARGE_NETS = 100_000

# On one thread, stacks of 10-5-2 and 64-64 nets: 1.2 s longer, .2 to .4 ms a step saved.
STACKED_STEPS_THAT_REPAY_COMPILING = 4_000


def is_dense(model: keras.Model) -> bool:
    """Tell whether the model consists of dense, element-wise and normalizing layers only."""
    return all(isinstance(layer, (*_DENSE_LAYERS, keras.Model)) for layer in flatten_layers(model))


def xla_pays(model: keras.Model, steps: int) -> bool:
    """Tell whether XLA makes training faster.

    Args:
        model: The model to train, built.
        steps: Steps of the whole training.

    Returns:
        True for dense nets that train long enough, large ones sooner.
    """
    large = model.count_params() >= PARAMETERS_OF_LARGE_NETS
    enough = STEPS_THAT_REPAY_COMPILING_LARGE_NETS if large else STEPS_THAT_REPAY_COMPILING
    return is_dense(model) and steps >= enough


def stacked_xla_pays(model: keras.Model, steps: int) -> bool:
    """Tell whether XLA makes the training of stacked replicas faster.

    Args:
        model: One of the replicas, a dense net.
        steps: Steps of the whole training.

    Returns:
        True for long trainings without random numbers: XLA compiles the drawing of each
        replica's for itself, which took 4 s for ten nets with three layers of dropout.
    """
    draws_random_numbers = any(isinstance(layer, _RANDOM_LAYERS) for layer in flatten_layers(model))
    return not draws_random_numbers and steps >= STACKED_STEPS_THAT_REPAY_COMPILING
