"""What can be stacked: which layers, optimizers and models replicas may be made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from .xla import is_dense

# Their updates work element by element, so stacked variables are updated as single ones.
_ELEMENTWISE_OPTIMIZERS = (
    keras.optimizers.SGD,
    keras.optimizers.RMSprop,
    keras.optimizers.Adagrad,
    keras.optimizers.Adadelta,
    keras.optimizers.Adam,
    keras.optimizers.AdamW,
    keras.optimizers.Adamax,
    keras.optimizers.Nadam,
    keras.optimizers.Ftrl,
    keras.optimizers.Lion,
)
_CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")


def check_stackable(models: Sequence[keras.Model]) -> None:
    """Refuse models that replicas cannot be made of.

    Raises:
        ValueError: If a model is not compiled, has layers other than dense ones, changes
            Keras's training step or has an optimizer that mixes the elements of a
            variable, or if the models differ in shapes or in optimizer settings.
    """
    template = models[0]
    if not all(model.compiled for model in models):
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
    if type(template.optimizer) not in _ELEMENTWISE_OPTIMIZERS:
        raise ValueError(
            f"The optimizer {type(template.optimizer).__name__} does not update each element "
            "of a variable by itself, so stacked variables would mix. Choose one of "
            f"{', '.join(optimizer.__name__ for optimizer in _ELEMENTWISE_OPTIMIZERS)}."
        )
    for model in models:
        if [v.shape for v in model.weights] != [v.shape for v in template.weights]:
            raise ValueError("build() must return the same architecture for every replica.")
        if _settings(model.optimizer) != _settings(template.optimizer):
            raise ValueError(
                "build() must give every replica the same optimizer settings, because one "
                f"optimizer updates all of them. Got {_settings(template.optimizer)} and "
                f"{_settings(model.optimizer)}."
            )


def optimizer_for_stack(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return a fresh copy that leaves clipping to the replicas.

    The norm of a stacked gradient is that of all replicas together.
    """
    config = optimizer.get_config() | dict.fromkeys(_CLIPPING)
    return type(optimizer).from_config(config)


def normalizations(model: keras.Model) -> list[keras.layers.Normalization]:
    """Return the model's `Normalization` layers, whose statistics are no variables."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if isinstance(layer, keras.layers.Normalization)]


def _settings(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    config = optimizer.get_config()
    config["name"] = type(optimizer).__name__  # Keras numbers the names of instances.
    return config
