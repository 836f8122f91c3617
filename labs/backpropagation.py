"""Where do gradients come from?

Topic: gradients                      Time: seconds
Run:   python -m labs.backpropagation
Quick: python -m labs.backpropagation --quick
Try:   --samples 1      is the error of the mean squared error's derivative gone?
       --samples 100    do more samples cost precision?

The lectures' formulas of backpropagation, written out in NumPy for dense nets of any depth, are
set against TensorFlow's automatic differentiation and against finite differences. The smallest
examples stand in labs.chain_rule, and what wrong signs do to training in labs.wrong_signs.

Source: lectures B and D; each function in `models/by_hand` names its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import dense_net, losses
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.finite_differences import numerical_gradient, numerical_jacobian

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    samples: Annotated[int, AtLeast(1)] = 8
    """Samples on which the dense nets are differentiated."""


class Gradient(NamedTuple):
    """One gradient, found in three ways, `(parameters,)` each."""

    by_hand: np.ndarray
    autodiff: np.ndarray
    finite: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Differentiate two nets in three ways, then judge the lectures' formulas."""
    examples = {
        "B: hidden ReLU layer, MSE": draw_example((4, 6, 1), config.samples, "relu", config.seed),
        "D: 3 sigmoid layers": draw_example((4, 6, 5, 3), config.samples, "sigmoid", config.seed),
    }
    gradients = {name: differentiate_example(example) for name, example in examples.items()}
    rows = [compare(name, found) for name, found in gradients.items()]
    formats = dict.fromkeys(("by hand − autodiff", "by hand − finite"), ".1e")
    record.add_table("agreement", rows, formats=formats)
    judge_relu_net(record, config.seed)
    judge_four_equations(record, config.seed)
    judge_output_sum(record, config.seed)
    record.add_figure(
        "agreement",
        plot_agreement(gradients),
        caption="Each derivative by hand against TensorFlow's: all lie on the line.",
    )
    by_autodiff, by_differences = (
        max(row[f"by hand − {way}"] for row in rows) for way in ("autodiff", "finite")
    )
    record.answer(
        "From the errors of the last layer, handed back layer by layer: so written out in NumPy "
        f"they are TensorFlow's gradients to {by_autodiff:.0e} of the largest derivative, and "
        f"those of finite differences to {by_differences:.0e}.",
        limits="Small dense nets in double precision, away from the corners of ReLU.",
    )


class Example(NamedTuple):
    """A dense net with the samples it is to fit; its cost is `factor · Σ (a − y)²`."""

    net: dense_net.DenseNet
    activations: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    factor: float

    def output_gradient(self, passed: dense_net.ForwardPass) -> np.ndarray:
        """Return ∇ₐC."""
        return 2 * self.factor * (passed.a[-1] - self.y)


def draw_example(units: Sequence[int], samples: int, kind: str, seed: int) -> Example:
    """Draw lecture B's net (`"relu"`, mean squared error) or lecture D's (`"sigmoid"`, half)."""
    generator = np.random.default_rng(seed)
    hidden = len(units) - 2
    names = (kind,) * hidden + ("identity" if kind == "relu" else kind,)
    net = dense_net.draw_net(units, [ACTIVATIONS[name] for name in names], generator)
    if kind == "relu":
        net = net._replace(biases=[np.zeros_like(bias) for bias in net.biases])  # As on the slide.
    x, y = generator.normal(size=(units[0], samples)), generator.random((units[-1], samples))
    return Example(net, names, x, y, 1 / samples if kind == "relu" else 0.5)


def autodiff_example(example: Example) -> tuple[list[np.ndarray], ...]:
    """Return TensorFlow's errors ∂C/∂z, weight gradients and bias gradients of each layer."""
    in_tensorflow = {"relu": tf.nn.relu, "sigmoid": tf.sigmoid, "identity": tf.identity}
    net, layers = example.net, len(example.net.weights)
    # Something added to z has the derivative of z.
    added = [np.zeros((len(bias), example.x.shape[1])) for bias in net.biases]

    def cost(*points: Any) -> Any:
        a = tf.constant(example.x)
        for layer, activation in enumerate(example.activations):
            offset, weights, bias = points[layer::layers]
            a = in_tensorflow[activation](weights @ a + bias[:, None] + offset)
        return example.factor * tf.reduce_sum((a - example.y) ** 2)

    found = models.autodiff(cost, *added, *net.weights, *net.biases)
    return found[:layers], found[layers : 2 * layers], found[2 * layers :]


def differentiate_example(example: Example) -> Gradient:
    """Differentiate a dense net by all its weights and biases."""
    net = example.net
    shapes = [array.shape for array in (*net.weights, *net.biases)]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    def cost(numbers: np.ndarray) -> float:
        parts = np.split(numbers, ends)
        arrays = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        layers = len(net.weights)
        moved = net._replace(weights=arrays[:layers], biases=arrays[layers:])
        error = dense_net.forward(moved, example.x).a[-1] - example.y
        return float(example.factor * np.sum(error**2))

    passed = dense_net.forward(net, example.x)
    found = dense_net.backward(net, passed, example.output_gradient(passed))
    _, weights, biases = autodiff_example(example)
    return Gradient(
        join([*found.weights, *found.biases]),
        join([*weights, *biases]),
        numerical_gradient(cost, join([*net.weights, *net.biases])),
    )


