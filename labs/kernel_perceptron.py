"""How does one perceptron bend its line?

Topic: one neuron and its limits      Time: seconds
Run:   python -m labs.kernel_perceptron
Quick: python -m labs.kernel_perceptron --quick
Try:   --width 0.05    what does a very narrow kernel do away from the training rows?
       --width 5       and a very wide one?

A perceptron draws a line. Given powers and products of its inputs it draws a line among those,
which is a curve among the inputs; a kernel does the same without writing the terms down. Both are
tried on two crescents that no line divides, beside a small multilayer perceptron.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; Aizerman et al.
(1964), "Theoretical foundations of the potential function method in pattern recognition learning".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import numpy as np

from labs import plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.crescents import HIDDEN_UNITS, draw_division, draw_moons, train
from models.by_hand import perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord

LINE, TERMS, KERNEL, NET = "inputs alone", "added terms", "RBF kernel", "multilayer perceptron"
Decide = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "epochs": 60}

    epochs: Annotated[int, AtLeast(1)] = 100
    """Passes over 300 training rows."""
    degree: Annotated[int, Within(2, 8)] = 3
    """Highest degree of the added terms."""
    width: Annotated[float, Above(0), AtMost(100)] = 0.3
    """Distance at which the RBF kernel has fallen to e^(−1/2)."""
    seeds: Annotated[int, AtLeast(2)] = 10
    """Learners of each kind, which see the rows in other orders."""
    batch_size: Annotated[int, AtLeast(1)] = 40
    """Rows a step of the multilayer perceptron."""
    learning_rate: Annotated[float, Above(0), AtMost(1)] = 0.05
    """Its rate of Adam."""


class Dual(NamedTuple):
    """A perceptron in a kernel's space: net(x) = Σ αᵢ k(xᵢ, x).

    Attributes:
        rows: The training rows, `(rows, inputs)`.
        alphas: How often each was got wrong, with its sign, `(rows,)`.
        mistakes: Rows got wrong in each epoch, `(epochs,)`.
    """

    rows: np.ndarray
    alphas: np.ndarray
    mistakes: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Let perceptrons with and without added terms and kernels divide two crescents."""
    moons = draw_moons(config)
    record.use_dataset(moons)
    x, y = moons.train.x.astype(np.float64), moons.train.y
    deciders: dict[str, list[Decide]] = {LINE: [], TERMS: [], KERNEL: []}
    for seed in range(config.seed, config.seed + config.seeds):
        deciders[LINE].append(with_terms(x, y, 1, seed, config))
        deciders[TERMS].append(with_terms(x, y, config.degree, seed, config))
        deciders[KERNEL].append(with_kernel(x, y, seed, config))
    net = train(moons, config, HIDDEN_UNITS, "sigmoid", "sigmoid")
    accuracies = {
        kind: np.array([np.mean(decide(moons.test.x) == moons.test.y) for decide in own])
        for kind, own in deciders.items()
    } | {NET: net.test}
    numbers = {
        LINE: 3,
        TERMS: add_terms(x[:1], config.degree).shape[1] + 1,
        KERNEL: len(x),
        NET: sum(weights.size for weights in net.start[0]),
    }
    columns = ("perceptron", "numbers learned", "test accuracy")
    rows = [(kind, numbers[kind], values.mean()) for kind, values in accuracies.items()]
    record.add_table("perceptrons", [dict(zip(columns, row, strict=True)) for row in rows])
    judge_bending(record, accuracies, config)
    told = ", ".join(f"{kind} {values.mean():.3f}" for kind, values in accuracies.items())
    record.answer(
        f"By terms or by a kernel: test accuracies on two crescents are {told}.",
        limits="Two inputs; with many, terms grow as inputs to the power of the degree, and a "
        "kernel with the square of the rows. Neither is tuned to the data as a net's features are.",
    )
    first: dict[str, Decide] = {kind: own[0] for kind, own in deciders.items()}
    first[NET] = lambda points: (net.replicas.predict(points)[0, :, 0] >= 0.5).astype(int)
    record.add_figure(
        "boundaries",
        plot_boundaries(moons, first, accuracies),
        caption="Where one perceptron on inputs, on added terms, with an RBF kernel, and a "
        "multilayer perceptron divide two crescents (grey: called lower).",
    )


def add_terms(x: np.ndarray, degree: int) -> np.ndarray:
    """Return all products of up to so many inputs: x₁, x₂, x₁², x₁x₂, x₂² and so on.

    Args:
        x: `(rows, inputs)`.
        degree: Highest number of factors, 1 or more.

    Returns:
        `(rows, terms)`.
    """
    inputs = range(x.shape[1])
    factors = [c for n in range(1, degree + 1) for c in combinations_with_replacement(inputs, n)]
    return np.stack([np.prod(x[:, list(c)], axis=1) for c in factors], axis=1)


