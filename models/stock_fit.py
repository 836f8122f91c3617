"""When an epoch cannot be one compiled call, and stock `model.fit` must train."""

from __future__ import annotations

import types
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import keras
import tensorflow as tf
from keras.callbacks import (
    BackupAndRestore,
    Callback,
    ModelCheckpoint,
    ProgbarLogger,
    TensorBoard,
    TerminateOnNaN,
)
from keras.config import max_epochs, max_steps_per_epoch

from models.keras_internals import distribute_strategy, is_empty_hook, traces_batches

from .arrays import as_tensors, numbers_of
from .checks import check_finite

_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def reason_for_stock_fit(
    model: keras.Model,
    data: Any,
    callbacks: Sequence[Callback],
    limits: Mapping[str, Any] | None = None,
) -> str:
    """Say why stock `model.fit` has to train, or return "" where nothing asks for it.

    Args:
        model: A compiled model.
        data: All arrays that were given.
        callbacks: All callbacks.
        limits: By their names the arguments that only stock `fit` serves, None where not given.
    """
    config = {f"keras.config.{f.__name__}": f() for f in (max_epochs, max_steps_per_epoch)}
    for name, value in {**(limits or {}), **config}.items():
        if value is not None:
            return f"{name} is set"
    if model.run_eagerly:
        return "the model was compiled with run_eagerly=True"
    if tf.distribute.has_strategy() or distribute_strategy(model) is not None:
        return "the model trains under a distribution strategy"
    if type(model).make_train_function is not keras.Model.make_train_function:
        return f"{type(model).__name__} makes its train function itself"
    for leaf in keras.tree.flatten(data):
        if leaf is not None and numbers_of(leaf) is None:
            return f"the data is given as {type(leaf).__name__}, not as arrays in memory"
    for callback in callbacks:
        for hook in _HOOKS:
            if _is_needed_every_batch(callback, hook):
                return f"{type(callback).__name__} has the per-batch hook {hook}"
    return ""


def train_by_stock_fit(
    model: keras.Model, reason: str, **arguments: Any
) -> keras.callbacks.History:
    """Call `model.fit` with these arguments, and say once why, to the caller of `models.fit`."""
    x = arguments["x"]
    if x is not None and all(numbers_of(leaf) is not None for leaf in keras.tree.flatten(x)):
        check_finite(model, as_tensors(x)[0], given=x)
    warnings.warn(
        f"Training with stock model.fit, because {reason}. That is slower, and "
        "`seed` and `jit_compile` have no effect: Keras shuffles the rows.",
        stacklevel=3,
    )
    with ExitStack() as stack:
        if isinstance(x, (tf.data.Dataset, types.GeneratorType)):
            arguments["shuffle"] = False  # Keras would warn that it cannot, which nobody asked for.
            if arguments["epochs"] == 1 and arguments["steps_per_epoch"] is None:
                # It has to end, and there is no epoch left that misses its batches.
                stack.enter_context(warnings.catch_warnings())
                warnings.filterwarnings("ignore", "Your input ran out of data")
        return model.fit(**arguments)


def run_loss_guards(callbacks: Sequence[Callback], last_step: int, logs: dict[str, Any]) -> None:
    """Let TerminateOnNaN look at the epoch's mean loss.

    The mean is not finite if the loss of one batch is not, so training stops at the end
    of the epoch in which it went wrong.
    """
    for callback in callbacks:
        if isinstance(callback, TerminateOnNaN):
            callback.on_batch_end(last_step, logs)


def _is_needed_every_batch(callback: Callback, hook: str) -> bool:
    method = getattr(callback, hook)
    if is_empty_hook(method):
        return False
    # Keras's own callbacks have per-batch hooks that idle when they work per epoch. A
    # subclass with a hook of its own is not among these.
    owner = next((c for c in type(callback).__mro__ if hook in vars(c)), None)
    if owner in (ModelCheckpoint, BackupAndRestore):
        return bool(callback.save_freq != "epoch")
    if owner is TensorBoard:
        return bool(
            callback.update_freq != "epoch"
            or traces_batches(callback)
            or callback.write_steps_per_second
        )
    return owner not in (ProgbarLogger, TerminateOnNaN)
