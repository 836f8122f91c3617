"""A dense net of any depth in matrix form: forward, and the four equations backward.

Arrays are the lecture's columns side by side, `(units, samples)`, and `weights[l][j, k]`
leads to unit j of layer l from unit k of the layer before it. Layers count from 0 here.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; its
formulas are those of Nielsen (2015), "Neural Networks and Deep Learning", chapter 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .activations import Activation


class DenseNet(NamedTuple):
    """One weight matrix `(units, inputs)`, bias `(units,)` and activation a layer."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    activations: list[Activation]


class ForwardPass(NamedTuple):
    """What the backward pass needs of the forward pass.

    Attributes:
        z: Weighted sums of each layer, `(units, samples)`.
        a: Inputs, then the outputs of each layer: `a[l]` goes into layer l.
    """

    z: list[np.ndarray]
    a: list[np.ndarray]


class Gradients(NamedTuple):
    """Derivatives of the cost: by z (the errors δ), by the weights and by the biases."""

    errors: list[np.ndarray]
    weights: list[np.ndarray]
    biases: list[np.ndarray]


def draw_net(
    units: Sequence[int], activations: Sequence[Activation], generator: np.random.Generator
) -> DenseNet:
    """Draw a net: weights of variance 1/inputs, biases of variance 1.

    Args:
        units: Inputs, then the units of each layer.
        activations: One for each layer.
        generator: Source of the random numbers.
    """
    weights = [generator.normal(size=(n, k)) / np.sqrt(k) for k, n in pairwise(units)]
    return DenseNet(weights, [generator.normal(size=n) for n in units[1:]], list(activations))


def forward(net: DenseNet, x: np.ndarray) -> ForwardPass:
    """Repeat layer by layer: the weighted sum z = W a + b, then the activation a = σ(z).

    Args:
        net: The net.
        x: Inputs, `(inputs, samples)`.
    """
    passed = ForwardPass([], [x])
    for weights, bias, activation in zip(*net, strict=True):
        passed.z.append(weights @ passed.a[-1] + bias[:, None])
        passed.a.append(activation.value(passed.z[-1]))
    return passed


def backward(net: DenseNet, passed: ForwardPass, output_gradient: np.ndarray) -> Gradients:
    """Return every derivative of the cost by the four equations.

        (1) δᴸ = ∇ₐC ⊙ σ'(zᴸ)                   (3) ∂C/∂b_j = δ_j
        (2) δˡ = (Wˡ⁺¹ᵀ δˡ⁺¹) ⊙ σ'(zˡ)          (4) ∂C/∂w_jk = a_k δ_j

    The cost is a sum over samples, so (3) and (4) add up over samples.

    Args:
        net: The net.
        passed: Its forward pass.
        output_gradient: ∇ₐC, by the outputs of the last layer, `(units, samples)`.
    """
    slopes = [act.derivative(z) for act, z in zip(net.activations, passed.z, strict=True)]
    errors = [output_gradient * slopes[-1]]
    for weights, slope in zip(net.weights[:0:-1], slopes[-2::-1], strict=True):
        errors.insert(0, (weights.T @ errors[0]) * slope)
    inputs = passed.a[:-1]
    return Gradients(
        errors,
        [error @ a.T for error, a in zip(errors, inputs, strict=True)],
        [error.sum(axis=1) for error in errors],
    )


def derivative_alone(
    net: DenseNet,
    passed: ForwardPass,
    output_gradient: np.ndarray,
    layer: int,
    unit: int,
    source: int,
) -> float:
    """Return one ∂C/∂w_jk by the chain rule on its own, sharing nothing with the others.

    It follows the weight's effect through all later layers: first on the unit it leads to,
    then on every unit of the next layer, and so on to the cost.

    Args:
        net: The net.
        passed: Its forward pass.
        output_gradient: ∇ₐC, `(units, samples)`.
        layer: Layer l of the weight.
        unit: Unit j that it leads to.
        source: Unit k that it comes from.
    """
    reached: list[int] | slice = [unit]
    effect = passed.a[layer][source] * net.activations[layer].derivative(passed.z[layer][reached])
    later = slice(layer + 1, None)
    for weights, z, activation in zip(
        net.weights[later], passed.z[later], net.activations[later], strict=True
    ):
        effect = (weights[:, reached] @ effect) * activation.derivative(z)
        reached = slice(None)
    return float(np.sum(output_gradient[reached] * effect))


class Multiplications(NamedTuple):
    """Multiplications of numbers for one sample, those inside σ and σ' not counted.

    Attributes:
        forward: Of `forward`.
        backward: Of `backward`, which gives all derivatives.
        alone: Of `derivative_alone` for every weight and, alike, every bias in turn.
    """

    forward: int
    backward: int
    alone: int


def count_multiplications(units: Sequence[int]) -> Multiplications:
    """Count what a sample costs.

    Args:
        units: Inputs, then the units of each layer.
    """
    pairs = list(pairwise(units))
    matrices = sum(k * n for k, n in pairs)
    slopes = sum(units[1:])
    alone = 0
    for layer, (inputs, outputs) in enumerate(pairs):
        later = pairs[layer + 1 :]
        # The effect starts in one unit, so the next layer's matrix has one column only.
        ways = sum((k if number else 1) * n + n for number, (k, n) in enumerate(later))
        cost = units[-1] if later else 1
        # a_k σ'(z_j) for a weight, σ'(z_j) alone, no multiplication, for a bias.
        alone += outputs * (inputs * (1 + ways + cost) + ways + cost)
    return Multiplications(
        matrices, matrices - pairs[0][0] * pairs[0][1] + slopes + matrices, alone
    )
