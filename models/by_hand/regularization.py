"""Weight penalties and dropout, each beside its formula.

A penalty changes the least-squares weights through one small map, its proximal operator
prox(v) = argmin_w ½‖w − v‖² + s·Penalty(w): shrink, cut off or cap. All else is descent.

Sources: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; Parikh and
Boyd (2014), "Proximal Algorithms", Foundations and Trends in Optimization 1.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

Prox = Callable[[np.ndarray, float], np.ndarray]


def shrink(v: np.ndarray, s: float) -> np.ndarray:
    """Return the proximal map of s·‖w‖₂², v/(1 + 2s): all weights shrink in proportion."""
    return v / (1 + 2 * s)


def soft_threshold(v: np.ndarray, s: float) -> np.ndarray:
    """Return the proximal map of s·‖w‖₁: all weights lose s, and small ones become 0."""
    return np.sign(v) * np.maximum(np.abs(v) - s, 0)


def cap(v: np.ndarray, s: float) -> np.ndarray:
    """Return the proximal map of s·‖w‖∞: the largest weights are cut to one height.

    The height is such that what is cut off sums to s; if all of v does not, w is 0. (That
    is v less its projection on the L1 ball of radius s, by Moreau's decomposition.)
    """
    sizes = np.sort(np.abs(v))[::-1]
    heights = (np.cumsum(sizes) - s) / np.arange(1, len(v) + 1)
    height = max(float(heights.max()), 0.0)
    return np.clip(v, -height, height)


def penalized_least_squares(
    x: np.ndarray, y: np.ndarray, prox: Prox, penalty: float, steps: int = 2000
) -> np.ndarray:
    """Minimize (1/n) Σ (y − x·w)² + penalty·Penalty(w) by accelerated proximal descent.

    Args:
        x: Inputs, `(rows, features)`, centered, as there is no bias.
        y: Targets, `(rows,)`, centered.
        prox: Proximal map of the penalty: `shrink`, `soft_threshold` or `cap`.
        penalty: λ of lecture A, 0 or more.
        steps: Steps of descent.

    Returns:
        Weights, `(features,)`.

    Raises:
        ValueError: If the penalty is negative.

    Source: Beck and Teboulle (2009), "A Fast Iterative Shrinkage-Thresholding Algorithm".
    """
    if not penalty >= 0:
        raise ValueError(f"The penalty's factor is 0 or more, got {penalty}.")
    gram, target = 2 * x.T @ x / len(x), 2 * x.T @ y / len(x)
    rate = 1 / np.linalg.eigvalsh(gram)[-1]
    w = ahead = np.zeros(x.shape[1])
    momentum = 1.0
    for _ in range(steps):
        new = prox(ahead - rate * (gram @ ahead - target), rate * penalty)
        next_momentum = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / next_momentum * (new - w)
        w, momentum = new, next_momentum
    return w


def best_subsets(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return the least-squares weights with 0, 1, … features, each the best such choice.

    The penalty ‖w‖₀ counts the weights that are not 0. It has no slope to descend, so
    every choice of features is tried: 2ᵏ of them, 1,024 for ten features. With λ, the
    minimum of (1/n) Σ (y − x·w)² + λ‖w‖₀ is among the results.

    Args:
        x: Inputs, `(rows, features)`, centered; at most 15 features.
        y: Targets, `(rows,)`, centered.

    Returns:
        For each number of features the weights, `(features,)`.

    Raises:
        ValueError: If there are more than 15 features.
    """
    features = x.shape[1]
    if features > 15:
        raise ValueError(f"2^{features} choices are too many to try all; use 15 features or fewer.")
    gram, target = x.T @ x, x.T @ y
    best = []
    for size in range(features + 1):
        gain, kept, fitted = -np.inf, [], np.zeros(0)
        for choice in combinations(range(features), size):
            rows = list(choice)
            weights = np.linalg.solve(gram[np.ix_(rows, rows)], target[rows])
            explained = float(weights @ target[rows])  # Σ y² − Σ (y − x·w)²
            if explained > gain:
                gain, kept, fitted = explained, rows, weights
        best.append(np.zeros(features))
        best[-1][kept] = fitted
    return best


def dropout(h: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    """Delete each output with probability p, and scale the others by 1/(1 − p).

    Args:
        h: Outputs of a layer in training, any shape; at prediction they stay as they are.
        p: Share to delete, 0 or more, below 1.
        rng: Draws what is deleted.

    Returns:
        Outputs of the same shape and of the same expectation.

    Raises:
        ValueError: If p is not 0 or more and below 1.
    """
    if not 0 <= p < 1:
        raise ValueError(f"p is 0 or more and below 1, got {p}; 1 would leave no output.")
    return np.where(rng.random(h.shape) < p, 0, h / (1 - p))
