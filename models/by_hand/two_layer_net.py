"""Two inputs, a sigmoid layer of 2, a softmax layer of 2: 12 parameters, all by hand.

Names are the slides': w_{2,21} is the weight in layer 2 to unit 2 from unit 1, z a weighted
sum before its activation, h the hidden outputs, p the probabilities, y the one-hot truth.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .activations import logistic


class TwoLayerNet(NamedTuple):
    """The parameters, or one derivative for each of them.

    Attributes:
        w1: w_{1,ik} at `[i − 1, k − 1]`, `(2, 2)`.
        b1: b_{1,i}, `(2,)`.
        w2: w_{2,ik}, `(2, 2)`.
        b2: b_{2,i}, `(2,)`.
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


NAMES = tuple(
    name
    for layer in (1, 2)
    for name in (
        *(f"w_{layer},{i}{k}" for i in (1, 2) for k in (1, 2)),
        f"b_{layer},1",
        f"b_{layer},2",
    )
)
"""Names of the parameters in the order of `flatten`."""


def flatten(net: TwoLayerNet) -> np.ndarray:
    """Return the 12 numbers in one row, `(12,)`."""
    return np.concatenate([array.ravel() for array in net])


def unflatten(numbers: np.ndarray) -> TwoLayerNet:
    """Return the net of 12 numbers, `(12,)`."""
    w1, b1, w2, b2 = np.split(numbers, [4, 6, 10])
    return TwoLayerNet(w1.reshape(2, 2), b1, w2.reshape(2, 2), b2)


def forward(net: TwoLayerNet, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the outputs of both layers: h = σ(W₁x + b₁), p = softmax(W₂h + b₂).

    Args:
        net: The parameters.
        x: One input, `(2,)`.

    Returns:
        h and p, `(2,)` each; p adds up to 1.
    """
    h = logistic(net.w1 @ x + net.b1)
    z2 = net.w2 @ h + net.b2
    exponentials = np.exp(z2 - z2.max())  # The same p, and no overflow.
    return h, exponentials / exponentials.sum()


def cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """Return L = −(y₁ log p₁ + y₂ log p₂), 0 or more; the slide lost the minus sign."""
    return float(-(y @ np.log(p)))


def softmax_derivatives(p: np.ndarray) -> np.ndarray:
    """Return ∂pᵢ/∂zⱼ at `[i, j]`, `(2, 2)`: pᵢ(1 − pᵢ) if i = j, and −pᵢpⱼ if not."""
    return np.diag(p) - np.outer(p, p)


def output_errors(p: np.ndarray, y: np.ndarray, dp_dz: np.ndarray) -> np.ndarray:
    """Return ∂L/∂z_{2,j} = Σᵢ (∂L/∂pᵢ)(∂pᵢ/∂z_{2,j}), `(2,)`, with ∂L/∂pᵢ = −yᵢ/pᵢ.

    It is the bracket that all derivatives of the net have in common. With the right
    derivatives of softmax it is p − y.
    """
    return (-y / p) @ dp_dz


def derivative_w221(h: np.ndarray, p: np.ndarray, y: np.ndarray, dp_dz: np.ndarray) -> float:
    """Return ∂L/∂w_{2,21} = (∂L/∂p₁ ∂p₁/∂z_{2,2} + ∂L/∂p₂ ∂p₂/∂z_{2,2}) h₁."""
    bracket = -y[0] / p[0] * dp_dz[0, 1] - y[1] / p[1] * dp_dz[1, 1]
    return float(bracket * h[0])


def derivative_w112(
    net: TwoLayerNet,
    x: np.ndarray,
    h: np.ndarray,
    p: np.ndarray,
    y: np.ndarray,
    dp_dz: np.ndarray,
) -> float:
    """Return ∂L/∂w_{1,12} = [(1) + (2)] ∂h₁/∂z_{1,1} ∂z_{1,1}/∂w_{1,12}.

    (1) and (2) are the two ways from h₁ to the loss, over z_{2,1} and over z_{2,2}.
    """
    way_1 = (-y[0] / p[0] * dp_dz[0, 0] - y[1] / p[1] * dp_dz[1, 0]) * net.w2[0, 0]
    way_2 = (-y[0] / p[0] * dp_dz[0, 1] - y[1] / p[1] * dp_dz[1, 1]) * net.w2[1, 0]
    return float((way_1 + way_2) * h[0] * (1 - h[0]) * x[1])


def backward(net: TwoLayerNet, x: np.ndarray, h: np.ndarray, errors: np.ndarray) -> TwoLayerNet:
    """Return all 12 derivatives; what they have in common is computed once.

    Args:
        net: The parameters.
        x: The input, `(2,)`.
        h: The hidden outputs for it, `(2,)`.
        errors: ∂L/∂z₂, from `output_errors`, `(2,)`.
    """
    hidden_errors = (net.w2.T @ errors) * h * (1 - h)  # ∂L/∂z₁
    return TwoLayerNet(np.outer(hidden_errors, x), hidden_errors, np.outer(errors, h), errors)


def descend(
    net: TwoLayerNet,
    inputs: np.ndarray,
    truth: np.ndarray,
    errors_of: Callable[[np.ndarray, np.ndarray], np.ndarray],
    learning_rate: float,
    steps: int,
) -> np.ndarray:
    """Train by gradient descent, θ ← θ − λ ∇L with L the mean over all samples.

    Args:
        net: The parameters at the start.
        inputs: `(samples, 2)`.
        truth: One-hot, `(samples, 2)`.
        errors_of: Gives ∂L/∂z₂ for p and y, so that wrong rules can be tried.
        learning_rate: λ, above 0.
        steps: Number of steps.

    Returns:
        The cross-entropy before each step and after the last, `(steps + 1,)`.
    """
    parameters, losses = flatten(net), np.empty(steps + 1)
    for step in range(steps + 1):
        net = unflatten(parameters)
        gradients, costs = [], []
        for x, y in zip(inputs, truth, strict=True):
            h, p = forward(net, x)
            gradients.append(flatten(backward(net, x, h, errors_of(p, y))))
            costs.append(cross_entropy(p, y))
        losses[step] = np.mean(costs)
        parameters = parameters - learning_rate * np.mean(gradients, axis=0)
    return losses


def slide_softmax_derivatives(p: np.ndarray) -> np.ndarray:
    """Return ∂pᵢ/∂zⱼ as the slide has it, +pᵢ(1 − pᵢ) for j ≠ i too, `(2, 2)`."""
    return np.repeat((p * (1 - p))[:, None], 2, axis=1)
