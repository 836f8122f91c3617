"""Where do gradients come from?

Run:   python -m labs.backpropagation           about 6 s on 2 cores
Smoke: python -m labs.backpropagation --quick   about 4 s

The lectures' chain rule, written out in NumPy for their own examples and for dense nets of
any depth, is set against TensorFlow's automatic differentiation and against finite
differences. And what do two wrong signs on a slide do to training?

Source: lectures A, B, D and E; each function in `models/by_hand` names its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import dense_net, two_layer_net
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.finite_differences import numerical_gradient
from models.by_hand.scalar_graph import Node

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

X, Y = np.array([0.5, -1.0]), np.array([1.0, 0.0])
"""The sample on which lecture A's net is differentiated."""
SAMPLES = 8
RATE = 0.2
RULES = {
    "right: ∂L/∂z₂ = p − y": lambda p, y: p - y,
    "slide: L without its minus": lambda p, y: y - p,
    "slide: ∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ)": lambda p, y: two_layer_net.output_errors(
        p, y, slide_softmax_derivatives(p)
    ),
}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 5, "steps": 50}

    seeds: int = 20
    """Nets with weights of their own that learn by each rule, at least 2."""
    steps: int = 200
    """Steps of gradient descent."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("seeds", self.seeds >= 2, "2 or more")
        # Climbing longer, the slide's loss would reach probabilities that round to 0.
        self.require("steps", 1 <= self.steps <= 500, "1 to 500")


class Gradient(NamedTuple):
    """One gradient, found in three ways, `(parameters,)` each."""

    by_hand: np.ndarray
    autodiff: np.ndarray
    finite: np.ndarray


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    net = two_layer_net.unflatten(np.random.default_rng(config.seed).normal(size=12))
    gradients = {
        "A: 2 sigmoid, 2 softmax": differentiate_two_layer_net(net),
        "B: hidden ReLU layer, MSE": differentiate_example(
            draw_example((4, 6, 1), SAMPLES, "relu", config.seed)
        ),
        "D: 3 sigmoid layers": differentiate_example(
            draw_example((4, 6, 5, 3), SAMPLES, "sigmoid", config.seed)
        ),
    }
    two_layer = gradients["A: 2 sigmoid, 2 softmax"]
    record.add_table("agreement", [compare(name, found) for name, found in gradients.items()])
    record.add_table("two-layer-net", list(list_gradient(two_layer)))
    record.add_claims(*check_two_layer_net(net, two_layer), *check_slide_signs(net, two_layer))
    record.add_claims(check_chain_rule(), *check_relu_net(config.seed), *check_graph())
    record.add_claims(*check_four_equations(config.seed), check_forward_steps(config.seed))

    losses = train_by_each_rule(config)
    record.add_findings(*conclude(gradients, losses))
    record.add_figures(signs=plot_signs(losses))


# --- Three ways to one gradient --------------------------------------------------------------


def autodiff(function: Any, *points: np.ndarray) -> list[np.ndarray]:
    """Return TensorFlow's gradient of a function by each of its arguments, in float64."""
    variables = [keras.Variable(point, dtype="float64").value for point in points]
    with tf.GradientTape() as tape:
        value = function(*variables)
    return [gradient.numpy() for gradient in tape.gradient(value, variables)]


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
        flat(two_layer_net.TwoLayerNet(*autodiff(tf_loss, *net))),
        numerical_gradient(loss, flat(net)),
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

    found = autodiff(cost, *added, *net.weights, *net.biases)
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


def list_gradient(found: Gradient) -> Iterator[dict[str, Any]]:
    """Give a row for each parameter of lecture A's net."""
    for name, *ways in zip(two_layer_net.NAMES, *found, strict=True):
        by_hand, tensorflow, finite = (round(float(value), 10) for value in ways)
        yield {"∂L/∂": name, "by hand": by_hand, "autodiff": tensorflow, "finite": finite}


# --- What the slides say ---------------------------------------------------------------------


