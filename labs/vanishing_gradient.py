"""Why do deep sigmoid nets not learn?

Run:   python -m labs.vanishing_gradient           about 9 s on 2 cores
Smoke: python -m labs.vanishing_gradient --quick   about 8 s

On its way back to the input a gradient is multiplied once a layer. This lab measures its norm
in each layer before training, for several activations and initial weights, with and without
batch normalization, and says what the factor is made of.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture E, 2022-1
교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.normalization import KERAS_EPSILON

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
tf = lazy_loader.load("tensorflow")

UNITS = 32
PROBE_ROWS = 200
DEPTHS = (2, 4, 8, 16)
ACTIVATION_NAMES = ("sigmoid", "tanh", "relu")
STARTS: Mapping[str, Callable[[int, int], float]] = {
    "random": lambda inputs, outputs: 0.05,  # Keras's for "random_normal".
    "Xavier": lambda inputs, outputs: np.sqrt(2 / (inputs + outputs)),
    "He": lambda inputs, outputs: np.sqrt(2 / inputs),
    "large": lambda inputs, outputs: 0.5,
}
"""Standard deviation of a hidden layer's initial weights, from its inputs and outputs."""


class Setting(NamedTuple):
    """Activation, start and kind of the hidden layers."""

    activation: str
    start: str
    batch_norm: bool = False

    def __str__(self) -> str:
        return ", ".join([self.activation, self.start, *(["batch norm"] * self.batch_norm)])


SETTINGS = [Setting(*s) for s in product(ACTIVATION_NAMES, STARTS, (False, True))]
SMALL_SIGMOID, SIGMOID = Setting("sigmoid", "random"), Setting("sigmoid", "Xavier")
TANH, RELU = Setting("tanh", "Xavier"), Setting("relu", "He")
EXPLODING = Setting("relu", "large")
FITTING = (SIGMOID, TANH, RELU)
"""Each activation with the start that was made for it."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3}

    hidden_layers: int = 6
    """Hidden layers of 32 units."""
    seeds: int = 10
    """Nets in each setting, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("hidden_layers", 2 <= self.hidden_layers <= 16, "2 to 16")
        self.require("seeds", 2 <= self.seeds <= 1_000, "2 to 1000")


class Start(NamedTuple):
    """What the gradient is before training.

    Attributes:
        norms: Its norm in each layer's weights, `(seeds, layers)`.
        factors: By what δ is multiplied from one hidden layer to the one before it, the
            geometric mean over the layers, `(seeds,)`.
        slopes: The activation's slope σ'(z), root mean square over units and rows,
            geometric mean over the layers, `(seeds,)`.
    """

    norms: np.ndarray
    factors: np.ndarray
    slopes: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The first layer's norm over the last one's, `(seeds,)`."""
        return self.norms[:, 0] / self.norms[:, -1]


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    digits = data.load_digits()
    record.use_dataset(digits)
    probe = digits.train.take(np.arange(PROBE_ROWS))

    begun = {setting: measure(setting, config.hidden_layers, probe, config) for setting in SETTINGS}
    record.add_table("factors", list(explain_factors(begun)))
    record.add_claims(*check_vanishing(begun, config), *check_variances(config))
    deeper = {
        setting: [measure(setting, depth, probe, config).shares for depth in DEPTHS]
        for fitting in FITTING
        for setting in (fitting, fitting._replace(batch_norm=True))
    }
    record.add_findings(*conclude(begun, deeper, config))
    record.add_figures(gradients=plot_gradients(begun), depths=plot_depths(deeper))


def draw_weights(start: str, depth: int, config: Config) -> list[np.ndarray]:
    """Draw the initial weights of each layer for all seeds, `(seeds, inputs, outputs)`.

    The nets of a seed differ between starts in the scale of their hidden weights only.
    """
    generators = [np.random.default_rng([config.seed, number]) for number in range(config.seeds)]
    names = [start] * depth + ["Xavier"]
    sizes = pairwise([28 * 28, *[UNITS] * depth, 10])
    return [
        STARTS[name](*size) * np.array([generator.normal(size=size) for generator in generators])
        for name, size in zip(names, sizes, strict=True)
    ]


def differentiate(
    weights: list[np.ndarray], setting: Setting, probe: data.Part
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Differentiate the mean cross-entropy of a probe batch, for all nets at once.

    Returns:
        The gradients by each layer's weights, `(nets, inputs, outputs)`; those by each hidden
        layer's weighted sums, the errors δ; what goes into each activation. The last two
        are `(nets, rows, units)`.
    """
    activation = keras.activations.get(setting.activation)
    kernels = [tf.constant(kernel) for kernel in weights]
    output = tf.constant(probe.x.reshape(1, len(probe), -1) / 255)
    labels = np.tile(probe.y, (len(weights[0]), 1))
    sums, activated = [], []
    with tf.GradientTape() as tape:
        tape.watch(kernels)
        for kernel in kernels[:-1]:
            z = output @ kernel
            sums.append(z)
            if setting.batch_norm:
                mean, variance = tf.nn.moments(z, axes=1, keepdims=True)
                z = (z - mean) / tf.sqrt(variance + KERAS_EPSILON)
            activated.append(z)
            output = activation(z)
        entropies = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, output @ kernels[-1])
        loss = tf.reduce_sum(tf.reduce_mean(entropies, axis=1))  # Each net has its own in it.
    by_weights, by_sums = tape.gradient(loss, (kernels, sums))
    return [g.numpy() for g in by_weights], [g.numpy() for g in by_sums], activated


