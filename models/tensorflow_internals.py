"""Every private name of TensorFlow that is used here, each with why; a test says when one is gone.

TensorFlow has no public way to teach `tf.vectorized_map` an operation. Written for
TensorFlow 2.21.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.ops.parallel_for import pfor

Converted = pfor._PforInput
"""What a conversion gets: an operation, and its inputs with whether they are stacked."""
register_conversion = pfor.RegisterPFor
"""Decorator that registers a conversion for the operation of a name.

A version that has one of its own for an operation refuses a second one, and then ours can go.
"""
wrap = pfor.wrap
"""Mark a tensor as stacked or not."""


def repeat_operation(operation: tf.Operation, inputs: Sequence[tf.Tensor]) -> list[Any]:
    """Add the same operation with other inputs to the graph, and return its outputs."""
    dtypes = [output.dtype for output in operation.outputs]
    made = pfor._create_op(operation.type, list(inputs), dtypes, attrs=operation.node_def.attr)
    return list(made.outputs)
