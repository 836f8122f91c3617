"""Norms, information and losses, each beside its formula.

Sources: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부:
뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .activations import logistic


def p_norm(x: ArrayLike, p: float) -> float:
    """Return ‖x‖ₚ = (Σ |xᵢ|ᵖ)^(1/p), for p = ∞ the largest |xᵢ| (lecture B).

    Below p = 1 the value is still defined, but is no norm: the way round a corner is then
    shorter than the straight way (the triangle inequality fails).

    Args:
        x: Vector, `(n,)`.
        p: Above 0; 1 is Manhattan, 2 Euclidean, `inf` Chebyshev.

    Raises:
        ValueError: If p is not above 0 or x is no vector.
    """
    sizes = np.abs(np.asarray(x, np.float64))
    if not p > 0 or sizes.ndim != 1 or not sizes.size:
        raise ValueError(
            f"Expected p above 0 and a vector, got p={p} and shape {sizes.shape}; "
            "np.inf gives the largest component."
        )
    largest = sizes.max()
    if np.isinf(p) or largest == 0:
        return float(largest)
    # Divided by the largest first, so that no power overflows.
    return float(largest * np.sum((sizes / largest) ** p) ** (1 / p))


def cosine_similarity(a: ArrayLike, b: ArrayLike) -> float:
    """Return a·b / (‖a‖₂ ‖b‖₂), from −1 to 1 (lecture B): the angle, not the distance.

    Raises:
        ValueError: If one of the vectors is 0, which has no direction.
    """
    lengths = p_norm(a, 2) * p_norm(b, 2)
    if lengths == 0:
        raise ValueError(f"A zero vector has no direction, got {a!r} and {b!r}.")
    return float(np.dot(a, b) / lengths)


def hamming_distance(a: ArrayLike, b: ArrayLike) -> int:
    """Return in how many places a and b differ (lecture B).

    Raises:
        ValueError: If a and b differ in shape.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape:
        raise ValueError(f"Expected equal shapes, got {first.shape} and {second.shape}.")
    return int(np.sum(first != second))


def self_information(p: ArrayLike) -> np.ndarray:
    """Return I = −log₂ p in bits (lecture B): the rarer, the more surprising.

    Args:
        p: Probabilities, any shape; 0 gives infinity.

    Raises:
        ValueError: If a probability is not from 0 to 1.
    """
    probabilities = np.asarray(p, np.float64)
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise ValueError(f"Probabilities lie from 0 to 1, got {p!r}.")
    with np.errstate(divide="ignore"):
        return np.abs(-np.log2(probabilities))  # −log₂ 1 would be −0.


def entropy(p: ArrayLike) -> np.ndarray:
    """Return H(p) = −Σ p log₂ p in bits over the last axis; 0 log 0 = 0 (lecture B)."""
    return cross_entropy(p, p)


def cross_entropy(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Return H(p, q) = −Σ p log₂ q in bits over the last axis (lecture B).

    Args:
        p: True distributions, `(..., outcomes)`.
        q: Estimated distributions, same shape. The result is infinite where q rules out
            what p allows, and what p rules out adds nothing.

    Raises:
        ValueError: If a row is no distribution.
    """
    true, surprise = np.asarray(p, np.float64), self_information(q)
    for rows in (true, np.asarray(q, np.float64)):
        if np.any(rows < 0) or not np.allclose(rows.sum(axis=-1), 1):
            raise ValueError(f"Expected probabilities that sum to 1 in each row, got {rows}.")
    return np.sum(np.multiply(true, surprise, where=true > 0, out=np.zeros(true.shape)), axis=-1)


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
