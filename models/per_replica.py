"""A number of each replica, in place of the one that a layer or an optimizer computes with."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from typing import Any

import tensorflow as tf


class PerReplica:
    """A setting such as a momentum or a dropout rate while a stacked step is traced.

    Keras asks `self.momentum != 0`, `self.rate > 0` or `rate == 1.0` to leave something out of the
    program: some replica needs it, so nothing is left out.

    Args:
        values: The setting as a tensor: all replicas', or that of one inside a vectorized map.
    """

    def __init__(self, values: tf.Tensor) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return False

    def __ge__(self, other: object) -> bool:
        return False  # TensorFlow refuses a dropout rate of 1 or more.

    __hash__ = None  # type: ignore[assignment]


def _delegating(name: str, swapped: bool) -> Callable[[PerReplica, Any], tf.Tensor]:
    function = getattr(operator, name)

    def compute(setting: PerReplica, other: Any) -> tf.Tensor:
        return function(other, setting.values) if swapped else function(setting.values, other)

    return compute


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(PerReplica, f"__{_name}__", _delegating(_name, swapped=False))
    setattr(PerReplica, f"__r{_name}__", _delegating(_name, swapped=True))
numbers.Real.register(PerReplica)  # TensorFlow takes a rate of dropout as a number or a tensor.
tf.register_tensor_conversion_function(
    PerReplica,
    lambda setting, dtype=None, name=None, as_ref=False: (
        setting.values if dtype is None else tf.cast(setting.values, dtype)
    ),
)
