"""R nets of one architecture, their variables stacked along a first axis."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .arrays import Arrays, map_arrays, row_count
from .compiled_epoch import over_epochs, padded
from .keras_internals import clip_gradients, update_loss_tracker
from .per_replica import PerReplica
from .stackable import check_alike, check_stackable, own_numbers
from .stacked_optimizer import StackedOptimizer
from .stacked_rows import StackedRows
from .vectorized_operations import traced_for_xla

# What a step of one replica reads: its slices of all stacked variables.
State = dict[str, list[tf.Tensor]]
Logs = dict[str, np.ndarray]

_PREDICTION_ROWS = 1024


class StackedModel:
    """R compiled models as one, with a stacked variable `(R, ...)` for each of theirs.

    Args:
        models: Compiled models of one architecture, which may be one and the same with other
            weights each time. The first one computes for all: its layers are run with the slices
            of each replica in place of its variables.
        row: `(x, y, sample_weight)` of one row as tensors, to build what is not built yet.

    Raises:
        ValueError: If the models differ, or hold something that cannot be stacked.
    """

    def __init__(self, models: Iterable[keras.Model], row: Arrays) -> None:
        replicas: list[_Replica] = []
        for model in models:
            if not model.built:
                model.build(map_arrays(lambda leaf: leaf.shape, row[0]))
            if not replicas:
                check_stackable(model)
                self.template = model
            elif model is not self.template:
                check_alike(self.template, model)
            replicas.append(_Replica.of(model))
        self._replicas = len(replicas)
        # Creates the variables of the metrics, which a compiled epoch must not.
        self._loss(row, training=False)
        self.template.reset_metrics()
        metrics = [variable.numpy() for variable in self.template.metrics_variables]
        values = {
            "trainable": [replica.trainable for replica in replicas],
            "fixed": [replica.fixed for replica in replicas],
            "metrics": [metrics] * len(replicas),
        }
        self._variables = {kind: _stack(self._own(kind), values[kind]) for kind in values}
        self._fresh_metrics = [variable.numpy() for variable in self._variables["metrics"]]
        # Numbers that are the same for all replicas stay in the template.
        stacked = [np.stack(same) for same in zip(*(r.numbers for r in replicas), strict=True)]
        differ = [(values != values[:1]).any() for values in stacked]
        self._places = [*compress(own_numbers(self.template), differ)]
        self._numbers = [tf.constant(values, "float32") for values in compress(stacked, differ)]
        self._optimizer = StackedOptimizer(
            self.template.optimizer, [r.optimizer for r in replicas], self._variables["trainable"]
        )

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
        self._optimizer.hand_over(replica, model)

    @property
    def learning_rates(self) -> np.ndarray:
        """The learning rate of each replica, `(R,)`.

        Raises:
            ValueError: If it is no number but a schedule.
        """
        return self._optimizer.learning_rates.numpy()

    @property
    def variables(self) -> list[keras.Variable]:
        """All that training changes, `(R, ...)` each but what the optimizer counts."""
        stacked = [variable for same in self._variables.values() for variable in same]
        return [*stacked, *self._optimizer.variables]

    def state(self, replicas: Sequence[int]) -> list[np.ndarray]:
        """Return all that training changes, of some replicas; what is shared has no axis."""
        values = [variable.numpy() for variable in self.variables]
        return [value[[*replicas]] if value.ndim else value for value in values]

    def put_back(self, state: Sequence[np.ndarray]) -> None:
        """Take over what `state` returned for as many replicas.

        Raises:
            ValueError: If it is the state of other nets, or of another number of them.
        """
        expected = [tuple(variable.shape) for variable in self.variables]
        got = [np.shape(value) for value in state]
        if got != expected:
            raise ValueError(
                "state must come from Replicas.state() of the same nets, one for each seed, with "
                f"arrays of the shapes {expected}; got {got}."
            )
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def predict(self, x: Arrays) -> Arrays:
        """Return the predictions of all replicas for rows as tensors, `(R, rows, outputs)`."""

        @tf.function(autograph=False, reduce_retracing=True)
        def predict(rows: Arrays) -> Arrays:
            def one(state: State) -> Arrays:
                with self._as_replica(state):
                    return self.template(rows, training=False)

            return self._vectorized(one, self._state())

        starts = range(0, row_count(x), _PREDICTION_ROWS)
        slices = [slice(start, start + _PREDICTION_ROWS) for start in starts]
        parts = [predict(map_arrays(operator.itemgetter(rows), x)) for rows in slices]
        return keras.tree.map_structure(lambda *all_: np.concatenate(all_, axis=1), *parts)

    def compiled_epochs(
        self,
        train: StackedRows,
        validation: StackedRows | None,
        most: int,
        *,
        jit_compile: bool,
    ) -> Callable[..., Logs]:
        """Return the function that trains for some epochs in one call and gives their metrics.

        Args:
            train: The training rows of each replica.
            validation: The rows on which each epoch ends, if any.
            most: Epochs of a call at most; all calls take the memory of so many.
            jit_compile: Whether XLA compiles the call.

        Returns:
            A function of the replicas' orders of rows, `(epochs, n_r)` each, and, if the rates
            are set, those of each epoch and replica, `(epochs, R)`. It returns `(R, epochs)`
            values for each metric, those of validation rows with `val_` before the name, and of
            the rates.
        """
        # Tracing takes longer than many epochs, so a step is traced once where that can be. The
        # losses of several outputs are weighted by rows only where Keras knows their number then.
        fixed_shapes = jit_compile or keras.tree.is_nested(train.data[1])
        apart = train.last_is_apart(fixed_shapes)
        names = [*self.template.get_metrics_result()]
        if validation is not None:
            names += [f"val_{name}" for name in names]
            val_apart = validation.last_is_apart(fixed_shapes)
            val_looped, val_last = _constants(validation.in_steps(None, val_apart))

        def epochs(
            count: tf.Tensor, rates: tf.Tensor | None, looped: tf.Tensor, last: list[tf.Tensor]
        ) -> list[tf.Tensor]:
            def run_epoch(epoch: tf.Tensor) -> list[tf.Tensor]:
                if rates is not None:
                    self._optimizer.set_rates(rates[epoch])
                batches = [group[epoch] for group in last]
                logs = self._pass(self._train_step, train, looped[epoch], batches, fixed_shapes)
                if validation is not None:
                    batches = [group[0] for group in val_last]
                    logs += self._pass(
                        self._test_step, validation, val_looped[0], batches, fixed_shapes
                    )
                return logs

            shape = (self._replicas,)
            return over_epochs(run_epoch, count, most=most, number=len(names), shape=shape)

        function = tf.function(epochs, autograph=False, jit_compile=jit_compile)
        concrete: Any = None

        def run(orders: Sequence[np.ndarray], rates: np.ndarray | None = None) -> Logs:
            nonlocal concrete
            count = len(orders[0])
            given = None if rates is None else tf.constant(padded(rates, most), tf.float32)
            blocks = [padded(order, most) for order in orders]
            arguments = (tf.constant(count), given, *_constants(train.in_steps(blocks, apart)))
            if concrete is None:  # Traced once: `tf.function` compares the types at each call.
                with traced_for_xla(jit_compile):
                    concrete = function.get_concrete_function(*arguments)
            values = concrete(*arguments)
            logs = {name: all.numpy()[:count].T for name, all in zip(names, values, strict=True)}
            if rates is not None:
                logs["learning_rate"] = rates[:count].T
            return logs

        return run

    def _pass(
        self,
        step: Callable[..., None],
        rows: StackedRows,
        looped: tf.Tensor,
        last: list[tf.Tensor],
        fixed_shapes: bool,
    ) -> list[tf.Tensor]:
        """Take the steps of one epoch, `(R, rows)` in a loop and the last one, and give metrics."""
        # Traced once for all numbers of rows, though XLA compiles it for each.
        any_rows = tf.TensorSpec((self._replicas, None), tf.int32)
        several = keras.tree.is_nested(rows.data[1])

        @tf.function(input_signature=None if several else [any_rows], autograph=False)
        def everyones(batch: tf.Tensor) -> None:
            step(rows, [np.arange(self._replicas)], [batch])

        def body(start: tf.Tensor) -> tuple[tf.Tensor]:
            size = rows.batch_size
            if not (last or fixed_shapes):
                size = tf.minimum(size, end - start)
            everyones(tf.slice(looped, [0, start], [self._replicas, size]))
            return (start + rows.batch_size,)

        end = looped.shape[1]
        self._assign("metrics", self._fresh_metrics)
        if end:
            tf.while_loop(lambda start: start < end, body, (tf.constant(0),), parallel_iterations=1)
        if len(last) == 1:
            everyones(last[0])
        elif last:
            step(rows, rows.groups, last)
        return [*self._vectorized(self._metric_results, self._state()).values()]

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
        self, state: State, batch: Arrays
    ) -> tuple[list[tf.Tensor], list[tf.Tensor], list[tf.Tensor]]:
        """Return one replica's clipped gradients and its new fixed and metric variables."""
        with self._as_replica(state) as scope:
            with tf.GradientTape() as tape:
                tape.watch(state["trainable"])
                loss = self._loss(batch, training=True)
            gradients = tape.gradient(loss, state["trainable"])
            gradients = clip_gradients(self.template.optimizer, gradients)
        return gradients, self._new(scope, "fixed"), self._new(scope, "metrics")

    def _measure(self, state: State, batch: Arrays) -> list[tf.Tensor]:
        with self._as_replica(state) as scope:
            self._loss(batch, training=False)
        return self._new(scope, "metrics")

    def _loss(self, batch: Arrays, training: bool) -> tf.Tensor:
        """Do what `train_step` and `test_step` of Keras do up to the gradient."""
        x, y, sample_weight = batch
        y_pred = self.template(x, training=training)
        loss = self.template.compute_loss(x, y, y_pred, sample_weight, training)
        update_loss_tracker(self.template, loss, tf.shape(keras.tree.flatten(x)[0])[0])
        self.template.compute_metrics(x, y, y_pred, sample_weight)
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
        own = [getattr(owner, name) for owner, name in self._places]
        try:
            for (owner, name), values in zip(self._places, state["numbers"], strict=True):
                setattr(owner, name, values if values.shape.rank else PerReplica(values))
            with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
                yield scope
        finally:
            for (owner, name), value in zip(self._places, own, strict=True):
                setattr(owner, name, value)

    def _for_each_replica(
        self,
        function: Callable[..., Any],
        rows: StackedRows,
        groups: list[np.ndarray],
        batches: list[tf.Tensor],
    ) -> Any:
        """Apply the function to every replica's batch; stack what it returns by replica."""

        def on_group(group: np.ndarray, batch: tf.Tensor) -> Any:
            # A vectorized map takes tensors alone, so what is not given is left out and put back.
            given = [leaf for leaf in keras.tree.flatten(rows.data) if leaf is not None]

            def of_one(state: State, leaves: list[tf.Tensor]) -> Any:
                own = iter(leaves)
                return function(state, map_arrays(lambda _: next(own), rows.data))

            leaves = [tf.gather(leaf, batch) for leaf in given]
            return self._vectorized(of_one, self._state(group), leaves)

        outcomes = [on_group(*pair) for pair in zip(groups, batches, strict=True)]
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
        state["numbers"] = self._numbers
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


class _Replica(NamedTuple):
    """What a replica starts with: its variables, numbers that are none, optimizer settings."""

    trainable: list[np.ndarray]
    fixed: list[np.ndarray]
    numbers: list[np.ndarray]
    optimizer: dict[str, Any]

    @classmethod
    def of(cls, model: keras.Model) -> _Replica:
        return cls(
            [variable.numpy() for variable in model.trainable_variables],
            [variable.numpy() for variable in model.non_trainable_variables],
            [np.asarray(getattr(owner, name)) for owner, name in own_numbers(model)],
            model.optimizer.get_config(),
        )


def _stack(own: list[keras.Variable], values: list[list[np.ndarray]]) -> list[keras.Variable]:
    """Return a variable `(R, ...)` for each of the template's, given the values of each replica."""
    return [
        keras.Variable(np.stack(same), dtype=v.dtype, trainable=v.trainable, name=v.name)
        for v, same in zip(own, zip(*values, strict=True), strict=True)
    ]


def _constants(arrays: Any) -> Any:
    return keras.tree.map_structure(tf.constant, arrays)
