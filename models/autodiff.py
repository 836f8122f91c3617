"""Derivatives by TensorFlow, to set those by hand against."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf


def autodiff(function: Any, *points: np.ndarray) -> list[np.ndarray]:
    """Return TensorFlow's gradient of a function by each of its arguments, in float64.

    Args:
        function: Takes as many tensors as there are points, gives a scalar.
        *points: Where to differentiate, arrays of any shape.

    Returns:
        For each point an array of its shape.
    """
    variables = [keras.Variable(point, dtype="float64").value for point in points]
    with tf.GradientTape() as tape:
        value = function(*variables)
    return [gradient.numpy() for gradient in tape.gradient(value, variables)]
