"""How far do the weights around a sigmoid unit move, from units that are off to ones that are on?

By the fourth equation, ∂C/∂w_jk = a_k δ_j, weights out of a unit follow its activation a, and
by the second the weights into it follow its slope σ'(z).

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import dense_net
from .activations import ACTIVATIONS

BIASES = np.linspace(-8, 8, 33)
"""Biases of the hidden units before training, so about their mean z: off at -8, on at 8."""
INPUTS, SAMPLES = 4, 64


class SlowWeights(NamedTuple):
    """What was seen of each hidden unit, `(units,)` each.

    Attributes:
        activation: a, the mean over the samples before training.
        slope: σ'(z), likewise.
        out_of: How far the weight out of the unit has traveled, Σ|Δw| over the steps.
        into: How far the weights into it have traveled, their mean.
    """

    activation: np.ndarray
    slope: np.ndarray
    out_of: np.ndarray
    into: np.ndarray


def watch_slow_weights(
    generator: np.random.Generator, steps: int, learning_rate: float = 0.02
) -> SlowWeights:
    """Train a net whose hidden units differ in their bias only, to fit a random plane.

    Each step takes one sample, so that no two samples' gradients cancel.

    Args:
        generator: Draws the net and the samples.
        steps: Steps of gradient descent on the squared error of one sample each.
        learning_rate: λ, above 0.
    """
    units = (INPUTS, len(BIASES), 1)
    net = dense_net.draw_net(units, [ACTIVATIONS["sigmoid"], ACTIVATIONS["identity"]], generator)
    net.biases[0][:] = BIASES
    net.weights[0][:] *= 0.5  # The inputs move z by about ±.5.
    net.weights[1][:] = generator.choice([-1, 1], size=len(BIASES)) / np.sqrt(len(BIASES))
    x = generator.normal(size=(INPUTS, SAMPLES))
    y = generator.normal(size=(1, INPUTS)) @ x
    first = dense_net.forward(net, x)
    traveled = [np.zeros_like(matrix) for matrix in net.weights]
    for step in range(steps):
        sample = [step % SAMPLES]
        passed = dense_net.forward(net, x[:, sample])
        found = dense_net.backward(net, passed, 2 * (passed.a[-1] - y[:, sample]))
        for layer, gradient in enumerate(found.weights):
            traveled[layer] += np.abs(learning_rate * gradient)
            net.weights[layer][:] -= learning_rate * gradient
            net.biases[layer][:] -= learning_rate * found.biases[layer]
    into, out_of = traveled
    return SlowWeights(
        first.a[1].mean(axis=1),
        ACTIVATIONS["sigmoid"].derivative(first.z[0]).mean(axis=1),
        out_of[0],
        into.mean(axis=1),
    )
