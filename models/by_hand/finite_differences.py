"""Derivatives without calculus: move each number a little and see what the result does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numerical_gradient(
    function: Callable[[np.ndarray], float], point: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Return the gradient by central differences, (f(x + h) − f(x − h)) / 2h.

    The error shrinks with h², 1e-10 for h = 1e-5, until rounding grows with 1/h.

    Args:
        function: Takes an array like `point`, returns a number.
        point: Where, of any shape.
        step: h, above 0, in the unit of the point.

    Returns:
        One derivative for each number of `point`, of its shape.
    """
    point = np.asarray(point, np.float64)
    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        move = np.zeros_like(point)
        move[index] = step
        gradient[index] = (function(point + move) - function(point - move)) / (2 * step)
    return gradient


def numerical_jacobian(
    function: Callable[[np.ndarray], np.ndarray], point: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Return ∂fᵢ/∂xⱼ by central differences, `(m, n)`.

    Args:
        function: Takes a vector `(n,)`, returns a vector `(m,)`.
        point: Where, `(n,)`.
        step: h, above 0, in the unit of the point.
    """
    columns = [
        (function(point + move) - function(point - move)) / (2 * step)
        for move in step * np.eye(len(point))
    ]
    return np.stack(columns, axis=-1)
