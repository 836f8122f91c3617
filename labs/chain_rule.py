"""How does a derivative travel back through a small graph?

Topic: gradients                      Time: seconds
Run:   python -m labs.chain_rule
Quick: python -m labs.chain_rule --quick
Try:   --x -5     do the derivatives of f = (x + y)z by y and z change with x?
       --seed 1    other weights of the net of two, two and two

The lectures' smallest examples of the chain rule: z = (2x + y)², the graph f = (x + y)z, and a
net of two, two and two units whose twelve derivatives share their factors. Each is worked by
hand and set against TensorFlow's automatic differentiation. A worked example of such a net, which
lecture E gives for further reading, is gone through number by number.

Source: lectures A, B and E; each function in `models/by_hand` names its own. The worked example:
Mazur (2015), "A Step by Step Backpropagation Example", mattmazur.com.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import plots
from labs.running import LabConfig, Within, lab
from models.by_hand import dense_net, two_layer_net
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.finite_differences import numerical_gradient
from models.by_hand.scalar_graph import Node

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

X, Y = np.array([0.5, -1.0]), np.array([1.0, 0.0])
"""The sample on which lecture A's net is differentiated."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    x: Annotated[float, Within(-1e6, 1e6)] = -2.0
    """Where lecture E's graph is differentiated, with y = 5 and z = −4."""


class Gradient(NamedTuple):
    """One gradient, found in three ways, `(parameters,)` each."""

    by_hand: np.ndarray
    autodiff: np.ndarray
    finite: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Work each example by hand, and set it against TensorFlow."""
    net = two_layer_net.unflatten(np.random.default_rng(config.seed).normal(size=12))
    found = differentiate_two_layer_net(net)
    formats = dict.fromkeys(("by hand", "autodiff", "finite"), ".6f")
    record.add_table("two-layer-net", list(list_gradient(found)), formats=formats)
    judge_two_layer_net(record, net, found)
    judge_chain_rule(record)
    judge_theorem(record)
    slopes = judge_graph(record, config.x)
    judge_forward_steps(record, config.seed)
    judge_forward_order(record)
    compare_worked_example(record)
    record.add_figure(
        "two-layer-net",
        plot_gradient(found),
        caption="The twelve derivatives of lecture A's net, by hand (bars) and by TensorFlow "
        "(crosses).",
    )
    apart = np.abs(found.by_hand - found.autodiff).max() / np.abs(found.autodiff).max()
    record.answer(
        "Each node hands on what comes from behind times its own derivative: at x = "
        f"{config.x:g} the graph f = (x + y)z has the derivatives "
        f"{', '.join(f'{slope:g}' for slope in slopes)}, and the twelve of the net agree with "
        f"TensorFlow's to {apart:.0e}.",
        limits="Small examples; for nets of any depth see labs.backpropagation.",
    )


def differentiate_two_layer_net(net: two_layer_net.TwoLayerNet) -> Gradient:
    """Differentiate lecture A's net by its 12 parameters."""

    def tf_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        h = tf.sigmoid(tf.linalg.matvec(w1, X) + b1)
        logits = tf.linalg.matvec(w2, h) + b2
        return keras.losses.categorical_crossentropy(Y, logits, from_logits=True)

    def loss(numbers: np.ndarray) -> float:
        _, p = two_layer_net.forward(two_layer_net.unflatten(numbers), X)
        return two_layer_net.cross_entropy(p, Y)

    h, p = two_layer_net.forward(net, X)
    flat = two_layer_net.flatten
    return Gradient(
        flat(two_layer_net.backward(net, X, h, p - Y)),
        flat(two_layer_net.TwoLayerNet(*models.autodiff(tf_loss, *net))),
        numerical_gradient(loss, flat(net)),
    )


def list_gradient(found: Gradient) -> Iterator[dict[str, Any]]:
    """Give a row for each parameter of lecture A's net."""
    for name, *ways in zip(two_layer_net.NAMES, *found, strict=True):
        by_hand, by_autodiff, finite = map(float, ways)
        yield {"∂L/∂": name, "by hand": by_hand, "autodiff": by_autodiff, "finite": finite}


