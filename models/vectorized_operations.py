"""Teach `tf.vectorized_map` what it lacks of Keras's layers and metrics, or does slowly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

from models.tensorflow_internals import (
    Converted,
    as_it_stands,
    convert_instead,
    register_conversion,
    repeat_operation,
    wrap,
)

_for_xla = ContextVar("_for_xla", default=False)

# Measured with batches of 32 rows, 10 and 50 replicas: 10 terms of 3 columns are 3 to 7 times as
# fast to add up as to multiply, 10 terms of 5 as fast, 32 of 2 slower.
_TERMS_TO_ADD_UP = 32


@contextmanager
def traced_for_xla(compiled: bool) -> Iterator[None]:
    """Within the block, conversions may count on XLA, if it compiles what is traced."""
    token = _for_xla.set(compiled)
    try:
        yield
    finally:
        _for_xla.reset(token)


@convert_instead("MatMul")
def _multiply(theirs: Callable[[Converted], Any], pfor_input: Converted) -> Any:
    """Multiply the replicas' matrices the way that XLA is fastest at on a CPU.

    It multiplies one pair after the other. If the first matrix is taken transposed, as in the
    gradient of a kernel, that takes 2 to 3 times as long as transposing all of them before; and
    for a few columns of a few terms a call each takes longer than adding the terms up.
    """
    (a, a_stacked, _), (b, b_stacked, _) = pfor_input.inputs
    first, second = pfor_input.get_attr("transpose_a"), pfor_input.get_attr("transpose_b")
    if not (_for_xla.get() and a_stacked and b_stacked):
        return theirs(pfor_input)
    if first:
        a = as_it_stands(tf.linalg.matrix_transpose(a))
        return wrap(tf.matmul(a, b, transpose_b=second), True)
    terms, columns = reversed(b.shape[1:]) if second else b.shape[1:]
    if None in (terms, columns) or terms * columns > _TERMS_TO_ADD_UP:
        return theirs(pfor_input)
    b = tf.linalg.matrix_transpose(b) if second else b
    products = [a[:, :, k : k + 1] * b[:, k : k + 1] for k in range(terms)]
    return wrap(tf.add_n(products), True)


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
