"""The perceptron: gates, which of them it can be, its learning rule and circuits of NAND.

Sources: lecture E, 2022-1 교육세션 Deep Learning (MLP), for the neuron and its gates;
lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab, for NAND and XOR.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

Circuit = tuple[tuple[int, int], ...]
"""Gates in order, each by the numbers of its two input wires; inputs are the first wires."""


class Neuron(NamedTuple):
    """Weights `(inputs,)` and bias of one perceptron."""

    weights: tuple[float, ...]
    bias: float


AND = Neuron((0.5, 0.5), -0.7)
OR = Neuron((0.6, 0.6), -0.5)
# The slide's weights of NAND are lost; those of AND with the opposite sign are the usual ones.
NAND = Neuron((-0.5, -0.5), 0.7)


def net_value(x: ArrayLike, weights: ArrayLike, bias: float = 0.0) -> np.ndarray:
    """Return the weighted sum, net = Σ wᵢxᵢ + b.

    Args:
        x: Inputs, `(..., inputs)`.
        weights: `(inputs,)`.
        bias: How easily the neuron fires.

    Returns:
        `(...)`, one value for each row.
    """
    return np.asarray(x) @ np.asarray(weights) + bias


def step(net: ArrayLike, threshold: float = 0.0) -> np.ndarray:
    """Return f(net) = 1 if net ≥ threshold, else 0, as integers of the same shape."""
    return (np.asarray(net) >= threshold).astype(np.int64)


def fire(neuron: Neuron, x: ArrayLike) -> np.ndarray:
    """Return the output 0 or 1 of a perceptron for each row of inputs, `(...)`."""
    return step(net_value(x, neuron.weights, neuron.bias))


def binary_inputs(n: int) -> np.ndarray:
    """Return all rows of n bits in counting order, `(2ⁿ, n)`; for two: 00, 01, 10, 11."""
    return np.array(list(product((0, 1), repeat=n)))


def all_gates(inputs: int) -> np.ndarray:
    """Return the outputs of every gate, `(2^(2^inputs), 2^inputs)`."""
    return binary_inputs(2**inputs)


def is_separable(x: np.ndarray, y: Sequence[int] | np.ndarray) -> bool:
    """Tell whether a perceptron can give y, by a linear program.

    It asks for w and b with ±(w·x + b) ≥ 1 for each row, + where y is 1. Any line that
    separates the rows can be scaled to keep that margin; so no solution means no line.
    """
    signed = np.where(np.asarray(y) == 1, 1, -1)[:, None] * np.column_stack([x, np.ones(len(x))])
    answer = linprog(
        np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(x)), bounds=(None, None)
    )
    feasible, infeasible = 0, 2  # SciPy's status.
    if answer.status not in (feasible, infeasible):
        raise RuntimeError(f"The linear program was not solved: {answer.message}")
    return bool(answer.status == feasible)


def count_separable(inputs: int) -> np.ndarray:
    """Return those gates of so many inputs that one neuron can be, `(gates, 2^inputs)`."""
    x = binary_inputs(inputs)
    return np.array([gate for gate in all_gates(inputs) if is_separable(x, gate)])


def xor_of_three(x: ArrayLike) -> np.ndarray:
    """Return XOR by two perceptrons and a third: AND(NAND(x), OR(x)), `(...)`."""
    hidden = np.stack([fire(NAND, x), fire(OR, x)], axis=-1)
    return fire(AND, hidden)


def xor_of_two(x: ArrayLike) -> np.ndarray:
    """Return XOR by two perceptrons, the second of which sees the inputs too, `(...)`.

    h = AND(x₁, x₂) and y = step(x₁ + x₂ − 2h − ½): "one or the other, unless both".
    """
    hidden = fire(AND, x)
    return fire(Neuron((1, 1, -2), -0.5), np.column_stack([x, hidden]))


class Learning(NamedTuple):
    """What `learn` went through.

    Attributes:
        neuron: The perceptron in the end.
        mistakes: Rows it got wrong in each epoch, `(epochs,)`.
    """

    neuron: Neuron
    mistakes: np.ndarray


def learn(
    x: np.ndarray, y: np.ndarray, *, epochs: int, learning_rate: float = 1.0, seed: int = 0
) -> Learning:
    """Train a perceptron by its own rule, w ← w + λ (y − ŷ) x and b ← b + λ (y − ŷ).

    Nothing is changed by a row that is right, so an epoch without a mistake is the end of
    learning. It comes after finitely many mistakes if a line separates the rows, else never.

    Args:
        x: Inputs, `(rows, inputs)`.
        y: Labels 0 or 1, `(rows,)`.
        epochs: Passes over the rows, each in a new order.
        learning_rate: λ, above 0.
        seed: Seed of the first weights, standard normal, and of the order.

    Source: Rosenblatt (1958), "The perceptron: A probabilistic model for information storage
    and organization in the brain", Psychological Review 65.
    """
    generator = np.random.default_rng(seed)
    weights = generator.standard_normal(x.shape[1])
    bias = generator.standard_normal()
    mistakes = np.zeros(epochs, np.int64)
    for epoch in range(epochs):
        for row in generator.permutation(len(x)):
            error = int(y[row]) - int(step(net_value(x[row], weights, bias)))
            weights = weights + learning_rate * error * x[row]
            bias += learning_rate * error
            mistakes[epoch] += abs(error)
    return Learning(Neuron(tuple(map(float, np.atleast_1d(weights))), float(bias)), mistakes)


def nand_circuit(*gates: Sequence[int]) -> tuple[Circuit, tuple[int, ...]]:
    """Find a smallest circuit of NAND gates that computes the given gates of two inputs.

    Breadth-first search: all circuits of one gate, then all of two, and so on.

    Args:
        *gates: For each wanted output its values for the inputs 00, 01, 10, 11.

    Returns:
        The circuit, and the number of the wire that carries each output.
    """
    inputs = tuple(tuple(int(bit) for bit in column) for column in binary_inputs(2).T)
    wanted = [tuple(int(bit) for bit in gate) for gate in gates]
    if any(len(gate) != 4 or not set(gate) <= {0, 1} for gate in wanted):
        raise ValueError(f"A gate of two inputs has four outputs, each 0 or 1; got {gates}.")
    layer: dict[frozenset[tuple[int, ...]], tuple[list[tuple[int, ...]], Circuit]]
    layer = {frozenset(inputs): (list(inputs), ())}
    while True:
        for wires, circuit in layer.values():
            if all(gate in wires for gate in wanted):
                return circuit, tuple(wires.index(gate) for gate in wanted)
        larger = {}
        for wires, circuit in layer.values():
            for a, b in combinations_with_replacement(range(len(wires)), 2):
                new = tuple(1 - p * q for p, q in zip(wires[a], wires[b], strict=True))
                if new not in wires:
                    larger[frozenset([*wires, new])] = ([*wires, new], (*circuit, (a, b)))
        layer = larger


def run_circuit(circuit: Circuit, outputs: Sequence[int], x: ArrayLike) -> np.ndarray:
    """Run a circuit of NAND perceptrons.

    Args:
        circuit: The gates, as `nand_circuit` returns them.
        outputs: Wires to read.
        x: Inputs of bits, `(rows, 2)`.

    Returns:
        The bits on those wires, `(rows, outputs)`.
    """
    wires = list(np.asarray(x).T)
    for a, b in circuit:
        wires.append(fire(NAND, np.stack([wires[a], wires[b]], axis=-1)))
    return np.stack([wires[output] for output in outputs], axis=-1)