def measure(setting: Setting, depth: int, probe: data.Part, config: Config) -> Start:
    """Measure the gradients of nets of so many hidden layers, 2 or more, before training."""
    weights = draw_weights(setting.start, depth, config)
    gradients, errors, activated = differentiate(weights, setting, probe)
    first, last = (np.linalg.norm(errors[layer], axis=(1, 2)) for layer in (0, -1))
    derivative = ACTIVATIONS[setting.activation].derivative
    # The last hidden layer's slope is in its own δ already.
    slopes = [np.sqrt((derivative(z) ** 2).mean(axis=(1, 2))) for z in activated[:-1]]
    return Start(
        np.array([np.linalg.norm(gradient, axis=(1, 2)) for gradient in gradients]).T,
        (first / last) ** (1 / (depth - 1)),
        scipy.stats.gmean(slopes),
    )


def explain_factors(begun: Mapping[Setting, Start]) -> Iterator[dict[str, Any]]:
    """Give a row for each setting without batch norm: the factor, and what it is made of.

    In δˡ = (Wˡ⁺¹ᵀ δˡ⁺¹) ⊙ σ'(zˡ) random weights multiply the length of δ by √units times
    their standard deviation, the slopes by their root mean square.
    """
    for setting, start in begun.items():
        if not setting.batch_norm:
            weights = np.sqrt(UNITS) * STARTS[setting.start](UNITS, UNITS)
            slope = scipy.stats.gmean(start.slopes)
            yield {
                "net": str(setting),
                "√units · sd of the weights": round(float(weights), 3),
                "slope σ', root mean square": round(float(slope), 3),
                "product": round(float(weights * slope), 3),
                "measured factor a layer": round(float(scipy.stats.gmean(start.factors)), 3),
            }


def check_vanishing(begun: Mapping[Setting, Start], config: Config) -> Iterator[Claim]:
    """Check that gradients vanish towards the input, and by which factor a layer."""
    sigmoid, relu = begun[SIGMOID], begun[RELU]
    share = scipy.stats.gmean(sigmoid.shares)
    interval = results.geometric_mean_interval(sigmoid.shares)
    yield results.judge_statement(
        "A-vanishing",
        "The gradient becomes smaller layer by layer on its way back, as an activation's "
        "derivative is below 1.",
        holds=interval.high < 0.1,
        measured=f"first layer's gradient {share:.1e} of the last one's",
        note=f"{config.hidden_layers} sigmoid layers, Xavier, {config.seeds} starts. The weights "
        "count as well: ReLU with weights of standard deviation .5 multiplies δ by "
        f"{begun[EXPLODING].factors.mean():.2f} a layer, although no derivative is above 1.",
        interval=interval,
    )
    slow, steady = results.mean_interval(sigmoid.factors), results.mean_interval(relu.factors)
    yield results.judge_statement(
        "C-sigmoid-vanishing",
        "Sigmoid's gradient vanishes, ReLU's does not.",
        holds=slow.high < 0.5 < steady.low,
        measured=f"δ is multiplied by {sigmoid.factors.mean():.3f} a sigmoid layer, by "
        f"{relu.factors.mean():.3f} a ReLU layer",
        note="Sigmoid with Xavier's weights, ReLU with He's. The derivative of a sigmoid is .25 at "
        "most, that of a ReLU 0 or 1.",
        interval=slow,
    )


