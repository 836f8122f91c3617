"""One optimizer for R replicas, whose settings may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .keras_internals import uses_weight_decay
from .per_replica import PerReplica
from .stackable import PER_REPLICA, optimizer_for_stack


class StackedOptimizer:
    """Updates stacked variables, `(R, ...)`, each replica with settings of its own.

    Args:
        optimizer: One replica's.
        configs: The settings of all; they differ in `PER_REPLICA` at most.
        variables: What they train, stacked.

    Attributes:
        variables: What is updated with every step, `(R, ...)` each but the count of steps.
    """

    def __init__(
        self,
        optimizer: keras.optimizers.Optimizer,
        configs: Sequence[Mapping[str, Any]],
        variables: Sequence[keras.Variable],
    ) -> None:
        self._optimizer = optimizer_for_stack(optimizer)
        self._settings = {
            name: np.array([config[name] for config in configs], keras.config.floatx())
            for name in PER_REPLICA[1:]  # The rate may be a schedule; see below.
            if len({config.get(name) for config in configs}) > 1
        }
        self._weight_decay = self._settings.pop("weight_decay", self._optimizer.weight_decay)
        self._optimizer.weight_decay = None  # Multiplied by each replica's rate, see below.
        self._rates = None
        if isinstance(self._optimizer.learning_rate, keras.Variable):
            rates = [config["learning_rate"] for config in configs]
            self._rates = keras.Variable(np.array(rates), dtype="float32", trainable=False)
        for name, values in self._settings.items():
            setattr(self._optimizer, name, PerReplica(tf.constant(values)))
        self._optimizer.build(list(variables))
        self._update_one = self._optimizer.update_step
        self._optimizer.update_step = self._update_stacked
        self.variables = [*self._optimizer.variables]
        if self._rates is not None:
            self.variables.append(self._rates)

    @property
    def learning_rates(self) -> keras.Variable:
        """The learning rate of each replica, `(R,)`.

        Raises:
            ValueError: If it is no number but a schedule.
        """
        if self._rates is None:
            raise ValueError(
                "learning_rate_at sets the optimizer's learning rate, but build() gave it a "
                "LearningRateSchedule or a function instead of a number. Give it a number, "
                "such as keras.optimizers.Adam(0.001), or leave learning_rate_at out."
            )
        return self._rates

    def set_rates(self, rates: tf.Tensor) -> None:
        """Set the learning rate of each replica, `(R,)`."""
        self.learning_rates.assign(rates)
        # For an optimizer that asks `self.learning_rate` instead of the rate it is given.
        self._optimizer.learning_rate = rates[0]

    def apply(self, gradients: Sequence[tf.Tensor], variables: Sequence[keras.Variable]) -> None:
        """Take a step along the stacked gradients."""
        self._optimizer.apply(gradients, variables)

    def hand_over(self, replica: int, model: keras.Model) -> None:
        """Give a model's own optimizer the state of one replica's."""
        model.optimizer.build(model.trainable_variables)
        # Without momentum, SGD and RMSprop have the count and the rate only, which come first.
        for own, stacked in zip(model.optimizer.variables, self._optimizer.variables, strict=False):
            shared = stacked.shape == own.shape  # The count of steps and the learning rate.
            own.assign(stacked if shared else stacked[replica])
        if self._rates is not None:
            model.optimizer.learning_rate = self._rates[replica]

    def _update_stacked(self, gradient: tf.Tensor, variable: Any, learning_rate: Any) -> None:
        """Do what `update_step` does, after what Keras does for weight decay."""
        rank = len(variable.shape)
        rate = learning_rate if self._rates is None else _aligned(self._rates, rank)
        if self._weight_decay is not None and uses_weight_decay(self._optimizer, variable):
            decay = _aligned(tf.constant(self._weight_decay, variable.dtype), rank)
            variable.assign_sub(variable * decay * tf.cast(rate, variable.dtype))
        for name, values in self._settings.items():
            setattr(self._optimizer, name, PerReplica(_aligned(tf.constant(values), rank)))
        self._update_one(gradient, variable, rate)


def _aligned(values: Any, rank: int) -> tf.Tensor:
    """Shape `(R,)` values so that they meet a stacked variable of a rank along its first axis."""
    tensor = tf.convert_to_tensor(values)
    return tf.reshape(tensor, (-1,) + (1,) * (rank - 1)) if tensor.shape.rank else tensor
