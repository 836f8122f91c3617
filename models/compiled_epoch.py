"""One pass over the rows, or many, as one compiled call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.keras_internals import compile_config, symbolic_build

from .arrays import Arrays, map_arrays, row_count

Step = Callable[[Any], dict[str, tf.Tensor]]
Augment = Callable[[Any], Any]
MOST = 256
"""Epochs of one call at most; more gain nothing, since a call costs a millisecond."""


def create_variables(model: keras.Model, data: Arrays) -> None:
    """Create the variables of layers, metrics and optimizer, which a compiled call must not."""
    symbolic_build(model, map_arrays(lambda leaf: leaf[:1], data))


class CompiledEpoch:
    """Runs `model.train_step` or `model.test_step` over all batches in one call.

    Args:
        model: A compiled model that has its variables, see `create_variables`.
        step: `"train_step"` or `"test_step"`.
        data: `(x, y, sample_weight)` as tensors, see `as_tensors`.
        batch_size: Rows a step; the last step takes what is left.
        jit_compile: Whether XLA compiles the call.
        augment: Applied to the inputs of each batch, see `models.fit`.

    Attributes:
        steps: Number of steps of the epoch.
    """

    def __init__(
        self,
        model: keras.Model,
        step: str,
        data: Arrays,
        batch_size: int,
        jit_compile: bool,
        augment: Augment | None = None,
    ) -> None:
        self._data = data
        self._in_order = np.arange(row_count(data), dtype=np.int32)
        self._batch_size = min(batch_size, row_count(data))
        self.steps = -(-row_count(data) // self._batch_size)
        # Traced here and called as a concrete function: the usual call compares the types
        # of all arguments with those of earlier traces, which takes a third of the time
        # of a small net's epoch.
        self._function = _compiled(model, step, jit_compile, augment).get_concrete_function(
            data, tf.TensorSpec((row_count(data),), tf.int32), self._batch_size
        )

    def __call__(self, order: np.ndarray | None = None) -> dict[str, Any]:
        """Visit the rows in this order, `(rows,)`, and return the metrics by name."""
        order = self._in_order if order is None else order
        logs = self._function(self._data, tf.constant(order), self._batch_size)
        # A train_step may report the results of all metrics as one, a dictionary in the other.
        return {path[-1]: value.numpy() for path, value in keras.tree.flatten_with_path(logs)}


class CompiledEpochs:
    """Trains for many epochs in one call, each of which ends on the validation rows.

    Only with Keras's own `train_step` and `test_step`: what others report is not known before.

    Args:
        model: A compiled model that has its variables, see `create_variables`.
        data: `(x, y, sample_weight)` as tensors, see `as_tensors`.
        validation: The same of the validation rows, or None.
        batch_size: Rows a step; the last step takes what is left.
        jit_compile: Whether XLA compiles the call.
        augment: Applied to the inputs of each batch, see `models.fit`.
        scheduled: Whether each epoch has a learning rate of its own.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Arrays,
        validation: Arrays,
        batch_size: int,
        *,
        jit_compile: bool,
        augment: Augment | None,
        scheduled: bool,
    ) -> None:
        self._data, self._validation = data, validation
        self._batch_size = min(batch_size, row_count(data))
        self._train_names = names = [*model.get_metrics_result()]
        self._names = names if validation is None else [*names, *(f"val_{name}" for name in names)]
        self._function = _compiled(model, "epochs", jit_compile, augment).get_concrete_function(
            data,
            validation,
            tf.TensorSpec((MOST, row_count(data)), tf.int32),
            tf.TensorSpec((MOST,), tf.float32) if scheduled else None,
            tf.TensorSpec((MOST,), tf.bool),
            tf.TensorSpec((), tf.int32),
            self._batch_size,
        )

    def __call__(
        self, orders: np.ndarray, rates: np.ndarray | None, validated: np.ndarray
    ) -> list[dict[str, Any]]:
        """Train for some epochs and return the metrics of each by name.

        Args:
            orders: In which order each epoch visits the rows, `(epochs, rows)` int32.
            rates: Learning rate of each epoch, `(epochs,)`, if they are scheduled.
            validated: Whether each epoch ends on the validation rows, `(epochs,)`.
        """
        count = len(orders)
        given = None if rates is None else tf.constant(padded(rates, MOST), tf.float32)
        flags = tf.constant(padded(validated, MOST))
        arguments = (tf.constant(padded(orders, MOST)), given, flags, tf.constant(count))
        values = self._function(self._data, self._validation, *arguments, self._batch_size)
        by_epoch = np.stack([value.numpy()[:count] for value in values], axis=1)
        return [
            dict(zip(self._names if val else self._train_names, row, strict=False))
            for row, val in zip(by_epoch, validated, strict=True)
        ]