def slide_softmax_derivatives(p: np.ndarray) -> np.ndarray:
    """Return ∂pᵢ/∂zⱼ as the slide has it, +pᵢ(1 − pᵢ) for j ≠ i too, `(2, 2)`."""
    return np.repeat((p * (1 - p))[:, None], 2, axis=1)


def check_two_layer_net(net: two_layer_net.TwoLayerNet, found: Gradient) -> Iterator[Claim]:
    """Check the size of lecture A's net and what its derivatives have in common."""
    layers = [keras.layers.Dense(2, "sigmoid"), keras.layers.Dense(2, "softmax")]
    yield results.judge(
        "A-12-parameters",
        "A sigmoid layer of 2 and a softmax layer of 2 on two inputs have 12 parameters.",
        published="12",
        measured=float(keras.Sequential([keras.Input((2,)), *layers]).count_params()),
        note="Counted by Keras: (2 + 1)·2 + (2 + 1)·2.",
    )
    h, p = two_layer_net.forward(net, X)
    yield results.judge_formula(
        "A-chain-rule-w112",
        "∂L/∂w₁,₁₂ adds up both ways from h₁ to the loss.",
        published="[(1) + (2)] ∂h₁/∂z₁,₁ ∂z₁,₁/∂w₁,₁₂",
        slide_value=two_layer_net.derivative_w112(
            net, X, h, p, Y, two_layer_net.softmax_derivatives(p)
        ),
        right_value=found.autodiff[two_layer_net.NAMES.index("w_1,12")],
        note="The slide leaves the factors as symbols, and so it is right. With its own "
        "∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ) it would give "
        f"{two_layer_net.derivative_w112(net, X, h, p, Y, slide_softmax_derivatives(p)):.4f}.",
    )
    errors = two_layer_net.output_errors(p, Y, two_layer_net.softmax_derivatives(p))
    yield results.judge_formula(
        "A-common-factors",
        "The backward pass computes the common factors ∂L/∂z once and reuses them.",
        published="∂L/∂p ∂p/∂z, in the derivatives by w₂,₂₁ and by w₁,₁₂ alike",
        slide_value=two_layer_net.flatten(two_layer_net.backward(net, X, h, errors)),
        right_value=found.autodiff,
        note="All 12 derivatives from 4 errors ∂L/∂z, each used three times: for two weights and "
        "a bias. The right values are TensorFlow's.",
    )


def check_slide_signs(net: two_layer_net.TwoLayerNet, found: Gradient) -> Iterator[Claim]:
    """Evaluate the formulas of lecture A in which a sign is wrong."""
    h, p = two_layer_net.forward(net, X)
    yield results.judge_formula(
        "A-loss-sign",
        "The cross-entropy of two classes.",
        published="L = y₁ log p₁ + y₂ log p₂",
        slide_value=float(Y @ np.log(p)),
        right_value=float(keras.losses.categorical_crossentropy(Y, p)),
        note="The right value is Keras's. The slide's minus sign is missing: its L is 0 or less "
        "and its descent makes the prediction worse. Its own ∂L/∂p₁ = −y₁/p₁ has the minus.",
    )
    right = autodiff(lambda z: tf.nn.softmax(z)[0], net.w2 @ h + net.b2)[0][1]
    yield results.judge_formula(
        "A-softmax-derivative",
        "The derivative ∂p₁/∂z₂,₂ of the softmax.",
        published="p₁(1 − p₁)",
        slide_value=slide_softmax_derivatives(p)[0, 1],
        right_value=right,
        note="The right value is TensorFlow's and equals −p₁p₂: if z₂ grows, p₁ falls. "
        "p(1 − p) holds for a probability and its own z only.",
    )
    yield results.judge_formula(
        "A-chain-rule-w221",
        "∂L/∂w₂,₂₁ with the derivatives put in.",
        published="(−y₁/p₁ · p₁(1 − p₁) − y₂/p₂ · p₂(1 − p₂)) · h₁",
        slide_value=two_layer_net.derivative_w221(h, p, Y, slide_softmax_derivatives(p)),
        right_value=found.autodiff[two_layer_net.NAMES.index("w_2,21")],
        note="The right value is TensorFlow's and equals (p₂ − y₂) h₁. ∂p₁/∂z₂,₂ is −p₁p₂, so "
        "the first term has the wrong sign; the chain rule in the line above it is right.",
    )


