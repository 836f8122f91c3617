"""The lectures' activations and their derivatives, and what a stack of linear layers is.

Formulas as printed: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University, has
all but the last three and the derivatives of five; lecture B, 신경망 학습 (Training Neural
Networks), prints four derivatives; GELU, ELU and SELU are only named there and follow their
papers. Every function works element by element, on arrays of any shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

Function = Callable[[ArrayLike], np.ndarray]

LEAKY_ALPHA = 0.01
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Klambauer et al. (2017); with them mean 0 and variance 1 pass unchanged through layers."""

_erf = np.vectorize(math.erf, otypes=[np.float64])  # NumPy has no error function.


class Activation(NamedTuple):
    """An activation σ(z) and its derivative σ'(z)."""

    value: Function
    derivative: Function


def identity(z: ArrayLike) -> np.ndarray:
    """Return σ(z) = z."""
    return np.array(z, dtype=np.float64)


def identity_derivative(z: ArrayLike) -> np.ndarray:
    """Return σ'(z) = 1."""
    return np.ones_like(z, dtype=np.float64)


def logistic(z: ArrayLike) -> np.ndarray:
    """Return σ(z) = 1 / (1 + e^(−z)), the sigmoid, without overflow."""
    x = np.asarray(z, np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def logistic_derivative(z: ArrayLike) -> np.ndarray:
    """Return σ'(z) = σ(z) (1 − σ(z))."""
    return logistic(z) * (1 - logistic(z))


def tanh(z: ArrayLike) -> np.ndarray:
    """Return σ(z) = (e^z − e^(−z)) / (e^z + e^(−z))."""
    return np.tanh(z, dtype=np.float64)


def tanh_derivative(z: ArrayLike) -> np.ndarray:
    """Return σ'(z) = 1 − σ(z)²."""
    return 1 - tanh(z) ** 2


def hard_tanh(z: ArrayLike) -> np.ndarray:
    """Return −1 if z < −1, z if −1 ≤ z ≤ 1, 1 if z > 1."""
    return np.clip(np.asarray(z, dtype=np.float64), -1, 1)


def hard_tanh_derivative(z: ArrayLike) -> np.ndarray:
    """Return 1 if −1 ≤ z ≤ 1, else 0; at ±1 there is none, and 1 stands in."""
    return np.where(np.abs(z) <= 1, 1.0, 0.0)


def softsign(z: ArrayLike) -> np.ndarray:
    """Return a / (1 + |a|)."""
    a = np.asarray(z, dtype=np.float64)
    return a / (1 + np.abs(a))


def softsign_derivative(z: ArrayLike) -> np.ndarray:
    """Return 1 / (1 + |a|)²."""
    return 1 / (1 + np.abs(np.asarray(z, dtype=np.float64))) ** 2


def rectifier(z: ArrayLike) -> np.ndarray:
    """Return max(0, z), ReLU."""
    return np.maximum(0.0, z)


def rectifier_derivative(z: ArrayLike) -> np.ndarray:
    """Return 1 if z > 0, else 0 (lecture B; at 0 there is none, and 0 stands in)."""
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def leaky_rectifier(z: ArrayLike) -> np.ndarray:
    """Return max(αz, z) with α = .01, leaky ReLU."""
    a = np.asarray(z, dtype=np.float64)
    return np.maximum(LEAKY_ALPHA * a, a)


def leaky_rectifier_derivative(z: ArrayLike) -> np.ndarray:
    """Return 1 if z > 0, else α."""
    return np.where(np.asarray(z) > 0, 1.0, LEAKY_ALPHA)


def gelu(z: ArrayLike) -> np.ndarray:
    """Return z Φ(z), Φ the normal distribution (Hendrycks and Gimpel 2016, exact form)."""
    return np.asarray(z) * (1 + _erf(np.asarray(z) / math.sqrt(2))) / 2


def gelu_derivative(z: ArrayLike) -> np.ndarray:
    """Return Φ(z) + z φ(z), φ the normal density."""
    a = np.asarray(z, dtype=np.float64)
    density = np.exp(-(a**2) / 2) / math.sqrt(2 * math.pi)
    return (1 + _erf(a / math.sqrt(2))) / 2 + a * density


def elu(z: ArrayLike) -> np.ndarray:
    """Return z if z > 0, else e^z − 1 (Clevert et al. 2015, α = 1)."""
    a = np.asarray(z, dtype=np.float64)
    return np.where(a > 0, a, np.expm1(np.minimum(a, 0)))


def elu_derivative(z: ArrayLike) -> np.ndarray:
    """Return 1 if z > 0, else e^z."""
    return np.exp(np.minimum(np.asarray(z, dtype=np.float64), 0))


def selu(z: ArrayLike) -> np.ndarray:
    """Return λz if z > 0, else λα(e^z − 1) (Klambauer et al. 2017)."""
    a = np.asarray(z, dtype=np.float64)
    return SELU_SCALE * np.where(a > 0, a, SELU_ALPHA * np.expm1(np.minimum(a, 0)))


def selu_derivative(z: ArrayLike) -> np.ndarray:
    """Return λ if z > 0, else λα e^z."""
    a = np.asarray(z, dtype=np.float64)
    return SELU_SCALE * np.where(a > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(a, 0)))


ACTIVATIONS: Mapping[str, Activation] = {
    "identity": Activation(identity, identity_derivative),
    "sigmoid": Activation(logistic, logistic_derivative),
    "tanh": Activation(tanh, tanh_derivative),
    "hard-tanh": Activation(hard_tanh, hard_tanh_derivative),
    "softsign": Activation(softsign, softsign_derivative),
    "relu": Activation(rectifier, rectifier_derivative),
    "leaky-relu": Activation(leaky_rectifier, leaky_rectifier_derivative),
    "gelu": Activation(gelu, gelu_derivative),
    "elu": Activation(elu, elu_derivative),
    "selu": Activation(selu, selu_derivative),
}
"""All of them by name."""


def collapse(
    kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the one linear layer that a stack of linear layers amounts to.

    (x W₁ + b₁) W₂ + b₂ = x (W₁W₂) + (b₁W₂ + b₂), and so on.

    Args:
        kernels: From the input on, each `(inputs, units)` as Keras keeps them.
        biases: Each `(units,)`.

    Returns:
        Kernel `(inputs of the first, units of the last)` and bias `(units of the last,)`.
    """
    kernel, bias = np.eye(len(kernels[0])), np.zeros(len(kernels[0]))
    for next_kernel, next_bias in zip(kernels, biases, strict=True):
        kernel, bias = kernel @ next_kernel, bias @ next_kernel + next_bias
    return kernel, bias