def with_terms(x: np.ndarray, y: np.ndarray, degree: int, seed: int, config: Config) -> Decide:
    """Train a perceptron on terms up to a degree, and return how it decides."""
    learned = perceptron.learn(add_terms(x, degree), y, epochs=config.epochs, seed=seed)
    return lambda points: perceptron.fire(learned.neuron, add_terms(points, degree))


def with_kernel(x: np.ndarray, y: np.ndarray, seed: int, config: Config) -> Decide:
    """Train a perceptron with an RBF kernel, and return how it decides."""

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return rbf(a, b, config.width)

    learned = learn_dual(kernel, x, y, epochs=config.epochs, seed=seed)
    return lambda points: perceptron.step(kernel(points, learned.rows) @ learned.alphas)


def rbf(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Return k(a, b) = exp(−‖a − b‖² / 2 width²) of all pairs of rows, `(rows of a, rows of b)`."""
    squared = np.sum((a[:, None] - b[None]) ** 2, axis=-1)
    similar: np.ndarray = np.exp(-squared / (2 * width**2))
    return similar


def learn_dual(
    kernel: Callable[[np.ndarray, np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    seed: int,
) -> Dual:
    """Train a perceptron by its own rule in a kernel's space.

    In w ← w + (y − ŷ) φ(x) only training rows are ever added, so w = Σ αᵢ φ(xᵢ), and net(x) needs
    the products φ(xᵢ)·φ(x) = k(xᵢ, x) only, from w = 0 on.

    Args:
        kernel: Gives the products of all pairs of rows.
        x: `(rows, inputs)`.
        y: Labels 0 or 1, `(rows,)`.
        epochs: Passes over the rows, each in a new order.
        seed: Seed of the orders.
    """
    products = kernel(x, x)
    alphas, mistakes = np.zeros(len(x)), []
    generator = np.random.default_rng(seed)
    for _ in range(epochs):
        wrong = 0
        for row in generator.permutation(len(x)):
            error = int(y[row]) - int(products[row] @ alphas >= 0)
            alphas[row] += error
            wrong += error != 0
        mistakes.append(wrong)
        if not wrong:
            break
    return Dual(x, alphas, np.array(mistakes))


def judge_bending(record: RunRecord, accuracies: Mapping[str, np.ndarray], config: Config) -> None:
    """Judge what added terms and a kernel add to a perceptron."""
    kinds = (TERMS, KERNEL, NET)
    gains = {k: stats.welch(accuracies[k], accuracies[LINE]).interval() for k in kinds}
    stacked = gains.pop(NET)
    record.judge(
        "A-stacked-perceptrons",
        f"{NET} {accuracies[NET].mean():.3f}, {LINE} {accuracies[LINE].mean():.3f}",
        above=0,
        how=f"Gain in test accuracy on two crescents by a hidden layer of {HIDDEN_UNITS}.",
        interval=stacked,
    )
    record.judge(
        "A-kernel-perceptron",
        ", ".join(f"{kind} {accuracies[kind].mean():.3f}" for kind in (LINE, TERMS, KERNEL)),
        holds=[gain.low > 0 for gain in gains.values()],
        how=f"Test accuracy on two crescents, {config.seeds} orders of the rows, terms up to "
        f"degree {config.degree}, kernel width {config.width:g}; gains "
        + ", ".join(f"{gain.low:+.3f} to {gain.high:+.3f} ({k})" for k, gain in gains.items())
        + ".",
    )


def plot_boundaries(
    moons: Dataset, deciders: Mapping[str, Decide], accuracies: Mapping[str, np.ndarray]
) -> Figure:
    """Draw where the first learner of each kind divides the plane."""
    line = np.linspace(-2.2, 3.2, 160)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    with plots.style.figure(14.0, 4.6) as figure:
        figure.suptitle("Where perceptrons divide two crescents (grey: called lower)")
        panels = figure.subplots(1, 4, sharex=True, sharey=True)
        for axes, (kind, decide) in zip(panels, deciders.items(), strict=True):
            shape = decide(plane).reshape(len(line), len(line))
            draw_division(axes, moons, line, shape, size=10)
            axes.set_title(f"{kind}\n{accuracies[kind][0]:.1%} right", fontsize=13)
            axes.set(xlabel="x₁", xlim=(-1.7, 2.7), ylim=(-1.4, 1.9))
        panels[0].set_ylabel("x₂")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