def check_chain_rule() -> Claim:
    """Check lecture B's example of the chain rule."""
    points = [(1.0, 2.0), (-0.5, 3.0), (2.0, -4.0)]
    right = [autodiff(lambda x, y: (2 * x + y) ** 2, *map(np.array, point))[0] for point in points]
    graph = []
    for point in points:
        x, y = Node(point[0]), Node(point[1])
        (Node(2.0) * x + y).square().backward()
        graph.append(x.derivative)
    return results.judge_formula(
        "B-chain-rule",
        "The derivative of z = (2x + y)² by x, from ∂z/∂t = 2t and ∂t/∂x = 2.",
        published="8x + 4y",
        slide_value=[8 * x + 4 * y for x, y in points],
        right_value=right,
        note=f"At (x, y) = {points} against TensorFlow; our graph of numbers gives {graph}.",
    )


def check_relu_net(seed: int) -> Iterator[Claim]:
    """Check lecture B's derivative of a net with one hidden ReLU layer."""
    example = draw_example((2, 3, 1), 4, "relu", seed)
    (w1, w2), samples = example.net.weights, example.x.shape[1]
    passed = dense_net.forward(example.net, example.x)
    error = passed.a[-1][0] - example.y[0]
    relu_slope = passed.z[0] > 0
    errors, weights, _ = autodiff_example(example)
    yield results.judge_formula(
        "B-relu-net",
        "The gradient of a weight into a hidden ReLU unit, for the mean squared error.",
        published="(1/N) Σ 2(y − t) · Identity'(n) · w²ₘ · ReLU'(nₘ) · xₙ",
        slide_value=np.einsum("i,m,mi,ni->mn", 2 * error, w2[0], relu_slope, example.x) / samples,
        right_value=weights[0],
        note=f"{w1.size} weights, {samples} samples, against TensorFlow; the sum covers the whole "
        "product.",
    )
    yield results.judge_formula(
        "B-error-derivative",
        "The derivative of the mean squared error by a prediction, as listed among the factors.",
        published="∂J/∂y = (1/N) Σ 2(y − t)",
        slide_value=np.full(samples, np.mean(2 * error)),
        right_value=errors[-1][0],
        note="The right values, one for each prediction, are TensorFlow's: 2(y − t)/N without a "
        "sum. The sum over samples comes in front of the whole chain, as in the formula above "
        "it; summed here already it would be right for N = 1 only.",
    )


def check_graph() -> Iterator[Claim]:
    """Check lecture E's graph f = (x + y)z at (−2, 5, −4)."""
    x, y, z = Node(-2.0), Node(5.0), Node(-4.0)
    q = x + y
    f = q * z
    f.backward()
    right = autodiff(lambda x, y, z: (x + y) * z, *map(np.array, (-2.0, 5.0, -4.0)))
    values = {
        "q": ("Forward, q = x + y", "3", q.value),
        "f": ("Forward, f = qz", "-12", f.value),
        "x": ("Backward, ∂f/∂x", "-4", x.derivative),
        "y": ("Backward, ∂f/∂y", "-4", y.derivative),
        "z": ("Backward, ∂f/∂z", "3", z.derivative),
    }
    for name, (statement, published, value) in values.items():
        yield results.judge(
            f"E-graph-{name}",
            f"{statement} at x = −2, y = 5, z = −4.",
            published=published,
            measured=value,
            note="Node of our graph of numbers; TensorFlow's derivatives by x, y and z are "
            f"{', '.join(f'{float(derivative):g}' for derivative in right)}.",
        )


