"""R nets of one architecture, their variables stacked along a first axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from . import vectorized_operations  # noqa: F401 (registers itself)
from .keras_internals import clip_gradients, update_loss_tracker
from .stackable import check_stackable, normalizations, optimizer_for_stack
from .stacked_rows import StackedRows

# What a step of one replica reads: its slices of all stacked variables.
State = dict[str, list[tf.Tensor]]
Logs = dict[str, np.ndarray]

_PREDICTION_ROWS = 1024


class StackedModel:
    """R compiled models as one, with a stacked variable `(R, ...)` for each of theirs.

    Args:
        models: Compiled models of one architecture. The first one computes for all:
            its layers are run with the slices of each replica in place of its variables.
        x, y: One row, to build what the models have not built yet.

    Raises:
        ValueError: If the models differ, or hold something that cannot be stacked.
    """

    def __init__(self, models: Sequence[keras.Model], x: np.ndarray, y: np.ndarray) -> None:
        for model in models:
            if not model.built:
                model.build(x.shape)
        check_stackable(models)
        self._replicas = len(models)
        self.template = models[0]
        # Creates the variables of the metrics, which a compiled epoch must not.
        self._loss(tf.constant(x), tf.constant(y), training=False)
        self.template.reset_metrics()
        self._variables = {
            "trainable": _stack([model.trainable_variables for model in models]),
            "fixed": _stack([model.non_trainable_variables for model in models]),
            "metrics": _stack([self.template.metrics_variables] * len(models)),
        }
        self._fresh_metrics = [variable.numpy() for variable in self._variables["metrics"]]
        # Normalization keeps its statistics as plain tensors, not as variables.
        statistics = [_statistics(model) for model in models]
        self._statistics = [tf.stack(slices) for slices in zip(*statistics, strict=True)]
        self._optimizer = optimizer_for_stack(self.template.optimizer)
        self._optimizer.build(self._variables["trainable"])

    def __len__(self) -> int:
        return self._replicas

    def weights(self, replica: int) -> list[np.ndarray]:
        """Return one replica's weights in the order of `model.get_weights()`."""
        stacked = {
            id(own): variable
            for kind in ("trainable", "fixed")
            for own, variable in zip(self._own(kind), self._variables[kind], strict=True)
        }
        return [stacked[id(own)].numpy()[replica] for own in self.template.weights]

    def hand_over(self, replica: int, model: keras.Model) -> None:
        """Give a model of the same architecture one replica's weights and optimizer state."""
        model.set_weights(self.weights(replica))
        model.optimizer.build(model.trainable_variables)
        for own, stacked in zip(model.optimizer.variables, self._optimizer.variables, strict=True):
            shared = stacked.shape == own.shape  # The count of steps and the learning rate.
            own.assign(stacked if shared else stacked[replica])

    @property
    def learning_rate(self) -> float:
        """The learning rate of all replicas; a compiled epoch reads it at every call.

        Raises:
            ValueError: If it is no number but a schedule.
        """
        rate = self._optimizer.learning_rate
        if not isinstance(rate, keras.Variable):
            raise ValueError(
                "learning_rate_at sets the optimizer's learning rate, but build() gave it a "
                "LearningRateSchedule or a function instead of a number. Give it a number, "
                "such as keras.optimizers.Adam(0.001), or leave learning_rate_at out."
            )
        return float(rate.numpy())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate = rate

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the predictions of all replicas, `(R, rows, outputs)`."""

        @tf.function(autograph=False, reduce_retracing=True)
        def predict(rows: tf.Tensor) -> tf.Tensor:
            def one(state: State) -> tf.Tensor:
                with self._as_replica(state):
                    return self.template(rows, training=False)

            return self._vectorized(one, self._state())

        starts = range(0, len(x), _PREDICTION_ROWS)
        parts = [predict(tf.constant(x[start : start + _PREDICTION_ROWS])) for start in starts]
        return np.concatenate([part.numpy() for part in parts], axis=1)

    def compiled_epoch(
        self, rows: StackedRows, *, training: bool, jit_compile: bool
    ) -> Callable[..., Logs]:
        """Return the function that runs one epoch of all replicas and gives its metrics.

        Args:
            rows: The rows of each replica.
            training: Whether the weights are updated, or only evaluated.
            jit_compile: Whether XLA compiles the epoch.

        Returns:
            A function of the replicas' orders of rows (see `StackedRows.in_steps`) that
            returns `(R,)` values for each metric.
        """
        step = self._train_step if training else self._test_step
        # Tracing takes longer than many epochs, so a step is traced once where that can be.
        last_apart = rows.last_is_apart(fixed_shapes=jit_compile)

        def epoch(looped: tf.Tensor, last: list[tf.Tensor]) -> dict[str, tf.Tensor]:
            def body(start: tf.Tensor) -> tuple[tf.Tensor]:
                size = rows.batch_size
                if not (last_apart or jit_compile):
                    size = tf.minimum(size, end - start)
                step(rows, [everyone], [tf.slice(looped, [0, start], [self._replicas, size])])
                return (start + rows.batch_size,)

            everyone, end = np.arange(self._replicas), looped.shape[1]
            self._assign("metrics", self._fresh_metrics)
            if end:
                tf.while_loop(
                    lambda start: start < end, body, (tf.constant(0),), parallel_iterations=1
                )
            if last_apart:
                step(rows, rows.groups, last)
            return self._vectorized(self._metric_results, self._state())

        def in_steps(orders: Sequence[np.ndarray] | None = None) -> Any:
            return keras.tree.map_structure(tf.constant, rows.in_steps(orders, last_apart))

        # Traced here, once: `tf.function` warns where the same code is traced again and again.
        function = tf.function(epoch, autograph=False, jit_compile=jit_compile)
        concrete = function.get_concrete_function(*in_steps())

        def run(orders: Sequence[np.ndarray] | None = None) -> Logs:
            logs = concrete(*in_steps(orders))
            return {name: value.numpy() for name, value in logs.items()}

        return run

    def _train_step(
        self, rows: StackedRows, groups: list[np.ndarray], batches: list[tf.Tensor]
    ) -> None:
        gradients, fixed, metrics = self._for_each_replica(self._learn, rows, groups, batches)
        self._optimizer.apply(gradients, self._variables["trainable"])
        self._assign("fixed", fixed)
        self._assign("metrics", metrics)

    def _test_step(
        self, rows: StackedRows, groups: list[np.ndarray], batches: list[tf.Tensor]
    ) -> None:
        self._assign("metrics", self._for_each_replica(self._measure, rows, groups, batches))

    def _learn(
        self, state: State, x: tf.Tensor, y: tf.Tensor
    ) -> tuple[list[tf.Tensor], list[tf.Tensor], list[tf.Tensor]]:
        """Return one replica's clipped gradients and its new fixed and metric variables."""
        with self._as_replica(state) as scope:
            with tf.GradientTape() as tape:
                tape.watch(state["trainable"])
                loss = self._loss(x, y, training=True)
            gradients = tape.gradient(loss, state["trainable"])
            gradients = clip_gradients(self.template.optimizer, gradients)
        return gradients, self._new(scope, "fixed"), self._new(scope, "metrics")

    def _measure(self, state: State, x: tf.Tensor, y: tf.Tensor) -> list[tf.Tensor]:
        with self._as_replica(state) as scope:
            self._loss(x, y, training=False)
        return self._new(scope, "metrics")

    def _loss(self, x: tf.Tensor, y: tf.Tensor, training: bool) -> tf.Tensor:
        """Do what `train_step` and `test_step` of Keras do up to the gradient."""
        y_pred = self.template(x, training=training)
        loss = self.template.compute_loss(x, y, y_pred, None, training)
        update_loss_tracker(self.template, loss, tf.shape(x)[0])
        self.template.compute_metrics(x, y, y_pred)
        return loss

    def _metric_results(self, state: State) -> dict[str, tf.Tensor]:
        with self._as_replica(state):
            return self.template.get_metrics_result()

    @contextmanager
    def _as_replica(self, state: State) -> Iterator[keras.StatelessScope]:
        """Let the template's layers read and write one replica's slices."""
        mapping = [
            pair
            for kind in self._variables
            for pair in zip(self._own(kind), state[kind], strict=True)
        ]
        layers = normalizations(self.template)
        own_statistics = _statistics(self.template)
        try:
            _set_statistics(layers, state["statistics"])
            with keras.StatelessScope(state_mapping=mapping) as scope:
                yield scope
        finally:
            _set_statistics(layers, own_statistics)

    def _for_each_replica(
        self,
        function: Callable[..., Any],
        rows: StackedRows,
        groups: list[np.ndarray],
        batches: list[tf.Tensor],
    ) -> Any:
        """Apply the function to every replica's batch; stack what it returns by replica."""
        outcomes = [
            self._vectorized(
                function, self._state(group), tf.gather(rows.x, batch), tf.gather(rows.y, batch)
            )
            for group, batch in zip(groups, batches, strict=True)
        ]
        if len(groups) == 1:
            return outcomes[0]
        place = np.argsort(np.concatenate(groups))
        return keras.tree.map_structure(
            lambda *parts: tf.gather(tf.concat(parts, axis=0), place), *outcomes
        )

    def _vectorized(self, function: Callable[..., Any], *stacked: Any) -> Any:
        return tf.vectorized_map(
            lambda slices: function(*slices), stacked, fallback_to_while_loop=False
        )

    def _state(self, replicas: np.ndarray | None = None) -> State:
        state = {
            kind: [tf.convert_to_tensor(variable) for variable in variables]
            for kind, variables in self._variables.items()
        }
        state["statistics"] = self._statistics
        if replicas is None or len(replicas) == self._replicas:
            return state
        return {
            kind: [tf.gather(tensor, replicas) for tensor in tensors]
            for kind, tensors in state.items()
        }

    def _own(self, kind: str) -> list[keras.Variable]:
        """Return the template's variables of a kind, in the order of the stacked ones."""
        return {
            "trainable": self.template.trainable_variables,
            "fixed": self.template.non_trainable_variables,
            "metrics": self.template.metrics_variables,
        }[kind]

    def _new(self, scope: keras.StatelessScope, kind: str) -> list[tf.Tensor]:
        return [tf.convert_to_tensor(scope.get_current_value(own)) for own in self._own(kind)]

    def _assign(self, kind: str, values: list[Any]) -> None:
        for variable, value in zip(self._variables[kind], values, strict=True):
            variable.assign(value)


def _stack(variables: Sequence[list[keras.Variable]]) -> list[keras.Variable]:
    """Stack the models' variables, `(R, ...)` each."""
    return [
        keras.Variable(
            np.stack([variable.numpy() for variable in same]),
            dtype=same[0].dtype,
            trainable=same[0].trainable,
            name=same[0].name,
        )
        for same in zip(*variables, strict=True)
    ]


def _statistics(model: keras.Model) -> list[tf.Tensor]:
    return [value for layer in normalizations(model) for value in (layer.mean, layer.variance)]


def _set_statistics(layers: list[keras.layers.Normalization], values: list[tf.Tensor]) -> None:
    for layer, mean, variance in zip(layers, values[::2], values[1::2], strict=True):
        layer.mean, layer.variance = mean, variance
