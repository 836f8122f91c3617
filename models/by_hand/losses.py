"""Losses, each beside its formula.

Sources: lecture C, 딥러닝의 기초 2부:
뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .activations import logistic
from .distances import cross_entropy


def naive_softmax(z: ArrayLike) -> np.ndarray:
    """Return e^zₖ / Σ e^zⱼ over the last axis as the formula stands; overflows above 709."""
    powers = np.exp(np.asarray(z, np.float64))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax(z: ArrayLike) -> np.ndarray:
    """Return e^zₖ / Σ e^zⱼ over the last axis, for scores of any size (lecture C).

    Subtracting the largest score multiplies numerator and denominator by one number, so
    the value is the same, and the largest power is e⁰ = 1.
    """
    scores = np.asarray(z, np.float64)
    return naive_softmax(scores - scores.max(axis=-1, keepdims=True))


def mean_squared_error(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return MSE = (1/n) Σ (y − ŷ)² (lectures B, C, E)."""
    return float(np.mean((np.asarray(y, np.float64) - np.asarray(prediction)) ** 2))


def binary_cross_entropy(t: ArrayLike, p: ArrayLike) -> np.ndarray:
    """Return −(t log p + (1 − t) log(1 − p)) in nats for each row (lecture C).

    Args:
        t: Targets 0 or 1, or between.
        p: Predicted probabilities of 1. Where p excludes the target, the loss is infinite.
    """
    probability = np.asarray(p, np.float64)
    return categorical_cross_entropy(
        np.stack([t, 1 - np.asarray(t)], axis=-1), np.stack([probability, 1 - probability], axis=-1)
    )


def categorical_cross_entropy(t: ArrayLike, p: ArrayLike) -> np.ndarray:
    """Return −Σₖ tₖ log pₖ in nats for each row (lectures B and E); the mean is the loss.

    Args:
        t: One-hot targets, `(..., classes)`.
        p: Predicted probabilities, same shape.
    """
    return cross_entropy(t, p) * np.log(2)


def squared_error_slope(z: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Return d(σ(z) − t)²/dz = 2 (σ − t) σ(1 − σ): nearly 0 where confidently wrong."""
    s = logistic(z)
    return 2 * (s - t) * s * (1 - s)


def squared_error_curvature(z: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Return d²(σ(z) − t)²/dz² = 2 σ'² + 2 (σ − t) σ'(1 − 2σ), negative in places."""
    s = logistic(z)
    slope = s * (1 - s)
    return 2 * slope**2 + 2 * (s - t) * slope * (1 - 2 * s)


def cross_entropy_slope(z: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Return the slope of the cross-entropy of σ(z), σ − t: as large as the error."""
    return logistic(z) - t


def cross_entropy_curvature(z: ArrayLike) -> np.ndarray:
    """Return the second derivative of the cross-entropy of σ(z), σ(1 − σ), never negative."""
    s = logistic(z)
    return s * (1 - s)


def hessian(x: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Return the Hessian over the weights of a mean loss of zᵢ = w·xᵢ, (1/n) Σ cᵢ xᵢ xᵢᵀ.

    Args:
        x: Inputs, `(rows, features)`.
        curvature: Second derivative of each row's loss by its z, `(rows,)`.
    """
    return x.T @ (curvature[:, None] * x) / len(x)