def judge_two_layer_net(record: RunRecord, net: two_layer_net.TwoLayerNet, found: Gradient) -> None:
    """Judge the size of lecture A's net and what its derivatives have in common."""
    layers = [keras.layers.Dense(2, "sigmoid"), keras.layers.Dense(2, "softmax")]
    record.judge(
        "A-12-parameters",
        float(keras.Sequential([keras.Input((2,)), *layers]).count_params()),
        how=("Counted by Keras: (2 + 1)·2 + (2 + 1)·2."),
    )
    h, p = two_layer_net.forward(net, X)
    wrong = two_layer_net.slide_softmax_derivatives(p)
    record.judge(
        "A-chain-rule-w112",
        two_layer_net.derivative_w112(net, X, h, p, Y, two_layer_net.softmax_derivatives(p)),
        right=found.autodiff[two_layer_net.NAMES.index("w_1,12")],
        how="The slide leaves the factors as symbols, and so it is right. With its own "
        "∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ) it would give "
        f"{two_layer_net.derivative_w112(net, X, h, p, Y, wrong):.4f}.",
    )
    errors = two_layer_net.output_errors(p, Y, two_layer_net.softmax_derivatives(p))
    record.judge(
        "A-common-factors",
        two_layer_net.flatten(two_layer_net.backward(net, X, h, errors)),
        right=found.autodiff,
        how="All 12 derivatives from 4 errors ∂L/∂z, each used three times: for two weights and "
        "a bias. The right values are TensorFlow's.",
    )


def judge_chain_rule(record: RunRecord) -> None:
    """Judge lecture B's example of the chain rule."""
    points = [(1.0, 2.0), (-0.5, 3.0), (2.0, -4.0)]
    right = [
        models.autodiff(lambda x, y: (2 * x + y) ** 2, *map(np.array, point))[0] for point in points
    ]
    graph = []
    for point in points:
        x, y = Node(point[0]), Node(point[1])
        (Node(2.0) * x + y).square().backward()
        graph.append(x.derivative)
    record.judge(
        "B-chain-rule",
        [8 * x + 4 * y for x, y in points],
        right=right,
        how=(f"At (x, y) = {points} against TensorFlow; our graph of numbers gives {graph}."),
    )


def judge_theorem(record: RunRecord) -> None:
    """Judge the chain rule as a theorem, on all pairs of a few functions."""
    slopes: dict[Any, Any] = {tf.sin: np.cos, tf.exp: np.exp, tf.square: lambda x: 2 * x,
              tf.tanh: lambda x: 1 - np.tanh(x) ** 2}  # fmt: skip
    x, pairs = np.linspace(-1.5, 1.5, 7), [*product(slopes, repeat=2)]
    record.judge(
        "E-chain-rule",
        [slopes[f](g(x).numpy()) * slopes[g](x) for f, g in pairs],
        right=[models.autodiff(lambda x, f=f, g=g: f(g(x)), x)[0] for f, g in pairs],
        how=f"{len(pairs)} composites of sine, exponential, square and tanh at {len(x)} places, "
        "their slopes by hand, against TensorFlow.",
    )


def judge_graph(record: RunRecord, at: float) -> list[float]:
    """Judge lecture E's graph f = (x + y)z at (−2, 5, −4), and return its derivatives."""
    x, y, z = Node(at), Node(5.0), Node(-4.0)
    q = x + y
    f = q * z
    f.backward()
    values = [np.array(node.value) for node in (x, y, z, q)]
    right = models.autodiff(lambda x, y, z: (x + y) * z, *values[:3])
    wanted = [node.derivative for node in (x, y, z)]
    how = (
        f"At x = {at:g}, y = 5, z = −4 against TensorFlow. What the lecture wants, the derivatives "
        f"by x, y and z, are {', '.join(f'{slope:g}' for slope in wanted)} in our graph of numbers "
        f"and {', '.join(f'{float(slope):g}' for slope in right)} by TensorFlow."
    )
    by_sum = models.autodiff(lambda x, y: x + y, *values[:2])
    record.judge("E-graph-sum", [1.0, 1.0], right=np.array(by_sum), how=how)
    by_product = models.autodiff(lambda q, z: q * z, values[3], values[2])
    record.judge("E-graph-product", [z.value, q.value], right=np.array(by_product), how=how)
    return wanted


