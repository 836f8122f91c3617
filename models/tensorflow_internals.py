"""Every private name of TensorFlow that is used here, each with why; a test says when one is gone.

TensorFlow has no public way to teach `tf.vectorized_map` an operation, nor to keep XLA from
undoing one. Written for TensorFlow 2.21.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla
from tensorflow.python.ops.parallel_for import pfor

Converted = pfor._PforInput
"""What a conversion gets: an operation, and its inputs with whether they are stacked."""
register_conversion = pfor.RegisterPFor
"""Decorator that registers a conversion for the operation of a name.

A version that has one of its own for an operation refuses a second one, and then ours can go.
"""
wrap = pfor.wrap
"""Mark a tensor as stacked or not."""


def convert_instead(name: str) -> Callable[..., Any]:
    """Return a decorator that registers a conversion in place of TensorFlow's own.

    Args:
        name: The operation's; `KeyError` if TensorFlow does not convert it.

    Returns:
        A decorator of a function of TensorFlow's conversion and of what that gets.
    """
    theirs = pfor._pfor_converter_registry.pop(name)
    return lambda ours: register_conversion(name)(partial(ours, theirs))


def as_it_stands(tensor: tf.Tensor) -> tf.Tensor:
    """Keep XLA from computing with what the tensor was made of; in a compiled function only."""
    return xla.optimization_barrier(tensor)[0]


def repeat_operation(operation: tf.Operation, inputs: Sequence[tf.Tensor]) -> list[Any]:
    """Add the same operation with other inputs to the graph, and return its outputs."""
    dtypes = [output.dtype for output in operation.outputs]
    made = pfor._create_op(operation.type, list(inputs), dtypes, attrs=operation.node_def.attr)
    return list(made.outputs)
