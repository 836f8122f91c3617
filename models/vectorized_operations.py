"""Teach `tf.vectorized_map` the operations of Keras's layers and metrics that it lacks."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from models.tensorflow_internals import Converted, register_conversion, repeat_operation, wrap


@register_conversion("Bitcast")
def _bitcast(pfor_input: Converted) -> Any:
    """Convert as a cast is converted: the same operation on the stacked tensor.

    Keras's `argmax`, and with it accuracy, looks at the sign bit of zeros.
    """
    dtype = pfor_input.get_attr("type")
    stacked = pfor_input.stacked_input(0)
    if stacked.dtype.size != dtype.size:
        raise ValueError(f"Bitcast from {stacked.dtype} to {dtype} changes the shape.")
    return wrap(tf.bitcast(stacked, dtype), True)


@register_conversion("StatelessRandomGetKeyCounter")
@register_conversion("StatelessRandomUniformV2")
@register_conversion("StatelessRandomNormalV2")
def _draw_for_each(pfor_input: Converted) -> list[Any]:
    """Draw each replica's random numbers by an operation of its own, and stack them.

    So each gets the numbers it would get alone. TensorFlow's fallback does so as well, by a
    loop in the graph: 50 nets with three layers of dropout took 3 times as long a step.
    """
    replicas = next(tensor for tensor, stacked, _ in pfor_input.inputs if stacked).shape[0]
    inputs = [
        tf.unstack(tensor, replicas) if stacked else [tensor] * replicas
        for tensor, stacked, _ in pfor_input.inputs
    ]
    drawn = [repeat_operation(pfor_input.op, own) for own in zip(*inputs, strict=True)]
    return [wrap(tf.stack(same), True) for same in zip(*drawn, strict=True)]