def judge_forward_steps(record: RunRecord, seed: int) -> None:
    """Follow lecture E's steps of the forward pass beside a Keras net."""
    layers = [keras.layers.Dense(3, "relu", dtype="float64") for _ in range(2)]
    layers.append(keras.layers.Dense(2, "sigmoid", dtype="float64"))
    for number, layer in enumerate(layers):
        layer.kernel_initializer = keras.initializers.GlorotUniform(seed + number)
    net = keras.Sequential([keras.Input((4,)), *layers])
    x = np.random.default_rng(seed).normal(size=(1, 4))
    a = x[0]  # Step 1 was Keras's: the weights are there.
    for layer, activation in zip(layers, ("relu", "relu", "sigmoid"), strict=True):
        kernel, bias = (weights.numpy() for weights in layer.weights)
        weighted_sum = a @ kernel + bias  # Step 2.
        a = ACTIVATIONS[activation].value(weighted_sum)  # Steps 3 to 5: the next layer's input.
    record.judge(
        "E-forward-steps",
        a,
        right=net(x).numpy()[0],
        how="Two ReLU layers and a sigmoid one, step by step in NumPy, against Keras.",
    )


def judge_forward_order(record: RunRecord) -> None:
    """Follow which step waits for which, with the slide's reference and with the one meant."""

    def begun(reference: int) -> int:
        waits_for = {2: 1, 3: 2, 4: 3, 5: reference, 6: 5}
        done = {1}
        for step, other in waits_for.items():
            done |= {step} if other in done else set()
        return len(done)

    record.judge(
        "E-forward-step-5",
        begun(5),
        right=begun(4),
        how="How many of the six steps can be done, each after the one whose output it takes.",
    )


def compare_worked_example(record: RunRecord) -> None:
    """Set the worked 2-2-2 example beside the four equations; it never changes the biases."""
    weights = [np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([[0.40, 0.45], [0.50, 0.55]])]
    biases = [np.full(2, 0.35), np.full(2, 0.60)]
    net = dense_net.DenseNet(weights, biases, [ACTIVATIONS["sigmoid"]] * 2)
    x, target = np.array([[0.05], [0.10]]), np.array([[0.01], [0.99]])
    how = "Inputs .05 and .10, targets .01 and .99, half the squared error, rate .5."

    def descend(net: dense_net.DenseNet, back_through: dense_net.DenseNet) -> dense_net.DenseNet:
        """Take a step, the hidden layer's errors found through the weights of another net."""
        passed = dense_net.forward(net, x)
        found = dense_net.backward(back_through, passed, passed.a[-1] - target)
        moved = [w - 0.5 * g for w, g in zip(net.weights, found.weights, strict=True)]
        return net._replace(weights=moved)

    def error_of(net: dense_net.DenseNet) -> float:
        return float(np.sum((target - dense_net.forward(net, x).a[-1]) ** 2) / 2)

    def compare(id: str, value: float, remark: str = "") -> None:
        record.compare(id, value, how=f"{how} It is {value:.10f}{remark}.")

    first = descend(net, net)
    compare("worked-total", error_of(net))
    compare("worked-w5", (net.weights[1] - first.weights[1])[0, 0] / 0.5)
    compare("worked-w1", first.weights[0][0, 0])
    early = error_of(descend(net, net._replace(weights=[net.weights[0], first.weights[1]])))
    last = first
    for _ in range(9_999):
        last = descend(last, last)
    moved = f"; gone back through output weights that have already moved, it is {early:.9f}"
    compare("worked-step", error_of(first), moved)
    compare("worked-10000", error_of(last), "; biases stay as they are")


def plot_gradient(found: Gradient) -> Figure:
    """Draw the derivatives of lecture A's net, two ways."""
    looks, places = plots.style.looks(["by hand", "TensorFlow"]), np.arange(len(found.by_hand))
    with plots.style.figure(11.0, 4.6) as figure:
        axes = figure.subplots()
        axes.bar(places, found.by_hand, color=looks["by hand"].color, alpha=0.6, label="by hand")
        color = looks["TensorFlow"].color
        axes.plot(places, found.autodiff, "x", color=color, markersize=10, label="TensorFlow")
        axes.set_xticks(places, two_layer_net.NAMES, rotation=45)
        axes.set(ylabel="derivative of the loss", title="Lecture A's net of two, two and two")
        axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
