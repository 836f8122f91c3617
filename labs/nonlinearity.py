"""What does the non-linearity add?

Run:   python -m labs.nonlinearity           about 13 s on 2 cores
Smoke: python -m labs.nonlinearity --quick   about 9 s

The same net is trained on two crescents with no activation, with the sigmoid and with the step
function. Linear layers, however many, are one linear layer, and a step has no slope to follow.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI; lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab; lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.progress import track

import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import activations
from models.by_hand.perceptron import step

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (8, 8)
ONE, LINEAR = "one linear layer", "three linear layers"
SIGMOID, STEP = "three layers, sigmoid", "three layers, step"
ROWS = 600
STAIRCASE_ROWS = 30
SAME_ACCURACY = 0.02
"""Accuracies as near as this count as the same: 6 of 300 test rows."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 70, "seeds": 5}

    epochs: int = 200
    """Passes over 300 training rows."""
    batch_size: int = 40
    """Rows a step of Adam."""
    seeds: int = 20
    """Nets of each kind, at least 2."""
    learning_rate: float = 0.05
    """Rate of Adam."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("batch_size", self.batch_size >= 1, "1 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("learning_rate", 0 < self.learning_rate <= 1, "above 0, at most 1")


@dataclass(frozen=True)
class Trained:
    """Nets of one kind over the seeds.

    Attributes:
        start: Weights before training, for each seed as `get_weights()` orders them.
        replicas: The trained nets.
        test: Test accuracy of each, `(seeds,)`.
    """

    start: list[list[np.ndarray]]
    replicas: models.Replicas
    test: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        """Training loss, `(seeds, epochs)`."""
        return self.replicas.history["loss"]

    @property
    def largest_move(self) -> float:
        """Return how far the weight that training moved most has come."""
        return max(
            float(np.abs(end - start).max())
            for replica, weights in enumerate(self.start)
            for start, end in zip(weights, self.replicas.weights(replica), strict=True)
        )


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    moons = draw_moons(config)
    record.use_dataset(moons)
    kinds: dict[str, tuple[tuple[int, ...], Any, Any]] = {
        ONE: ((), "linear", "sigmoid"),
        LINEAR: (HIDDEN_UNITS, "linear", "sigmoid"),
        SIGMOID: (HIDDEN_UNITS, "sigmoid", "sigmoid"),
        STEP: (HIDDEN_UNITS, step_tensor, step_tensor),
    }
    nets = {
        kind: train(moons, config, *layers)
        for kind, layers in track(kinds.items(), "Nets of four kinds")
    }
    for kind, trained in nets.items():
        first = {name: values[0] for name, values in trained.replicas.history.items()}
        record.save_history(kind.replace(",", "").replace(" ", "-").lower(), first)
    record.add_table("training", [describe_trained(*item) for item in nets.items()])
    record.add_claims(
        check_linear_cube(), *check_linear_stack(moons, nets), check_step(nets[STEP], nets[SIGMOID])
    )
    record.add_findings(conclude(nets))
    record.add_figures(boundaries=plot_boundaries(moons, nets), step=plot_step(moons, nets))


def draw_moons(config: Config) -> Dataset:
    """Draw two crescents that reach into each other, half of the rows for the test."""
    x, y = sklearn.datasets.make_moons(ROWS, noise=0.1, random_state=config.seed)
    half = ROWS // 2  # The rows come shuffled.
    x = x.astype(np.float32)
    return data.Dataset(
        name="two moons, drawn",
        train=data.Part(x[:half], y[:half]),
        test=data.Part(x[half:], y[half:]),
        class_names=("upper", "lower"),
        source=f"sklearn.datasets.make_moons of scikit-learn {sklearn.__version__}, noise 0.1, "
        f"sha256 {data.fingerprint(x, y)}",
        feature_names=("x1", "x2"),
    )


def step_tensor(z: Any) -> Any:
    """Return 1 where z > 0 and 0 where z < 0, as a tensor whose gradient is 0."""
    return (1 + keras.ops.sign(z)) / 2


def train(
    moons: Dataset, config: Config, hidden: tuple[int, ...], activation: Any, output: Any
) -> Trained:
    """Train nets of one kind, all by squared error, which suits the step function too."""

    def build(seed: int, x_train: np.ndarray) -> keras.Model:
        layers = [*((units, activation) for units in hidden), (1, output)]
        seeds = np.random.SeedSequence(seed).generate_state(len(layers))
        net = keras.Sequential([keras.Input(x_train.shape[1:])])
        for (units, function), layer_seed in zip(layers, seeds, strict=True):
            kernel = keras.initializers.GlorotUniform(seed=int(layer_seed))
            net.add(keras.layers.Dense(units, activation=function, kernel_initializer=kernel))
        adam = keras.optimizers.Adam(config.learning_rate)
        net.compile(adam, loss="mean_squared_error")
        return net

    seeds = range(config.seed, config.seed + config.seeds)
    start = [build(seed, moons.train.x).get_weights() for seed in seeds]
    replicas = models.fit_replicas(
        build,
        moons.train.x,
        moons.train.y[:, None],
        seeds=seeds,
        epochs=config.epochs,
        batch_size=config.batch_size,
    )
    right = (replicas.predict(moons.test.x)[..., 0] >= 0.5) == moons.test.y
    return Trained(start, replicas, right.mean(axis=1))


def describe_trained(kind: str, nets: Trained) -> dict[str, Any]:
    """Give a kind's row of the table."""
    low, high = results.mean_interval(nets.test)
    return {
        "net": kind,
        "seeds": len(nets.test),
        "parameters": sum(weights.size for weights in nets.start[0]),
        "loss, first epoch": round(float(nets.loss[:, 0].mean()), 4),
        "loss, last epoch": round(float(nets.loss[:, -1].mean()), 4),
        "test accuracy": round(float(nets.test.mean()), 4),
        "95% interval of the mean": [round(low, 4), round(high, 4)],
        "largest move of a weight": round(nets.largest_move, 4),
    }