def check_four_equations(seed: int) -> Iterator[Claim]:
    """Check each of lecture D's equations in a net of three sigmoid layers of two."""
    example = draw_example((2, 2, 2, 2), 1, "sigmoid", seed)
    passed = dense_net.forward(example.net, example.x)
    found = dense_net.backward(example.net, passed, example.output_gradient(passed))
    errors, weights, biases = autodiff_example(example)
    equations = {
        "1": (
            "The error of the output layer.",
            "δᴸ = ∇ₐC ⊙ σ'(zᴸ)",
            found.errors[-1:],
            errors[-1:],
        ),
        "2": (
            "The error of a layer from that of the next one.",
            "δˡ = (Wˡ⁺¹ᵀ δˡ⁺¹) ⊙ σ'(zˡ)",
            found.errors[:-1],
            errors[:-1],
        ),
        "3": ("The gradient of a bias is the error.", "∂C/∂b = δ", found.biases, biases),
        "4": ("The gradient of a weight.", "∂C/∂wⱼₖ = aₖ δⱼ", found.weights, weights),
    }
    for number, (statement, published, by_hand, right) in equations.items():
        yield results.judge_formula(
            f"D-equation-{number}",
            statement,
            published=published,
            slide_value=join(by_hand),
            right_value=join(right),
            note="In all layers, for one sample and half the squared error, against TensorFlow.",
        )


def check_forward_steps(seed: int) -> Claim:
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
    return results.judge_formula(
        "E-forward-steps",
        "Initial weights, weighted sum, activation, output, on to the next layer, until the net's "
        "output.",
        published="six steps",
        slide_value=a,
        right_value=net(x).numpy()[0],
        note="Two ReLU layers and a sigmoid one, step by step in NumPy, against Keras.",
    )


# --- What wrong signs do ---------------------------------------------------------------------


def train_by_each_rule(config: Config) -> dict[str, np.ndarray]:
    """Let lecture A's net learn AND by the right gradient and by the slide's two others.

    Returns:
        For each rule the true cross-entropy, the mean over the four rows, after 0, 1, 2 ...
        steps of gradient descent, `(seeds, steps + 1)`.
    """
    inputs = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    truth = np.eye(2)[[0, 0, 0, 1]]
    generators = [np.random.default_rng([config.seed, number]) for number in range(config.seeds)]
    nets = [two_layer_net.unflatten(generator.normal(size=12)) for generator in generators]
    return {
        rule: np.array(
            [
                two_layer_net.descend(net, inputs, truth, errors_of, RATE, config.steps)
                for net in nets
            ]
        )
        for rule, errors_of in RULES.items()
    }


def conclude(gradients: dict[str, Gradient], losses: dict[str, np.ndarray]) -> Iterator[str]:
    """Say what was found, with its numbers."""
    rows = [compare(name, found) for name, found in gradients.items()]
    yield (
        "The chain rule by hand gives TensorFlow's gradients to "
        f"{max(row['by hand − autodiff'] for row in rows):.0e} and finite differences to "
        f"{max(row['by hand − finite'] for row in rows):.0e} of the largest derivative."
    )
    for rule, found in losses.items():
        start, end = found[:, 0], found[:, -1]
        low, high = results.mean_interval(end - start)
        yield (
            f"{rule}: the loss of lecture A's net on AND goes from {start.mean():.3f} to "
            f"{end.mean():.3f} in {found.shape[1] - 1} steps (95% interval of the change over "
            f"{len(found)} seeds {low:+.3f} to {high:+.3f})."
        )


# --- Pictures --------------------------------------------------------------------------------


def plot_signs(losses: dict[str, np.ndarray]) -> Figure:
    """Draw the loss by each rule: the mean over seeds, and a band for most of them."""
    with results.style.figure() as figure:
        axes = figure.subplots()
        for index, (rule, found) in enumerate(losses.items()):
            color, steps = results.style.COLORS[index], np.arange(found.shape[1])
            low, high = np.quantile(found, [0.1, 0.9], axis=0)
            axes.fill_between(steps, low, high, color=color, alpha=0.15, linewidth=0)
            axes.semilogy(
                steps,
                found.mean(axis=0),
                color=color,
                marker=results.style.MARKERS[index],
                markevery=max(1, len(steps) // 8),
                label=rule,
            )
        axes.set(xlabel="steps of gradient descent", ylabel="cross-entropy on AND (nats)")
        axes.set_title("With the slide's signs the net does not learn (band: 80% of the seeds)")
        axes.legend()
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
