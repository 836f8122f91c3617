"""A line y = mx + b and its mean squared error, with gradient and Hessian.

A line is an array `(m, b)`; where a function takes `(..., 2)`, it takes many lines at once.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

import numpy as np

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
"""The lecture's two points."""
START = np.array([-1.0, 5.0])
"""The lecture's first line, m = −1, b = 5."""


def predict(line: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ŷ = mx + b.

    Args:
        line: Slope and intercept, `(..., 2)`.
        x: Where to predict, `(points,)`.

    Returns:
        Predictions, `(..., points)`.
    """
    m, b = line[..., :1], line[..., 1:]
    return m * x + b


def squared_errors(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (y − ŷ)² for each point, `(..., points)`."""
    return (y - predict(line, x)) ** 2


def mean_squared_error(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return MSE = 1/n Σ (y − ŷ)², of shape `(...)`."""
    return squared_errors(line, x, y).mean(axis=-1)


def gradient(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the derivatives of the MSE by slope and intercept.

    ∂MSE/∂m = 2/n Σ x (ŷ − y) and ∂MSE/∂b = 2/n Σ (ŷ − y); on the lecture's points (1, 3) and
    (2, 5) these are 5m + 3b − 13 and 3m + 2b − 8.

    Args:
        line: Slope and intercept, `(2,)`.
        x: Inputs, `(points,)`.
        y: Targets, `(points,)`.

    Returns:
        The gradient, `(2,)`.
    """
    too_much = predict(line, x) - y
    return 2 * np.array([np.mean(x * too_much), np.mean(too_much)])


def hessian(x: np.ndarray) -> np.ndarray:
    """Return the second derivatives of the MSE, 2/n [[Σx², Σx], [Σx, n]], `(2, 2)`.

    They depend on no line and no target: the loss surface is a bowl, the same everywhere.
    """
    return 2 * np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]])


def largest_stable_rate(x: np.ndarray) -> float:
    """Return 2/λ_max of the Hessian, the learning rate above which the steps diverge.

    A step multiplies the distance to the minimum along each eigenvector by 1 − rate · λ,
    which shrinks it only if rate < 2/λ.
    """
    return float(2 / np.linalg.eigvalsh(hessian(x)).max())
