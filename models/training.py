"""`fit`: Keras's training with an epoch as one compiled call.

Stock `model.fit` builds a new `tf.data` iterator every epoch and returns to Python
after every batch. For a small net that is nearly all the time there is: a 9-step epoch
takes 29 ms, of which the arithmetic is half a millisecond. Here the arrays are held as
tensors, the shuffled row numbers go in, and one `tf.function` runs the model's own
`train_step` over all batches; where the callbacks allow it, over many epochs (`models.blocks`).
The numbers are those of stock `fit` to float32 rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from .blocks import blocks_pay, role_of, run_blocks
from .compiled_epoch import (
    MOST,
    Arrays,
    Augment,
    CompiledEpoch,
    CompiledEpochs,
    as_tensors,
    create_variables,
    row_count,
)
from .keras_internals import initial_epoch as first_epoch
from .row_order import row_order
from .stock_fit import reason_for_stock_fit, run_loss_guards
from .xla import xla_pays


def fit(
    model: keras.Model,
    x: Arrays,
    y: Arrays = None,
    *,
    epochs: int = 1,
    batch_size: int | None = None,
    validation_data: Any = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    shuffle: bool = True,
    seed: int | None = None,
    verbose: int | str = 0,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: Arrays = None,
    augment: Augment | None = None,
    initial_epoch: int = 0,
    jit_compile: bool | str = "auto",
) -> keras.callbacks.History:
    """Train a compiled model on arrays that fit in memory.

    Callbacks are driven as by `model.fit`, epoch by epoch. Short epochs of dense nets are run in
    blocks of half a second if all callbacks only look on or set a rate known beforehand, which
    they say by their `role` (see `models.blocks`). What one compiled call an epoch cannot serve
    (a callback with per-batch hooks, `run_eagerly`, a distribution strategy, `tf.data` or
    generator input) is handed to stock `model.fit`, with a warning that says why.

    Args:
        model: A compiled `keras.Model`.
        x: Inputs, `(rows, ...)`; nested structures for models with several inputs.
        y: Targets, `(rows, ...)`, in the form the loss expects.
        epochs: The epoch to stop at, counted from 0 as in `model.fit`.
        batch_size: Rows a step, 32 unless given. A last partial batch is used.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, evaluated every epoch.
        callbacks: Keras callbacks.
        shuffle: Whether each epoch visits the rows in a new order.
        seed: Seed of that order, see `models.row_order`.
        verbose: 0 silent, 1 or `"auto"` Keras's bar, 2 a line an epoch.
        class_weight: Weight of each integer class; not together with `sample_weight`.
        sample_weight: Weight of each row, `(rows,)`.
        augment: A function of TensorFlow operations from a batch of inputs to a changed
            one, such as shifted images. It acts in training only and is no part of the
            model, so the saved model does without it.
        initial_epoch: Epoch to start from.
        jit_compile: Whether XLA compiles the epoch; `"auto"` asks `models.xla.xla_pays`,
            and means False with `augment`.

    Returns:
        Keras's `History`; `history.history` maps each name to one value an epoch.

    Raises:
        ValueError: If the model is not compiled, or arguments contradict each other.
    """
    _check(model, epochs, initial_epoch, batch_size, jit_compile)
    callbacks = keras.tree.flatten(list(callbacks))
    reason = reason_for_stock_fit(model, (x, y, sample_weight, validation_data), callbacks)
    if reason and augment is not None:
        raise ValueError(
            f"augment works in the compiled epoch only, which cannot be, because {reason}."
        )
    if reason:
        warnings.warn(
            f"Training with stock model.fit, because {reason}. That is slower, and "
            "`seed` and `jit_compile` have no effect: Keras shuffles the rows.",
            stacklevel=2,
        )
        return model.fit(
            x,
            y,
            epochs=epochs,
            batch_size=batch_size,
            validation_data=validation_data,
            callbacks=callbacks,
            shuffle=shuffle,
            verbose=verbose,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
        )

    batch_size = batch_size or 32
    train_data = as_tensors(x, y, sample_weight, class_weight)
    validation = None if validation_data is None else as_tensors(*validation_data)
    order = row_order(row_count(train_data), shuffle, seed)
    steps = -(-row_count(train_data) // batch_size)
    create_variables(model, train_data)
    if jit_compile == "auto":
        # Augmentation may use operations that XLA does not have, such as turning images.
        jit_compile = augment is None and xla_pays(model, steps * (epochs - initial_epoch))

    driver = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        add_progbar=verbose != 0,
        verbose=1 if verbose == "auto" else verbose,
        epochs=epochs,
        steps=steps,
        model=model,
        **({} if train_data[2] is None else {"weighted": True}),  # For OverfittingMonitor.
    )
    model.stop_training = False
    driver.on_train_begin()
    to_run = range(first_epoch(model) or initial_epoch, epochs)
    jit_compile = bool(jit_compile)
    roles = [role_of(callback) for callback in driver.callbacks]
    if "controller" not in roles and blocks_pay(model, row_count(train_data), len(to_run)):
        schedules = [
            c for c, role in zip(driver.callbacks, roles, strict=True) if role == "schedule"
        ]
        run = CompiledEpochs(
            model,
            train_data,
            validation,
            batch_size,
            jit_compile=jit_compile,
            augment=augment,
            scheduled=bool(schedules),
        )
        logs = _run_blocks(model, run, driver, schedules, order, to_run)
    else:
        train = CompiledEpoch(model, "train_step", train_data, batch_size, jit_compile, augment)
        test = None
        if validation is not None:
            test = CompiledEpoch(model, "test_step", validation, batch_size, jit_compile)
        logs = _run_epochs(model, train, test, driver, order, to_run)
    if isinstance(model.optimizer, keras.optimizers.Optimizer) and epochs > 0:
        model.optimizer.finalize_variable_values(model.trainable_weights)
    driver.on_train_end(logs)
    return model.history


def _run_epochs(
    model: keras.Model,
    train: CompiledEpoch,
    test: CompiledEpoch | None,
    driver: keras.callbacks.CallbackList,
    order: Callable[[int], np.ndarray],
    epochs: range,
) -> dict[str, Any]:
    """Run the epochs one by one, calling callbacks in the order in which `model.fit` does."""
    logs: dict[str, Any] = {}
    for epoch in epochs:
        driver.on_epoch_begin(epoch)
        logs = train(order(epoch))
        run_loss_guards(driver.callbacks, train.steps - 1, logs)
        if test is not None:
            driver.on_test_begin()
            val_logs = test()
            driver.on_test_end(val_logs)
            logs |= {f"val_{name}": value for name, value in val_logs.items()}
        driver.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    return logs


def _run_blocks(
    model: keras.Model,
    run: CompiledEpochs,
    driver: keras.callbacks.CallbackList,
    schedules: Sequence[keras.callbacks.Callback],
    order: Callable[[int], np.ndarray],
    epochs: range,
) -> dict[str, Any]:
    """Run the epochs in blocks, telling the callbacks of each when its block has ended."""
    last: dict[str, Any] = {}

    def prepare(block: range) -> np.ndarray:
        return np.stack([order(epoch) for epoch in block])

    def train(block: range, orders: np.ndarray) -> list[dict[str, Any]]:
        rates = _rates(model, schedules, block) if schedules else None
        return run(orders[: len(block)], rates)

    def tell(block: range, all_logs: list[dict[str, Any]]) -> int | None:
        nonlocal last
        for place, (epoch, last) in enumerate(zip(block, all_logs, strict=True)):
            driver.on_epoch_begin(epoch)
            val_logs = {k[4:]: value for k, value in last.items() if k.startswith("val_")}
            if val_logs:
                driver.on_test_begin()
                driver.on_test_end(val_logs)
            driver.on_epoch_end(epoch, last)
            if model.stop_training:
                return place
        return None

    variables = [*model.variables, *model.optimizer.variables]
    run_blocks(epochs, MOST, prepare=prepare, run=train, tell=tell, variables=variables)
    return last


def _rates(
    model: keras.Model, schedules: Sequence[keras.callbacks.Callback], block: range
) -> np.ndarray:
    """Return the learning rate of each epoch, `(epochs,)`, as the schedules set it."""
    rates = []
    for epoch in block:
        for callback in schedules:
            callback.on_epoch_begin(epoch)
        rates.append(float(model.optimizer.learning_rate.numpy()))
    return np.array(rates)


def _check(
    model: keras.Model,
    epochs: int,
    initial_epoch: int,
    batch_size: int | None,
    jit_compile: bool | str,
) -> None:
    if not model.compiled:
        raise ValueError(f"The model {model.name!r} is not compiled: call model.compile() first.")
    if epochs < 0 or initial_epoch < 0:
        raise ValueError(
            f"epochs and initial_epoch count from 0, got epochs={epochs}, "
            f"initial_epoch={initial_epoch}."
        )
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is a number of rows, 1 or more, got {batch_size}.")
    if jit_compile not in (True, False, "auto"):
        raise ValueError(f'jit_compile is True, False or "auto", got {jit_compile!r}.')
