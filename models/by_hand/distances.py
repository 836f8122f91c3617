"""Norms, similarities and information, each beside its formula.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import ArrayLike


def p_norm(x: ArrayLike, p: float) -> float:
    """Return ‖x‖ₚ = (Σ |xᵢ|ᵖ)^(1/p), for p = ∞ the largest |xᵢ|.

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
    """Return a·b / (‖a‖₂ ‖b‖₂), from −1 to 1: the angle, not the distance.

    Raises:
        ValueError: If one of the vectors is 0, which has no direction.
    """
    lengths = p_norm(a, 2) * p_norm(b, 2)
    if lengths == 0:
        raise ValueError(f"A zero vector has no direction, got {a!r} and {b!r}.")
    return float(np.dot(a, b) / lengths)


def hamming_distance(a: ArrayLike, b: ArrayLike) -> int:
    """Return in how many places a and b differ.

    Raises:
        ValueError: If a and b differ in shape.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape:
        raise ValueError(f"Expected equal shapes, got {first.shape} and {second.shape}.")
    return int(np.sum(first != second))


def self_information(p: ArrayLike) -> np.ndarray:
    """Return I = −log₂ p in bits: the rarer, the more surprising.

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
    """Return H(p) = −Σ p log₂ p in bits over the last axis; 0 log 0 = 0."""
    return cross_entropy(p, p)


def cross_entropy(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Return H(p, q) = −Σ p log₂ q in bits over the last axis.

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


def huffman_lengths(p: ArrayLike) -> np.ndarray:
    """Return the bits of each outcome's word in Huffman's code, `(outcomes,)`.

    The two least likely are joined, which gives each outcome in them one bit more, until one is
    left. No other code of whole words is shorter in the mean.

    Args:
        p: Probabilities of two outcomes or more.
    """
    heap = [(probability, number, [number]) for number, probability in enumerate(np.asarray(p))]
    heapq.heapify(heap)
    lengths = np.zeros(len(heap), dtype=int)
    while len(heap) > 1:
        (first, _, some), (second, number, others) = heapq.heappop(heap), heapq.heappop(heap)
        lengths[some + others] += 1
        heapq.heappush(heap, (first + second, number, some + others))
    return lengths
