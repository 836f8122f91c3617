"""Scaling of data, layers and weights, and what it does to gradient descent.

The formulas are those of lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea
University: x_n = (x − μ)/σ·γ + β, where the kinds differ in what μ and σ are taken over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

KERAS_EPSILON = 1e-3
"""What Keras adds to the variance before the root; the slide adds nothing."""


def min_max(x: np.ndarray) -> np.ndarray:
    """Bring each column to 0 to 1, (x − min) / (max − min).

    Args:
        x: `(rows, features)`. A column of one value becomes 0.
    """
    low, width = x.min(axis=0), np.ptp(x, axis=0)
    return (x - low) / np.where(width > 0, width, 1)


def standardize(x: np.ndarray) -> np.ndarray:
    """Bring each column to mean 0 and variance 1, (x − μ)/σ.

    Args:
        x: `(rows, features)`. A column of one value becomes 0.
    """
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    return (x - mean) / np.where(np.ptp(x, axis=0) > 0, deviation, 1)


def batch_normalize(
    x: np.ndarray, gamma: ArrayLike = 1.0, beta: ArrayLike = 0.0, epsilon: float = 0.0
) -> np.ndarray:
    """Normalize each variable over the samples of a batch, as in training.

    Args:
        x: `(samples, variables)`.
        gamma: Learned scale of each variable, `(variables,)`.
        beta: Learned shift of each variable, `(variables,)`.
        epsilon: Added to the variance; keeps a constant variable from dividing by 0.

    Source: Ioffe and Szegedy (2015), "Batch Normalization".
    """
    return _normalize(x, x.mean(axis=0), x.var(axis=0), gamma, beta, epsilon)


def batch_normalize_for_prediction(
    x: np.ndarray,
    mean: ArrayLike,
    variance: ArrayLike,
    gamma: ArrayLike = 1.0,
    beta: ArrayLike = 0.0,
    epsilon: float = 0.0,
) -> np.ndarray:
    """Normalize by the averages kept from training, so that rows do not affect each other.

    Args:
        x: `(samples, variables)`; one row will do.
        mean: Moving average of the batches' means, `(variables,)`.
        variance: Moving average of the batches' variances, `(variables,)`.
        gamma: As in training.
        beta: As in training.
        epsilon: As in training.
    """
    return _normalize(x, mean, variance, gamma, beta, epsilon)


def moving_average(old: ArrayLike, new: ArrayLike, momentum: float = 0.99) -> np.ndarray:
    """Return momentum · old + (1 − momentum) · new, how averages are kept over the batches."""
    return momentum * np.asarray(old) + (1 - momentum) * np.asarray(new)


def layer_normalize(
    x: np.ndarray, gamma: ArrayLike = 1.0, beta: ArrayLike = 0.0, epsilon: float = 0.0
) -> np.ndarray:
    """Normalize each sample over its variables, in training and prediction alike.

    Args:
        x: `(samples, variables)`.
        gamma: Learned scale of each variable, `(variables,)`.
        beta: Learned shift of each variable, `(variables,)`.
        epsilon: Added to the variance.

    Source: Ba, Kiros and Hinton (2016), "Layer Normalization".
    """
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return _normalize(x, mean, variance, gamma, beta, epsilon)


def weight_normalize(v: np.ndarray, g: ArrayLike) -> np.ndarray:
    """Return w = g · v/‖v‖: length and direction of each unit's weights are learned apart.

    Args:
        v: Directions, `(inputs, units)`.
        g: Lengths, `(units,)`.

    Source: Salimans and Kingma (2016), "Weight Normalization".
    """
    return np.asarray(g) * v / np.linalg.norm(v, axis=0)


def _normalize(
    x: np.ndarray,
    mean: ArrayLike,
    variance: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    epsilon: float,
) -> np.ndarray:
    """Return (x − μ)/√(σ² + ε)·γ + β."""
    deviation = np.sqrt(np.asarray(variance) + epsilon)
    return (x - np.asarray(mean)) / deviation * np.asarray(gamma) + np.asarray(beta)


class Bowl(NamedTuple):
    """Mean squared error of a linear regression around its lowest point.

    Along eigenvector i of the Hessian the loss is ½λᵢcᵢ² above its lowest value, and a step
    of gradient descent multiplies cᵢ by 1 − ηλᵢ: it shrinks only if η < 2/λᵢ.

    Attributes:
        eigenvalues: λ of the Hessian, growing, `(features + 1,)`.
        start: c of zero weights, `(features + 1,)`.
        lowest: The loss of least squares.
    """

    eigenvalues: np.ndarray
    start: np.ndarray
    lowest: float

    @property
    def condition_number(self) -> float:
        """Steepest over flattest curvature, 1 or more; descent takes that many steps or so."""
        return float(self.eigenvalues[-1] / self.eigenvalues[0])

    @property
    def largest_stable_rate(self) -> float:
        """Return 2/λ of the steepest direction, from which on gradient descent diverges."""
        return float(2 / self.eigenvalues[-1])

    def loss(self, rate: float, steps: ArrayLike) -> np.ndarray:
        """Return the loss after so many steps of gradient descent from 0, shape of `steps`."""
        factors = (1 - rate * self.eigenvalues) ** (2 * np.asarray(steps)[..., None])
        return self.lowest + (factors * self.eigenvalues * self.start**2).sum(axis=-1) / 2

    def steps_to(self, loss: float, rate: float) -> int:
        """Return the first step after which the loss is that low.

        Raises:
            ValueError: If gradient descent never comes there.
        """
        if not 0 < rate < self.largest_stable_rate or loss <= self.lowest:
            raise ValueError(
                f"Gradient descent comes below {loss} only if that is above {self.lowest} and the "
                f"rate is between 0 and {self.largest_stable_rate}, got the rate {rate}."
            )
        high = 1
        while self.loss(rate, high) > loss:
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.loss(rate, middle) > loss else (low, middle)
        return high if self.loss(rate, 0) > loss else 0


def regression_bowl(x: np.ndarray, y: np.ndarray) -> Bowl:
    """Return the loss surface of the linear regression of y on x with a bias.

    Its Hessian is H = 2/n · AᵀA with A = [x, 1].

    Args:
        x: `(rows, features)`, no column a combination of the others.
        y: `(rows,)`.
    """
    design = np.column_stack([x, np.ones(len(x))])
    best, *_ = np.linalg.lstsq(design, y, rcond=None)
    # Singular values: squaring A first would lose half of the digits.
    _, singular, directions = np.linalg.svd(design, full_matrices=False)
    eigenvalues = 2 / len(x) * singular[::-1] ** 2
    lowest = float(np.mean((y - design @ best) ** 2))
    return Bowl(eigenvalues, -(directions[::-1] @ best), lowest)
