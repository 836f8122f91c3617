"""Why do deep sigmoid nets not learn?

Topic: activations                    Time: seconds
Run:   python -m labs.vanishing_gradient
Quick: python -m labs.vanishing_gradient --quick
Try:   --hidden-layers 12    is the gradient of the first layer the square of what it was?
       --hidden-layers 2     is there anything left to mend?

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
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import LabConfig, Within, lab
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.normalization import KERAS_EPSILON

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

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

    hidden_layers: Annotated[int, Within(2, 16)] = 6
    """Hidden layers of 32 units."""
    seeds: Annotated[int, Within(2, 1_000)] = 10
    """Nets in each setting."""


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


def experiment(config: Config, record: RunRecord) -> None:
    """Measure the gradient of each layer before training, in many kinds of nets."""
    digits = data.load_digits()
    record.use_dataset(digits)
    probe = digits.train.take(np.arange(PROBE_ROWS))

    begun = {setting: measure(setting, config.hidden_layers, probe, config) for setting in SETTINGS}
    record.add_table("factors", list(explain_factors(begun)))
    judge_vanishing(record, begun, config)
    deeper = {
        setting: [measure(setting, depth, probe, config).shares for depth in DEPTHS]
        for fitting in FITTING
        for setting in (fitting, fitting._replace(batch_norm=True))
    }
    errors = [row["product"] / row["measured factor a layer"] - 1 for row in explain_factors(begun)]
    record.add_findings(
        "The factor a layer is √units times the weights' standard deviation times the slope σ': "
        "the "
        f"product is within {max(map(abs, errors)):.0%} of what is measured in all {len(errors)} "
        "nets without batch norm. He's start makes it 1 for ReLU, whose mean square slope is ½."
    )
    small = begun[SMALL_SIGMOID]
    told = ", ".join(f"{kind} {scipy.stats.gmean(deeper[kind][-1]):.2g}" for kind in FITTING)
    record.answer(
        f"Because each layer shortens the gradient: in {config.hidden_layers} sigmoid layers with "
        f"small random weights it is multiplied by {small.factors.mean():.3f} a layer, and the "
        f"first one gets {scipy.stats.gmean(small.shares):.1e} of the last one's. At {DEPTHS[-1]} "
        f"layers with fitting starts the shares are: {told}.",
        limits="Gradients before training, of nets of 32 units a layer; whether they learn is the "
        "question of labs.deep_nets.",
    )
    record.add_figure(
        "gradients",
        plot_gradients(begun),
        caption="Gradient norm in each layer before training, for four starts, three activations, "
        "without (above) and with batch norm (below).",
    )
    record.add_figure(
        "depths",
        plot_depths(deeper),
        caption="The first layer's gradient as a share of the last one's, by depth: solid without "
        "batch norm, dashed with it; bands hold all starts.",
    )


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
    """Measure the gradients of nets of so many hidden layers, before training."""
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
                "√units · sd of the weights": float(weights),
                "slope σ', root mean square": float(slope),
                "product": float(weights * slope),
                "measured factor a layer": float(scipy.stats.gmean(start.factors)),
            }


def judge_vanishing(record: RunRecord, begun: Mapping[Setting, Start], config: Config) -> None:
    """Judge that gradients vanish towards the input, and by which factor a layer."""
    sigmoid = begun[SIGMOID]
    record.judge(
        "A-vanishing",
        f"first layer's gradient {scipy.stats.gmean(sigmoid.shares):.1e} of the last one's",
        below=0.1,
        how=f"{config.hidden_layers} sigmoid layers, Xavier, {config.seeds} starts. The weights "
        "count as well: ReLU with weights of standard deviation .5 multiplies δ by "
        f"{begun[EXPLODING].factors.mean():.2f} a layer, although no derivative is above 1.",
        interval=stats.geometric_mean_interval(sigmoid.shares),
    )
    told, holds = [], []
    for start in STARTS:
        both = (begun[Setting(name, start)].factors for name in ("sigmoid", "relu"))
        slow, steady = map(stats.mean_interval, both)
        told.append(f"{np.mean(slow):.3f} and {np.mean(steady):.3f} ({start})")
        holds.append(slow.high < 0.5 < steady.low)
    record.judge(
        "C-sigmoid-vanishing",
        f"δ is multiplied a sigmoid and a ReLU layer by {', '.join(told)}",
        holds=holds,
        how="By initial weights, left open: a sigmoid has to take more than half, a ReLU less.",
    )


def plot_gradients(begun: Mapping[Setting, Start]) -> Figure:
    """Draw the gradient norm in each layer, a panel for each activation and kind of net."""
    with plots.style.figure(12.0, 7.6) as figure:
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        for (column, activation), row in product(enumerate(ACTIVATION_NAMES), (0, 1)):
            axes = panels[row, column]
            looks = plots.style.looks(STARTS)
            for start in STARTS:
                norms = begun[Setting(activation, start, bool(row))].norms
                layers = np.arange(1, norms.shape[1] + 1)
                axes.semilogy(layers, scipy.stats.gmean(norms), label=start, **looks[start].line)
            axes.set(title=f"{activation}, batch norm" if row else activation, xticks=layers)
        for axes in panels[1]:
            axes.set_xlabel("layer, from the input on")
        figure.supylabel("gradient norm before training")
        figure.suptitle("Gradients of deep nets by layer, activation and start")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, title="initial weights")
    return figure


def plot_depths(deeper: Mapping[Setting, list[np.ndarray]]) -> Figure:
    """Draw how the first layer's share changes with the depth, with and without batch norm."""
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(ACTIVATION_NAMES)
        for setting, shares in deeper.items():
            look = looks[setting.activation]
            line, means = "--" if setting.batch_norm else "-", scipy.stats.gmean(shares, axis=1)
            axes.semilogy(DEPTHS, means, linestyle=line, label=str(setting), **look.line)
            low, high = np.min(shares, axis=1), np.max(shares, axis=1)
            axes.fill_between(DEPTHS, low, high, color=look.color, alpha=0.15, linewidth=0)
        axes.axhline(1, color=plots.style.NEUTRAL, linewidth=1)
        axes.set(xlabel="hidden layers", ylabel="first layer's gradient / last one's")
        axes.set_xticks(DEPTHS)
        axes.set_title("What reaches the first layer, by depth")
        figure.legend(loc="outside lower center", ncols=3)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
