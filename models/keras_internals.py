"""Every private name of Keras that is used here, each with why; a test says when one is gone.

Keras has no public way to any of them. Written for Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def symbolic_build(model: keras.Model, batch: Any) -> None:
    """Create the variables of layers, metrics and optimizer, as the first step of `fit` would.

    Without it they would be created inside a compiled call, which TensorFlow refuses.

    Args:
        model: A compiled model.
        batch: `(x, y, sample_weight)` of a row or more.
    """
    model._symbolic_build(data_batch=batch)


def compile_config(model: keras.Model) -> object:
    """Return an object that is another one after each `compile`.

    Without it a compiled epoch of old settings would go on after `model.compile`.
    """
    return model._compile_config


def initial_epoch(model: keras.Model) -> int | None:
    """Return how far a broken run had come, as BackupAndRestore leaves it."""
    epoch: int | None = model._initial_epoch
    return epoch


def distribute_strategy(model: keras.Model) -> object | None:
    """Return the `tf.distribute` strategy under which a model was built."""
    strategy: object | None = model._distribute_strategy
    return strategy


def flatten_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return all layers, those inside of other layers as well."""
    return list(model._flatten_layers(include_self=False))


def clip_gradients(optimizer: keras.optimizers.Optimizer, gradients: Sequence[Any]) -> list[Any]:
    """Clip gradients as `optimizer.apply` would, which clips those of all replicas as one."""
    return list(optimizer._clip_gradients(gradients))


def uses_weight_decay(optimizer: keras.optimizers.Optimizer, variable: Any) -> bool:
    """Tell whether `exclude_from_weight_decay` leaves a variable its weight decay."""
    return bool(optimizer._use_weight_decay(variable))


def update_loss_tracker(model: keras.Model, loss: Any, rows: Any) -> None:
    """Count a batch's loss into the metric `loss`, as `train_step` does."""
    model._loss_tracker.update_state(loss, sample_weight=rows)


def losses_by_path(model: keras.Model) -> list[tuple[tuple[Any, ...], Any, dict[str, Any]]]:
    """Return each loss of a built model: its path in `y`, its function or class, its options.

    What `model.loss` holds may be a string, an object or a structure of both, which Keras
    resolves by the outputs.
    """
    losses = getattr(model._compile_loss, "_flat_losses", None) or []
    return [
        (
            tuple(each.path),
            getattr(each.loss, "fn", type(each.loss)),
            vars(each.loss).get("_fn_kwargs", {}),
        )
        for each in losses
    ]


def is_empty_hook(method: Callable[..., Any]) -> bool:
    """Tell whether a callback's hook is the empty one of `keras.callbacks.Callback`."""
    return bool(getattr(method, "_is_default", False))


def traces_batches(tensorboard: keras.callbacks.TensorBoard) -> bool:
    """Tell whether TensorBoard profiles batches, so that it must see each of them."""
    return bool(tensorboard._should_trace)