def check_linear_cube() -> Claim:
    """Check that three linear layers h(x) = cx are y = c³x."""
    c, x = 1.5, np.array([[-3.0], [-0.5], [0.5], [3.0]])
    layers = [keras.layers.Dense(1, use_bias=False) for _ in range(3)]
    net = keras.Sequential([keras.Input((1,)), *layers])
    net.set_weights([np.array([[c]])] * 3)
    return results.judge_formula(
        "E-linear-cube",
        "Three layers with h(x) = cx are y = c³x, one layer.",
        published="y(x) = h(h(h(x))) = ax, a = c³",
        slide_value=c**3 * x[:, 0],
        right_value=net.predict(x, verbose=0)[:, 0],
        note=f"c = {c}, at {x[:, 0].tolist()}, against a Keras net of three Dense layers.",
    )


def check_linear_stack(moons: Dataset, nets: Mapping[str, Trained]) -> Iterator[Claim]:
    """Check that linear layers are one linear layer, by their weights and by what they learn."""
    deep = nets[LINEAR].replicas
    collapsed = []
    for replica in range(len(deep)):
        weights = deep.weights(replica)
        kernel, bias = activations.collapse(weights[::2], weights[1::2])
        collapsed.append(activations.logistic(moons.test.x @ kernel + bias))
    off = float(np.abs(deep.predict(moons.test.x) - np.array(collapsed)).max())
    yield results.judge_statement(
        "D-linear-map",
        "Without activations a deep net is one linear map.",
        holds=off < 1e-5,
        measured=f"three layers and the product of their matrices differ by {off:.0e} at most",
        note=f"{len(deep)} trained nets, {len(moons.test)} test rows, probabilities in float32.",
    )
    gain = nets[LINEAR].test - nets[ONE].test
    low, high = results.mean_interval(gain)
    bent = float((nets[SIGMOID].test - nets[ONE].test).mean())
    yield results.judge_statement(
        "C-linear-stack",
        "If all neurons are linear, the whole is a linear regression.",
        holds=low > -SAME_ACCURACY and high < SAME_ACCURACY < bent,
        measured=f"three linear layers score {gain.mean():+.4f} against one ({low:+.4f} to "
        f"{high:+.4f}), three with sigmoids {bent:+.4f}",
        note=f"Test accuracy on two crescents, mean over {len(gain)} seeds with its 95% interval; "
        f"less than {SAME_ACCURACY} counts as the same.",
        interval=results.Interval(low, high),
    )


def check_step(stepped: Trained, sigmoid: Trained) -> Claim:
    """Check that gradients train sigmoids and no step functions."""
    learned = results.mean_interval(sigmoid.test)
    falls = bool((sigmoid.loss[:, -1] < sigmoid.loss[:, 0]).all())
    return results.judge_statement(
        "D-step-function",
        "A step function cannot be trained by gradients, a sigmoid can.",
        holds=stepped.largest_move == 0 and falls and learned.low > stepped.test.mean(),
        measured=f"largest move of a weight {stepped.largest_move:g} and "
        f"{sigmoid.largest_move:.3g}; test accuracy {stepped.test.mean():.3f} and "
        f"{sigmoid.test.mean():.3f} ({learned.low:.3f} to {learned.high:.3f})",
        note=f"Nets of 8, 8 and 1 units, {len(stepped.test)} seeds each. The slope of a step is 0 "
        "wherever it exists, so no weight ever moves.",
        interval=learned,
    )