def check_variances(config: Config) -> Iterator[Claim]:
    """Check the spread of the named initializations against Keras's samples."""
    inputs, outputs = 800, 500
    named = {
        "Xavier": ("√(2/(inputs + outputs))", keras.initializers.GlorotNormal(seed=config.seed)),
        "He": ("√(2/inputs)", keras.initializers.HeNormal(seed=config.seed)),
    }
    for start, (formula, initializer) in named.items():
        by_formula = STARTS[start](inputs, outputs)
        sample = float(np.std(keras.ops.convert_to_numpy(initializer((inputs, outputs)))))
        yield results.judge_statement(
            f"E-initialization-{start.lower()}",
            f"{start} initialization: normal weights of standard deviation {formula}.",
            published="by name",
            holds=abs(sample / by_formula - 1) < 0.01,
            measured=f"{sample:.5f}, by the formula {by_formula:.5f}",
            note=f"Standard deviation of {inputs * outputs:,} weights of Keras's initializer, to "
            "1%; the papers are Glorot and Bengio (2010) and He et al. (2015).",
        )


def conclude(
    begun: Mapping[Setting, Start], deeper: Mapping[Setting, list[np.ndarray]], config: Config
) -> Iterator[str]:
    """Say what was found, with its numbers."""
    small = begun[SMALL_SIGMOID]
    yield (
        f"In {config.hidden_layers} sigmoid layers with small random weights the first layer's "
        f"gradient is {scipy.stats.gmean(small.shares):.1e} of the last one's: each layer "
        f"multiplies δ by {small.factors.mean():.3f}."
    )
    errors = [row["product"] / row["measured factor a layer"] - 1 for row in explain_factors(begun)]
    yield (
        "That factor is √units times the weights' standard deviation times the slope σ': the "
        f"product is within {max(map(abs, errors)):.0%} of what is measured in all {len(errors)} "
        "nets without batch norm. He's start makes it 1 for ReLU, whose mean square slope is ½."
    )
    shares = ", ".join(
        f"{setting} {scipy.stats.gmean(at_depths[-1]):.2g}" for setting, at_depths in deeper.items()
    )
    yield f"The first layer's share of the last one's gradient at {DEPTHS[-1]} layers: {shares}."


def plot_gradients(begun: Mapping[Setting, Start]) -> Figure:
    """Draw the gradient norm in each layer, a panel for each activation and kind of net."""
    with results.style.figure(12.0, 7.6) as figure:
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        for (column, activation), row in product(enumerate(ACTIVATION_NAMES), (0, 1)):
            axes = panels[row, column]
            for index, start in enumerate(STARTS):
                norms = begun[Setting(activation, start, bool(row))].norms
                layers = np.arange(1, norms.shape[1] + 1)
                axes.semilogy(
                    layers,
                    scipy.stats.gmean(norms),
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    label=start,
                )
            axes.set_title(f"{activation}, batch norm" if row else activation)
            axes.set_xticks(layers)
        for axes in panels[1]:
            axes.set_xlabel("layer, from the input on")
        figure.supylabel("gradient norm before training")
        figure.suptitle(
            "Sigmoid's gradient vanishes towards the input from every start without batch norm"
        )
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, title="initial weights")
    return figure


def plot_depths(deeper: Mapping[Setting, list[np.ndarray]]) -> Figure:
    """Draw how the first layer's share changes with the depth, with and without batch norm."""
    with results.style.figure() as figure:
        axes = figure.subplots()
        for number, (setting, shares) in enumerate(deeper.items()):
            index = number // 2
            color = results.style.COLORS[index]
            axes.semilogy(
                DEPTHS,
                scipy.stats.gmean(shares, axis=1),
                color=color,
                marker=results.style.MARKERS[index],
                linestyle="--" if setting.batch_norm else "-",
                label=str(setting),
            )
            low, high = np.min(shares, axis=1), np.max(shares, axis=1)
            axes.fill_between(DEPTHS, low, high, color=color, alpha=0.15, linewidth=0)
        axes.axhline(1, color=results.style.NEUTRAL, linewidth=1)
        axes.set(xlabel="hidden layers", ylabel="first layer's gradient / last one's")
        axes.set_xticks(DEPTHS)
        axes.set_title("The deeper the sigmoid net, the less reaches the first layer")
        figure.legend(loc="outside lower center", ncols=3)
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