def padded(array: np.ndarray, length: int) -> np.ndarray:
    """Repeat the last entry until there are so many."""
    return np.concatenate([array, np.repeat(array[-1:], length - len(array), axis=0)])


def over_epochs(
    run_epoch: Callable[[tf.Tensor], list[tf.Tensor]],
    count: tf.Tensor,
    *,
    most: int,
    number: int,
    shape: tuple[int, ...] = (),
) -> list[tf.Tensor]:
    """Run epochs 0 to `count` − 1 within a graph and stack what each returns.

    Args:
        run_epoch: From an epoch to its values, `shape` each.
        count: Epochs to run, a scalar.
        most: Epochs that the result has room for.
        number: How many values an epoch has.
        shape: Their shape.

    Returns:
        For each of the values `(most, *shape)`; what stands behind `count` means nothing.
    """

    def body(epoch: tf.Tensor, arrays: list[tf.TensorArray]) -> Any:
        pairs = zip(arrays, run_epoch(epoch), strict=True)
        return epoch + 1, [array.write(epoch, value) for array, value in pairs]

    dtype = keras.config.floatx()
    arrays = [tf.TensorArray(dtype, most, element_shape=shape) for _ in range(number)]
    start = (tf.constant(0), arrays)
    _, arrays = tf.while_loop(lambda epoch, _: epoch < count, body, start, parallel_iterations=1)
    return [array.stack() for array in arrays]


def _compiled(
    model: keras.Model, what: str, jit_compile: bool, augment: Augment | None
) -> tf.types.experimental.GenericFunction:
    """Return a compiled step over all batches, or `"epochs"`.

    It is kept with the model until that is compiled anew.
    """
    # Past Keras's attribute tracking: this is a cache and no part of the model.
    cache = model.__dict__.setdefault("_compiled_epochs", {})
    compiled_as, function = cache.get((what, jit_compile, augment), (None, None))
    if compiled_as is not compile_config(model):
        traced: Callable[..., Any] = partial(_epochs, model, augment)
        if what != "epochs":
            traced = partial(_epoch, model, _taking_packed(getattr(model, what)), augment)
        # Autograph would convert Keras's own code as well: slow, and nothing is gained.
        function = tf.function(traced, jit_compile=jit_compile, autograph=False)
        cache[what, jit_compile, augment] = (compile_config(model), function)
    return function


def _taking_packed(step: Step) -> Step:
    """Let a step get `x`, `(x, y)` or `(x, y, sample_weight)`, whichever is given, as ever."""
    return lambda data: step(keras.utils.pack_x_y_sample_weight(*data))


def _epochs(
    model: keras.Model,
    augment: Augment | None,
    data: Arrays,
    validation: Arrays,
    orders: tf.Tensor,
    rates: tf.Tensor | None,
    validated: tf.Tensor,
    count: tf.Tensor,
    batch_size: int,
) -> list[tf.Tensor]:
    """Return the metrics of `count` epochs, `(epochs,)` each."""

    def validate() -> list[tf.Tensor]:
        in_order = tf.range(row_count(validation))
        size = min(batch_size, row_count(validation))
        return [*_epoch(model, model.test_step, None, validation, in_order, size).values()]

    def run_epoch(epoch: tf.Tensor) -> list[tf.Tensor]:
        if rates is not None:
            model.optimizer.learning_rate = rates[epoch]
        logs = _epoch(model, model.train_step, augment, data, orders[epoch], batch_size)
        results = [*logs.values()]
        if validation is not None:
            skip = partial(keras.tree.map_structure, tf.zeros_like, results)
            results += tf.cond(validated[epoch], validate, skip)
        return results

    number = len(model.get_metrics_result()) * (1 if validation is None else 2)
    return over_epochs(run_epoch, count, most=orders.shape[0], number=number)


def _epoch(
    model: keras.Model,
    step: Step,
    augment: Augment | None,
    data: Arrays,
    order: tf.Tensor,
    batch_size: int,
) -> dict[str, tf.Tensor]:
    def step_on(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        x, *rest = map_arrays(lambda leaf: tf.gather(leaf, rows), data)
        return step((x if augment is None else augment(x), *rest))

    def body(start: tf.Tensor) -> tuple[tf.Tensor]:
        step_on(tf.slice(order, [start], [batch_size]))
        return (start + batch_size,)

    # The last batch stands apart: it may be partial, and XLA wants fixed shapes.
    last = (order.shape[0] - 1) // batch_size * batch_size
    model.reset_metrics()
    tf.while_loop(lambda start: start < last, body, (tf.constant(0),), parallel_iterations=1)
    logs = step_on(order[last:])
    # As in `model.fit`: a train_step of the user's own may report other things than the
    # metrics; then what it reported for the last batch counts.
    results = model.get_metrics_result()
    results = results if results.keys() == logs.keys() else logs
    # A metric may give its variable, which the validation that follows would change.
    return keras.tree.map_structure(tf.convert_to_tensor, results)
