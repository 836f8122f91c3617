"""Teach `tf.vectorized_map` the operations of Keras's layers and metrics that it lacks.

TensorFlow has no public way to add a conversion. A version that has one of its own for an
operation refuses a second one, and then the one here can go.
"""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.ops.parallel_for import pfor


@pfor.RegisterPFor("Bitcast")
def _bitcast(pfor_input: pfor._PforInput) -> pfor.WrappedTensor:
    """Convert as a cast is converted: the same operation on the stacked tensor.

    Keras's `argmax`, and with it accuracy, looks at the sign bit of zeros.
    """
    dtype = pfor_input.get_attr("type")
    stacked = pfor_input.stacked_input(0)
    if stacked.dtype.size != dtype.size:
        raise ValueError(f"Bitcast from {stacked.dtype} to {dtype} changes the shape.")
    return pfor.wrap(tf.bitcast(stacked, dtype), True)


@pfor.RegisterPFor("StatelessRandomGetKeyCounter")
@pfor.RegisterPFor("StatelessRandomUniformV2")
@pfor.RegisterPFor("StatelessRandomNormalV2")
def _draw_for_each(pfor_input: pfor._PforInput) -> list[pfor.WrappedTensor]:
    """Draw each replica's random numbers by an operation of its own, and stack them.

    So each gets the numbers it would get alone. TensorFlow's fallback does so as well, by a
    loop in the graph: 50 nets with three layers of dropout took 3 times as long a step.
    """
    replicas = next(tensor for tensor, stacked, _ in pfor_input.inputs if stacked).shape[0]
    inputs = [
        tf.unstack(tensor, replicas) if stacked else [tensor] * replicas
        for tensor, stacked, _ in pfor_input.inputs
    ]
    op = pfor_input.op
    dtypes = [output.dtype for output in op.outputs]
    drawn = [
        pfor._create_op(op.type, list(own), dtypes, attrs=op.node_def.attr).outputs
        for own in zip(*inputs, strict=True)
    ]
    return [pfor.wrap(tf.stack(same), True) for same in zip(*drawn, strict=True)]
