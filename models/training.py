"""`fit`: Keras's training with an epoch as one compiled call.

Stock `model.fit` builds a new `tf.data` iterator every epoch and returns to Python
after every batch. For a small net that is nearly all the time there is: a 9-step epoch
takes 29 ms, of which the arithmetic is half a millisecond. Here the arrays are held as
tensors, the shuffled row numbers go in, and one `tf.function` runs the model's own
`train_step` over all batches; where the callbacks allow it, over many epochs (`models.blocks`).
The numbers are those of stock `fit` to float32 rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from .arrays import Arrays, as_tensors, row_count, split_rows, weigh_classes
from .blocks import blocks_pay, role_of, run_blocks
from .checks import check_numbers, check_rows, may_index_out_of_range
from .compiled_epoch import MOST, Augment, CompiledEpoch, CompiledEpochs, create_variables
from .keras_internals import initial_epoch as first_epoch
from .row_order import row_order
from .stock_fit import reason_for_stock_fit, run_loss_guards, train_by_stock_fit
from .xla import xla_pays


def fit(
    model: keras.Model,
    x: Arrays = None,
    y: Arrays = None,
    batch_size: int | None = None,
    epochs: int = 1,
    *,
    verbose: int | str = 0,
    callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool | str = True,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: Arrays = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | list[int] = 1,
    seed: int | None = None,
    augment: Augment | None = None,
    jit_compile: bool | str = "auto",
) -> keras.callbacks.History:
    """Train a compiled model; takes what `model.fit` takes, and gives its numbers.

    Callbacks are driven as by `model.fit`, epoch by epoch. Short epochs of dense nets are run in
    blocks of half a second if all callbacks only look on or set a rate known beforehand, which
    they say by their `role` (see `models.blocks`). What one compiled call an epoch cannot serve
    (a callback with per-batch hooks, `run_eagerly`, a distribution strategy, `tf.data` or
    generator input, text, `steps_per_epoch`, `validation_steps`) is handed to stock `model.fit`,
    with a warning that says why.

    Three things differ from stock `fit`. Inputs that are not finite and labels without an output
    are refused before training (see `models.checks`). The loss of each of several outputs is the
    mean over the rows, also where the last batch is partial; stock `fit` takes the mean over the
    batches, as if all were of one length. And a metric whose `result` is its variable is read
    before validation changes it, by stock `fit` after that.

    Tested with Keras 3.15.

    Args:
        model: A compiled `keras.Model`.
        x: Inputs, `(rows, ...)`; nested structures for models with several inputs. Arrays,
            tensors, or data frames whose columns are numbers and truth values.
        y: Targets, `(rows, ...)`, in the form the loss expects.
        batch_size: Rows a step, 32 unless given. A last partial batch is used.
        epochs: The epoch to stop at, counted from 0 as in `model.fit`.
        verbose: 0 silent, 1 or `"auto"` Keras's bar, 2 a line an epoch.
        callbacks: One or more Keras callbacks.
        validation_split: Share of the rows, the last ones, to validate on.
        validation_data: `x`, `(x, y)` or `(x, y, sample_weight)`, evaluated every epoch; goes
            before `validation_split`.
        shuffle: Whether each epoch visits the rows in a new order.
        class_weight: Weight of each integer class; not together with `sample_weight`.
        sample_weight: Weight of each row, `(rows,)`, or one such array for each output.
        initial_epoch: Epoch to start from.
        steps_per_epoch: Steps an epoch, for data without an end; by stock `fit`.
        validation_steps: Steps of a validation; by stock `fit`.
        validation_batch_size: Rows of a validation step, `batch_size` unless given.
        validation_freq: Validate every so many epochs, or after those in a list, counted from 1.
        seed: Seed of the order of rows, see `models.row_order`.
        augment: A function of TensorFlow operations from a batch of inputs to a changed
            one, such as shifted images. It acts in training only and is no part of the
            model, so the saved model does without it.
        jit_compile: Whether XLA compiles the epoch; `"auto"` asks `models.xla.xla_pays`,
            and means False with `augment`.

    Returns:
        Keras's `History`; `history.history` maps each name to one value an epoch.

    Raises:
        ValueError: If the model is not compiled, arguments contradict each other, or the data
            cannot be trained on: text, inputs that are not finite, labels out of range.
    """
    arguments = dict(locals())
    for own in ("model", "seed", "augment", "jit_compile"):
        del arguments[own]
    _check(model, epochs, initial_epoch, batch_size, validation_freq, jit_compile)
    given = keras.utils.unpack_x_y_sample_weight(validation_data)
    if type(model).train_step is keras.Model.train_step:
        check_numbers(x, y, given)
    listed = [] if callbacks is None else keras.tree.flatten(callbacks)
    limits = {"steps_per_epoch": steps_per_epoch, "validation_steps": validation_steps}
    limits['shuffle="batch"'] = True if shuffle == "batch" else None
    reason = reason_for_stock_fit(model, (x, y, sample_weight, given), listed, limits)
    if not reason:
        data = as_tensors(x, y, sample_weight)
        try:
            create_variables(model, data)
        except RuntimeError:
            reason = "Keras cannot build the model before its first step"
    if reason and augment is not None:
        raise ValueError(
            f"augment works in the compiled epoch only, which cannot be, because {reason}."
        )
    if reason:
        return train_by_stock_fit(model, reason, **arguments)

    batch_size = batch_size or 32
    check_rows(model, *data[:2], given=x)
    train_data, validation = data, None
    if validation_data is not None:
        validation = as_tensors(*given)
        check_rows(model, *validation[:2], given=given[0], of="validation_data")
    elif validation_split:
        train_data, validation = split_rows(data, validation_split)
    train_data = weigh_classes(train_data, class_weight)
    order = row_order(row_count(train_data), bool(shuffle), seed)
    is_validated = partial(_is_validated, validation_freq)
    steps = -(-row_count(train_data) // batch_size)
    if jit_compile == "auto":
        # Augmentation may use operations that XLA does not have, such as turning images.
        jit_compile = (
            augment is None
            and xla_pays(model, steps * (epochs - initial_epoch))
            and not may_index_out_of_range(model, *data[:2])
        )

    driver = keras.callbacks.CallbackList(
        listed,
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
    validation_size = validation_batch_size or batch_size
    roles = [role_of(callback) for callback in driver.callbacks]
    if (
        "controller" not in roles
        and validation_size == batch_size
        and blocks_pay(model, row_count(train_data), len(to_run))
    ):
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
        logs = _run_blocks(model, run, driver, schedules, order, to_run, is_validated)
    else:
        train = CompiledEpoch(model, "train_step", train_data, batch_size, jit_compile, augment)
        test = None
        if validation is not None:
            test = CompiledEpoch(model, "test_step", validation, validation_size, jit_compile)
        logs = _run_epochs(model, train, test, driver, order, to_run, is_validated)
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
    is_validated: Callable[[int], bool],
) -> dict[str, Any]:
    """Run the epochs one by one, calling callbacks in the order in which `model.fit` does."""
    logs: dict[str, Any] = {}
    for epoch in epochs:
        driver.on_epoch_begin(epoch)
        logs = train(order(epoch))
        run_loss_guards(driver.callbacks, train.steps - 1, logs)
        if test is not None and is_validated(epoch):
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
    is_validated: Callable[[int], bool],
) -> dict[str, Any]:
    """Run the epochs in blocks, telling the callbacks of each when its block has ended."""
    last: dict[str, Any] = {}

    def prepare(block: range) -> np.ndarray:
        return np.stack([order(epoch) for epoch in block])

    def train(block: range, orders: np.ndarray) -> list[dict[str, Any]]:
        rates = _rates(model, schedules, block) if schedules else None
        return run(orders[: len(block)], rates, np.array([*map(is_validated, block)]))

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


def _is_validated(validation_freq: int | list[int], epoch: int) -> bool:
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def _check(
    model: keras.Model,
    epochs: int,
    initial_epoch: int,
    batch_size: int | None,
    validation_freq: int | list[int],
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
    if not isinstance(validation_freq, (int, list)) or validation_freq == 0:
        raise ValueError(
            "Expected `validation_freq` to be a list or int: every how many epochs, or after which "
            f"ones, counted from 1; got {validation_freq!r}."
        )
    if jit_compile not in (True, False, "auto"):
        raise ValueError(f'jit_compile is True, False or "auto", got {jit_compile!r}.')