def join(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return all numbers of some arrays in one row."""
    return np.concatenate([array.ravel() for array in arrays])


def compare(name: str, found: Gradient) -> dict[str, Any]:
    """Give the largest differences, in parts of the largest derivative."""
    largest = np.abs(found.autodiff).max()
    return {
        "net": name,
        "parameters": found.by_hand.size,
        "by hand − autodiff": float(np.abs(found.by_hand - found.autodiff).max() / largest),
        "by hand − finite": float(np.abs(found.by_hand - found.finite).max() / largest),
    }


def judge_relu_net(record: RunRecord, seed: int) -> None:
    """Judge lecture B's derivative of a net with one hidden ReLU layer."""
    example = draw_example((2, 3, 1), 4, "relu", seed)
    (w1, w2), samples = example.net.weights, example.x.shape[1]
    passed = dense_net.forward(example.net, example.x)
    error = passed.a[-1][0] - example.y[0]
    relu_slope = passed.z[0] > 0
    errors, weights, _ = autodiff_example(example)
    record.judge(
        "B-relu-net",
        np.einsum("i,m,mi,ni->mn", 2 * error, w2[0], relu_slope, example.x) / samples,
        right=weights[0],
        how=f"{w1.size} weights, {samples} samples, against TensorFlow; the sum covers the whole "
        "product.",
    )
    record.judge(
        "B-error-derivative",
        np.full(samples, np.mean(2 * error)),
        right=errors[-1][0],
        how="The right values, one for each prediction, are TensorFlow's. The formula above it, "
        "with the sum in front of the whole chain, is right.",
    )


def judge_four_equations(record: RunRecord, seed: int) -> None:
    """Judge each of lecture D's equations in a net of three sigmoid layers of two."""
    example = draw_example((2, 2, 2, 2), 1, "sigmoid", seed)
    passed = dense_net.forward(example.net, example.x)
    found = dense_net.backward(example.net, passed, example.output_gradient(passed))
    errors, weights, biases = autodiff_example(example)
    how = "In all layers, for one sample and half the squared error, against TensorFlow."
    lost = f" Its formula is lost; this is Nielsen's, whom the lecture follows. {how}"
    hadamard = f"∇ₐC ⊙ σ'(z).{lost}"
    record.judge("D-equation-1", found.errors[-1].ravel(), right=errors[-1].ravel(), how=hadamard)
    how = f"(Wᵀδ of the layer behind) ⊙ σ'(z).{lost}"
    record.judge("D-equation-2", join(found.errors[:-1]), right=join(errors[:-1]), how=how)
    how = f"δ itself.{lost}"
    record.judge("D-equation-3", join(found.biases), right=join(biases), how=how)
    how = f"δ times the activation that the weight takes.{lost}"
    record.judge("D-equation-4", join(found.weights), right=join(weights), how=how)


def judge_output_sum(record: RunRecord, seed: int) -> None:
    """Judge that an output depends on its own node's z alone, for sigmoids and for softmax."""
    z = np.random.default_rng(seed).normal(size=4)
    outputs = {"sigmoids": ACTIVATIONS["sigmoid"].value, "softmax": losses.softmax}
    found = {name: numerical_jacobian(output, z) for name, output in outputs.items()}
    others = {name: np.abs(j - np.diag(np.diag(j))).max() for name, j in found.items()}
    record.judge(
        "D-output-sum",
        "largest ∂a/∂z between nodes: "
        + ", ".join(f"{other:.2g} of {name}" for name, other in others.items()),
        holds=[bool(other == 0) for other in others.values()],
        how=f"{len(z)} nodes, by finite differences. Softmax divides by the sum over all nodes, "
        "so the Σ stays, and ∇ₐC ⊙ σ'(z) is not its error; the lecture draws σ.",
    )


def plot_agreement(gradients: dict[str, Gradient]) -> Figure:
    """Draw the derivatives by hand against TensorFlow's."""
    with plots.style.figure(7.5, 6.5) as figure:
        axes = figure.subplots()
        looks = plots.style.looks(gradients)
        for name, found in gradients.items():
            look = looks[name].line
            axes.plot(found.autodiff, found.by_hand, linestyle="", label=name, alpha=0.7, **look)
        ends = axes.get_xlim()
        axes.plot(ends, ends, color=plots.style.NEUTRAL, linewidth=0.8, zorder=1)
        axes.set(xlabel="TensorFlow's derivative", ylabel="derivative by hand")
        axes.set_title("All derivatives of two nets, both ways")
        axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
