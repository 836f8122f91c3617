"""What a search may choose from: hyperparameters, their ranges, and grids that can be finished.

A space says nothing about how its values are used; `dense`, `convnet` and `mlp_classifier`
build and train from them. A range of numbers that count by factors is sampled in logarithms.

Source of the list: lecture E, 2022-1 교육세션 Deep Learning (MLP), hyperparameters; lecture A,
딥러닝 기초 (Introduction to Deep Learning), Korea University, step decay and penalties.
"""

from __future__ import annotations

from keras_tuner import HyperParameters

STANDARDIZED = "standardized"
NO_DECAY = 1.0
"""The `decay_factor` of a constant learning rate."""


def dense_space(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return the space of dense nets.

    Args:
        units: Fewest and most units of a hidden layer, the most a power of 2 times the fewest.
        epochs: Fewest and most epochs.
    """
    space = HyperParameters()
    _add_layers(space, units)
    space.Choice("activation", ["sigmoid", "tanh", "relu"], default="relu")
    space.Choice("initializer", ["glorot_uniform", "he_normal", "random_normal"])
    space.Choice("dropout", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    space.Float("l2", 1e-6, 1e-1, sampling="log")
    space.Choice("optimizer", ["adam", "rmsprop", "sgd"])
    _add_training(space, epochs)
    _add_decay(space, epochs)
    return space


def dense_grid(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return a grid of 24 dense nets of one hidden layer."""
    space = HyperParameters()
    space.Fixed("layers", 1)
    space.Choice("units_1", [units[0], (units[0] + units[1]) // 4, units[1]])
    space.Choice("activation", ["sigmoid", "relu"])
    space.Choice("l2", [1e-6, 1e-2])
    space.Choice("learning_rate", [1e-3, 1e-2])
    _fix(space, initializer="glorot_uniform", dropout=0.0, optimizer="adam")
    _fix(space, batch_size=32, epochs=epochs[1], patience=0, decay_factor=NO_DECAY)
    return space


def convnet_space(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return the space of convolutional nets for small images.

    Args:
        units: Fewest and most units of the dense layer.
        epochs: Fewest and most epochs.
    """
    space = HyperParameters()
    space.Int("blocks", 2, 3, default=3)
    space.Int("filters", 8, 32, step=2, sampling="log", default=16)
    space.Int("dense_units", *units, step=2, sampling="log")
    space.Choice("dropout", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], default=0.3)
    space.Boolean("changed_images")
    space.Float("weight_decay", 1e-4, 1e-1, sampling="log")
    _add_training(space, epochs)
    _add_decay(space, epochs)
    return space


def convnet_grid(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return a grid of 8 convolutional nets."""
    space = HyperParameters()
    space.Choice("filters", [8, 16])
    space.Boolean("changed_images")
    space.Choice("learning_rate", [1e-3, 1e-2])
    _fix(space, blocks=3, dense_units=units[1], dropout=0.3, weight_decay=1e-2)
    _fix(space, batch_size=64, epochs=epochs[1], patience=0, decay_factor=NO_DECAY)
    return space


def mlp_classifier_space(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return the settings of scikit-learn's MLPClassifier that correspond to `dense_space`.

    It has no dropout, no choice of initial weights and no step decay.
    """
    space = HyperParameters()
    _add_layers(space, units)
    space.Choice("activation", ["logistic", "tanh", "relu"], default="relu")
    space.Float("alpha", 1e-5, 10.0, sampling="log")
    space.Choice("solver", ["adam", "sgd"])
    _add_training(space, epochs)
    return space


def mlp_classifier_grid(units: tuple[int, int], epochs: tuple[int, int]) -> HyperParameters:
    """Return the grid of MLPClassifiers that corresponds to `dense_grid`."""
    space = HyperParameters()
    space.Fixed("layers", 1)
    space.Choice("units_1", [units[0], (units[0] + units[1]) // 4, units[1]])
    space.Choice("activation", ["logistic", "relu"])
    space.Choice("alpha", [1e-4, 1.0])
    space.Choice("learning_rate", [1e-3, 1e-2])
    _fix(space, solver="adam", batch_size=32, epochs=epochs[1], patience=0)
    return space


def add_scaling(space: HyperParameters, *, is_grid: bool) -> None:
    """Let a space choose whether features are standardized; a grid always does it."""
    if is_grid:
        space.Fixed("scaling", STANDARDIZED)
    else:
        space.Choice("scaling", ["none", STANDARDIZED])


def _add_layers(space: HyperParameters, units: tuple[int, int]) -> None:
    space.Int("layers", 1, 3)
    for layer in (1, 2, 3):
        # Units of a layer that a net does not have are no part of its values.
        with space.conditional_scope("layers", list(range(layer, 4))):
            space.Int(f"units_{layer}", *units, step=2, sampling="log")


def _add_training(space: HyperParameters, epochs: tuple[int, int]) -> None:
    space.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-3)
    space.Choice("batch_size", [16, 32, 64, 128], default=32)
    space.Int("epochs", *epochs, sampling="log", default=epochs[1])
    # Early stopping: epochs without a lower validation loss; 0 trains to the end.
    space.Choice("patience", [0, max(2, epochs[1] // 10)], ordered=False)


def _add_decay(space: HyperParameters, epochs: tuple[int, int]) -> None:
    space.Choice("decay_factor", [NO_DECAY, 0.5, 0.1], ordered=False)
    with space.conditional_scope("decay_factor", [0.5, 0.1]):
        periods = sorted({max(1, epochs[1] // parts) for parts in (10, 4, 2)})
        space.Choice("decay_every", periods, ordered=False)


def _fix(space: HyperParameters, **values: float | str) -> None:
    for name, value in values.items():
        space.Fixed(name, value)
