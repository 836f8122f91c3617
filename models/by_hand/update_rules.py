"""Update rules as the lecture writes them, and Keras's where the two differ.

A rule is a function of the gradient ∇L and of a memory of earlier gradients. It returns the
change that is subtracted from the parameters, θ ← θ − change, and the memory for the next
step. Rules work element by element on arrays of any shape, so a first axis may hold many
seeds at once.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Memory(NamedTuple):
    """What a rule keeps from one step to the next.

    Attributes:
        m: Average of the gradients, shape of θ.
        g: Sum or average of the squared gradients, shape of θ.
        step: Number of the coming step, from 1.
    """

    m: np.ndarray
    g: np.ndarray
    step: int


Rule = Callable[..., tuple[np.ndarray, Memory]]


def gradient_descent(
    gradient: np.ndarray, memory: Memory, *, rate: float
) -> tuple[np.ndarray, Memory]:
    """Return λ∇L; Keras's SGD without momentum."""
    return rate * gradient, memory


def momentum(
    gradient: np.ndarray, memory: Memory, *, rate: float, beta_1: float = 0.9
) -> tuple[np.ndarray, Memory]:
    """Return λm with m ← β₁m + (1 − β₁)∇L."""
    m = beta_1 * memory.m + (1 - beta_1) * gradient
    return rate * m, memory._replace(m=m)


def keras_momentum(
    gradient: np.ndarray, memory: Memory, *, rate: float, beta_1: float = 0.9
) -> tuple[np.ndarray, Memory]:
    """Return −m with m ← β₁m − λ∇L, as Keras's SGD: 1/(1 − β₁) times the lecture's step."""
    m = beta_1 * memory.m - rate * gradient
    return -m, memory._replace(m=m)


def adagrad(
    gradient: np.ndarray, memory: Memory, *, rate: float, epsilon: float = 1e-7
) -> tuple[np.ndarray, Memory]:
    """Return λ/√(g + ε) ∇L with g ← g + ∇L².

    Keras's rule is the same, but its g begins at .1 and the lecture's at 0.
    """
    g = memory.g + gradient**2
    return rate / np.sqrt(g + epsilon) * gradient, memory._replace(g=g)


def rmsprop(
    gradient: np.ndarray,
    memory: Memory,
    *,
    rate: float,
    beta: float = 0.9,
    epsilon: float = 1e-7,
) -> tuple[np.ndarray, Memory]:
    """Return λ/√(g + ε) ∇L with g ← βg + (1 − β)∇L², as Keras does."""
    g = beta * memory.g + (1 - beta) * gradient**2
    return rate / np.sqrt(g + epsilon) * gradient, memory._replace(g=g)


def adam(
    gradient: np.ndarray,
    memory: Memory,
    *,
    rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[np.ndarray, Memory]:
    """Return λ/√(g + ε) m, with the m of momentum and the g of RMSProp."""
    m = beta_1 * memory.m + (1 - beta_1) * gradient
    g = beta_2 * memory.g + (1 - beta_2) * gradient**2
    return rate / np.sqrt(g + epsilon) * m, memory._replace(m=m, g=g)


def bias_correction(step: int, beta_1: float = 0.9, beta_2: float = 0.999) -> float:
    """Return √(1 − β₂ᵗ)/(1 − β₁ᵗ), what Keras multiplies Adam's t-th step by.

    m and g begin at 0, so after t steps of a constant gradient they are 1 − βᵗ of what they
    ought to be.

    Source: Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization".
    """
    return float(np.sqrt(1 - beta_2**step) / (1 - beta_1**step))


def corrected_adam(
    gradient: np.ndarray, memory: Memory, *, rate: float, epsilon: float = 1e-7
) -> tuple[np.ndarray, Memory]:
    """Return the lecture's Adam with the correction for the start, ε still inside the root."""
    return adam(gradient, memory, rate=rate * bias_correction(memory.step), epsilon=epsilon)


def keras_adam(
    gradient: np.ndarray,
    memory: Memory,
    *,
    rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[np.ndarray, Memory]:
    """Return λ √(1 − β₂ᵗ)/(1 − β₁ᵗ) m/(√g + ε): corrected, and ε outside the root."""
    m = beta_1 * memory.m + (1 - beta_1) * gradient
    g = beta_2 * memory.g + (1 - beta_2) * gradient**2
    corrected = rate * bias_correction(memory.step, beta_1, beta_2)
    return corrected * m / (np.sqrt(g) + epsilon), memory._replace(m=m, g=g)


def descend(
    rule: Rule,
    gradient: Callable[[np.ndarray, int], np.ndarray],
    start: np.ndarray,
    steps: int,
    *,
    rate: float | np.ndarray,
    accumulator: float = 0.0,
) -> np.ndarray:
    """Follow a rule downhill.

    Args:
        rule: One of this module.
        gradient: ∇L as a function of θ and of the number of the step, from 0; it may draw
            samples.
        start: θ⁽⁰⁾, any shape.
        steps: Number of steps.
        rate: λ, above 0; an array takes each element of θ at a rate of its own.
        accumulator: What g begins at; Keras's Adagrad takes .1.

    Returns:
        θ before and after each step, `(steps + 1, *shape of θ)`.
    """
    theta = np.asarray(start, dtype=np.float64)
    path = [theta]
    memory = Memory(np.zeros_like(theta), np.full_like(theta, accumulator), 1)
    for step in range(steps):
        change, memory = rule(gradient(theta, step), memory._replace(step=step + 1), rate=rate)
        theta = theta - change
        path.append(theta)
    return np.stack(path)
