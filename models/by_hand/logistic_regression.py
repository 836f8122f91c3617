"""Logistic regression, for many parameter vectors at once.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI: a sigmoid and the binary cross-entropy.
"""

from __future__ import annotations

import numpy as np


def loss(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean of −(y log p + (1 − y) log(1 − p)) with p = σ(xw).

    It is computed as log(1 + eᶻ) − yz, z = xw, which is finite for every w.

    Args:
        w: Parameters, `(..., features)`.
        x: Inputs, `(rows, features)`, a column of ones for a bias.
        y: Labels 0 or 1, `(rows,)`.

    Returns:
        One loss for each w, `(...)`.
    """
    z = w @ x.T
    return (np.logaddexp(0, z) - y * z).mean(axis=-1)


def gradient(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean of (p − y) x over the rows, `(..., features)`.

    Args:
        w: Parameters, `(..., features)`.
        x: Inputs, `(rows, features)`, or rows of its own for each w,
            `(..., rows, features)`.
        y: Labels 0 or 1, `(rows,)` or `(..., rows)`.
    """
    z = (x @ w[..., None])[..., 0]
    p = (1 + np.tanh(z / 2)) / 2  # The sigmoid, without overflow.
    return ((p - y)[..., None] * x).mean(axis=-2)