def conclude(nets: Mapping[str, Trained]) -> str:
    """Say what weights are worth without a non-linearity."""
    return (
        "Parameters and training loss in the end: "
        + "; ".join(
            f"{kind} {sum(weights.size for weights in trained.start[0])} and "
            f"{trained.loss[:, -1].mean():.3f}"
            for kind, trained in nets.items()
        )
        + "."
    )


def loss_along_a_weight(
    moons: Dataset, neuron: list[np.ndarray], function: activations.Function, values: np.ndarray
) -> np.ndarray:
    """Return the loss of one neuron on a few rows for each value of its first weight.

    Args:
        moons: The data, whose first training rows are taken: few, so that steps are seen.
        neuron: Kernel `(2, 1)` and bias `(1,)`, as Keras keeps them.
        function: Its activation.
        values: Of the first weight, `(values,)`; the second and the bias are held.
    """
    (_, second), bias = neuron[0][:, 0], neuron[1][0]
    x, y = moons.train.x[:STAIRCASE_ROWS], moons.train.y[:STAIRCASE_ROWS]
    net = values[:, None] * x[:, 0] + second * x[:, 1] + bias
    return ((function(net) - y) ** 2).mean(axis=1)


def plot_boundaries(moons: Dataset, nets: Mapping[str, Trained]) -> Figure:
    """Draw where the first net of each kind divides the plane."""
    line = np.linspace(-1.6, 2.6, 200)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype(np.float32)
    with results.style.figure(12.0, 4.8) as figure:
        figure.suptitle("Linear layers, however many, draw one straight line")
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        for axes, kind in zip(panels, (ONE, LINEAR, SIGMOID), strict=True):
            shape = nets[kind].replicas.predict(plane)[0, :, 0].reshape(len(line), len(line))
            axes.contourf(line, line, shape, levels=[0.5, 1.01], colors=[results.style.AREA])
            axes.contour(line, line, shape, levels=[0.5], colors=[results.style.NEUTRAL])
            for label, name in enumerate(moons.class_names):
                rows = moons.test.x[moons.test.y == label]
                marker = results.style.MARKERS[label]
                axes.scatter(*rows.T, s=14, marker=marker, label=f"{name} crescent")
            axes.set_title(f"{kind}: {nets[kind].test[0]:.1%} right", fontsize=13)
            axes.set(xlabel="x₁", ylim=(-1.2, 1.7), xlim=(-1.6, 2.6))
        panels[0].set_ylabel("x₂")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def plot_step(moons: Dataset, nets: Mapping[str, Trained]) -> Figure:
    """Draw the loss against one weight, and over training, with step and with sigmoid."""
    functions: dict[str, activations.Function] = {STEP: step, SIGMOID: activations.logistic}
    neuron = nets[ONE].replicas.weights(0)
    values = neuron[0][0, 0] + np.linspace(-15, 15, 3_001)
    with results.style.figure() as figure:
        figure.suptitle("A staircase has no slope to follow, a sigmoid has")
        along, over = figure.subplots(1, 2)
        for index, (kind, function) in enumerate(functions.items()):
            color, linestyle = results.style.COLORS[1 - index], ("--", "-")[index]
            drawing = {"color": color, "linestyle": linestyle}
            name = kind.removeprefix("three layers, ")
            losses = loss_along_a_weight(moons, neuron, function, values)
            along.plot(values, losses, **drawing)
            epochs = np.arange(1, nets[kind].loss.shape[1] + 1)
            over.plot(epochs, nets[kind].loss.mean(axis=0), label=name, **drawing)
            low, high = np.quantile(nets[kind].loss, [0.1, 0.9], axis=0)
            over.fill_between(epochs, low, high, color=color, alpha=0.2, linewidth=0)
        along.set(xlabel="first weight", ylabel="mean squared error")
        over.set(xlabel="epoch", ylabel="mean squared error", ylim=(0, None))
        along.set_title(f"one neuron, {STAIRCASE_ROWS} rows", fontsize=13)
        over.set_title("three layers: mean, and the middle 80% of nets", fontsize=13)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
