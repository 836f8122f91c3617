"""What can be stacked: which layers and optimizers, and in what replicas may differ."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from .keras_internals import flatten_layers
from .xla import is_dense

PER_REPLICA = (
    "learning_rate",
    "momentum",
    "beta_1",
    "beta_2",
    "rho",
    "epsilon",
    "weight_decay",
)
"""Settings of optimizers, by their names in `get_config`, that may differ between replicas."""
_CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")


def check_stackable(template: keras.Model) -> None:
    """Refuse a model that replicas cannot be made of.

    Raises:
        ValueError: If the model is not compiled, has layers other than dense ones, changes
            Keras's training step or has an optimizer that scales the loss or mixes the rows of a
            variable.
    """
    if not template.compiled:
        raise ValueError("build() must return a compiled model: call model.compile() in it.")
    if not is_dense(template):
        names = sorted({type(layer).__name__ for layer in template.layers})
        raise ValueError(
            f"Replicas can be made of dense, element-wise and normalizing layers and dropout; "
            f"this model has {', '.join(names)}. Train it with fit()."
        )
    if type(template).train_step is not keras.Model.train_step:
        raise ValueError(
            f"{type(template).__name__} has a train_step of its own, which replicas would not "
            "run. Train it with fit()."
        )
    if template.optimizer.scale_loss(1.0) != 1.0:
        raise ValueError(
            f"The optimizer {type(template.optimizer).__name__} scales the loss, which replicas do "
            "not. Leave the scale out, or train with fit()."
        )
    if not updates_elementwise(template.optimizer):
        raise ValueError(
            f"The optimizer {type(template.optimizer).__name__} does not update each row of a "
            "variable by itself, so stacked variables would mix. Choose one that works element "
            "by element, as Adam and SGD do, or train with fit()."
        )


def check_alike(template: keras.Model, model: keras.Model) -> None:
    """Refuse two replicas that one program cannot train.

    Raises:
        ValueError: If the model is not compiled, or if its layers or the settings of its optimizer
            differ in more than numbers that replicas may have of their own.
    """
    if not model.compiled:
        raise ValueError("build() must return a compiled model: call model.compile() in it.")
    unlike = _unlike(_architecture(template), _architecture(model))
    if unlike:
        raise ValueError(
            "build() must return the same architecture for every replica; layers may differ in "
            "weights, seeds and statistics, in the rate of dropout and the factors of penalties. "
            f"Got {unlike}."
        )
    unlike = _unlike(_settings(template.optimizer), _settings(model.optimizer), PER_REPLICA)
    if unlike:
        raise ValueError(
            "One optimizer updates all replicas, so their optimizers may differ in "
            f"{', '.join(PER_REPLICA)} as numbers only. Got {unlike}."
        )


def optimizer_for_stack(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return a fresh copy that leaves clipping to the replicas.

    The norm of a stacked gradient is that of all replicas together.

    Raises:
        ValueError: If the optimizer's `get_config` does not say how to make it.
    """
    config = optimizer.get_config() | dict.fromkeys(_CLIPPING)
    try:
        return type(optimizer).from_config(config)
    except TypeError as error:
        raise ValueError(
            f"The optimizer {type(optimizer).__name__} cannot be made again from its get_config() "
            f"({error}). Let get_config() return every argument of its __init__."
        ) from error


def updates_elementwise(optimizer: keras.optimizers.Optimizer) -> bool:
    """Tell whether an optimizer updates a slice of a variable as it would the slice alone.

    Stacks of vectors and of matrices take three steps whole, and each slice along the first
    axis takes them by itself; both must give the same. Clipping is left out, see
    `optimizer_for_stack`; the optimizer given is not changed. Found out once for each class and
    its settings, the rate aside.
    """
    settings = _settings(optimizer) | {"learning_rate": None}
    key = type(optimizer), json.dumps(settings, sort_keys=True, default=str)
    if key not in _elementwise:
        rng = np.random.default_rng(0)
        stacks = [rng.normal(size=shape).astype("float32") for shape in ((3, 4), (3, 4, 2))]
        steps = [[rng.normal(size=s.shape).astype("float32") for s in stacks] for _ in range(3)]
        whole = _after_steps(optimizer, stacks, steps)
        alone = _after_steps(optimizer, _slices(stacks), [_slices(step) for step in steps])
        _elementwise[key] = all(
            np.allclose(a, b, rtol=1e-5, atol=1e-6)
            for a, b in zip(_slices(whole), alone, strict=True)
        )
    return _elementwise[key]


_elementwise: dict[tuple[type, str], bool] = {}


def _slices(stacks: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [part for stack in stacks for part in stack]


def _after_steps(
    optimizer: keras.optimizers.Optimizer,
    start: Sequence[np.ndarray],
    steps: Sequence[Sequence[np.ndarray]],
) -> list[np.ndarray]:
    """Return variables after a step along each list of gradients."""
    fresh = optimizer_for_stack(optimizer)
    variables = [keras.Variable(value) for value in start]
    for gradients in steps:
        fresh.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
    return [np.asarray(variable) for variable in variables]


def own_numbers(model: keras.Model) -> Iterator[tuple[Any, str]]:
    """Yield where a model has numbers that are no variables and may differ between replicas.

    Yields:
        A layer or one of its penalties, and the name of the attribute that holds the number.
    """
    for layer in flatten_layers(model):
        if isinstance(layer, keras.layers.Normalization):
            yield from ((layer, "mean"), (layer, "variance"))
        if isinstance(layer, keras.layers.Dropout):
            yield layer, "rate"
        for name in _PENALTIES:
            penalty = getattr(layer, name, None)
            if isinstance(penalty, _NORMS):
                yield from ((penalty, norm) for norm in penalty.get_config())


_PENALTIES = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")
_NORMS = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)


def _settings(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    config = optimizer.get_config()
    config["name"] = type(optimizer).__name__  # Keras numbers the names of instances.
    return config


def _architecture(model: keras.Model) -> dict[str, Any]:
    """Return what must be the same for all replicas, by place and name."""
    layers = [layer for layer in flatten_layers(model) if not isinstance(layer, keras.Model)]
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The object being serialized includes a `lambda`")
        for place, layer in enumerate(layers):
            kind = type(layer).__name__
            found |= {f"{place} {kind}.{key}": value for key, value in _structure(layer).items()}
    return found | {"shapes": [tuple(variable.shape) for variable in model.variables]}


def _structure(layer: keras.layers.Layer) -> dict[str, Any]:
    """Return a layer's settings but those that replicas may have of their own."""
    config = {
        key: value
        for key, value in layer.get_config().items()
        if key not in ("name", "seed", "mean", "variance") and not key.endswith("_initializer")
    }
    if isinstance(layer, keras.layers.Dropout):
        del config["rate"]
    penalties = {name: getattr(layer, name, None) for name in _PENALTIES}
    norms = {k: type(penalty) for k, penalty in penalties.items() if isinstance(penalty, _NORMS)}
    return config | norms


def _unlike(
    one: dict[str, Any], other: dict[str, Any], numbers: Sequence[str] = ()
) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ, but for those that may as numbers."""
    pairs = {name: (one.get(name), other.get(name)) for name in one.keys() | other.keys()}
    return {
        name: pair
        for name, pair in sorted(pairs.items())
        if pair[0] != pair[1]
        and not (name in numbers and all(isinstance(value, float | int) for value in pair))
    }
