"""Teach `tf.vectorized_map` the one operation of Keras's accuracy that it lacks.

Keras's `argmax` looks at the sign bit of zeros (`tf.bitcast`, float32 to int32), for which
TensorFlow 2.21 has no vectorized form. It is as plain as that of a cast: the same
operation on the stacked tensor.
"""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.ops.parallel_for import pfor


# TensorFlow has no public way to add a conversion. A version that has one of its own for
# this operation refuses a second one, and then this file can go.
@pfor.RegisterPFor("Bitcast")
def _bitcast(pfor_input: pfor._PforInput) -> pfor.WrappedTensor:
    dtype = pfor_input.get_attr("type")
    stacked = pfor_input.stacked_input(0)
    if stacked.dtype.size != dtype.size:
        raise ValueError(f"Bitcast from {stacked.dtype} to {dtype} changes the shape.")
    return pfor.wrap(tf.bitcast(stacked, dtype), True)
