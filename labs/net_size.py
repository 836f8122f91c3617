"""What do more units and more layers buy?

Topic: one neuron and its limits      Time: a minute
Run:   python -m labs.net_size
Quick: python -m labs.net_size --quick
Try:   --parameters 100    does depth still pay if there is little to share out?
       --epochs 30         do deep nets keep their lead if they train for a short time?

Three questions about the size of a net. How does one hidden layer approach a curve as its units
grow (the universal approximation theorem)? At equal numbers of parameters, which depth tells two
spirals apart best? And why not one huge net for a small table?

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA
DLI; lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, Each, Increasing, LabConfig, Within, lab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Units of the hidden layer that follows a curve."""
OUTPUTS, NEAR = (1, 4, 8, 12), 0.01
"""NANDs that give the curve's height in bits, and the largest error that counts as near."""
DEPTHS = (1, 2, 3, 4)
RATES, RATE = (0.003, 0.01, 0.03), 0.003
"""Of Adam: those among which each depth has its best, and that of nets of all sizes."""
BATCH = 32


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "epochs": 20, "sizes": (2, 64)}

    parameters: Annotated[int, Within(50, 5_000)] = 300
    """Parameters of the nets of each depth, as nearly as whole units allow."""
    sizes: Annotated[tuple[int, ...], Increasing(2), Each(Within(1, 10_000))] = (
        1,
        4,
        16,
        128,
        1024,
    )
    """Hidden units of the nets for the small table."""
    epochs: Annotated[int, AtLeast(1)] = 200
    """Passes over the training rows."""
    seeds: Annotated[int, AtLeast(2)] = 8
    """Nets of each kind."""


def experiment(config: Config, record: RunRecord) -> None:
    """Follow a curve, tell spirals apart, and overdo it on a small table."""
    errors = np.array([np.abs(follow_curve(width) - curve(GRID)).max() for width in WIDTHS])
    by_nands = np.array([np.abs(follow_by_nands(n) - curve(GRID)).max() for n in OUTPUTS])
    judge_approximation(record, errors, by_nands)
    depths = {depth: train_depth(depth, config) for depth in record.track(DEPTHS, "depths")}
    judge_depth(record, depths, config)
    patients = data.load_diabetes()
    record.use_dataset(patients)
    sizes = {
        size: train_size(size, patients, config) for size in record.track(config.sizes, "sizes")
    }
    judge_huge(record, sizes)
    deepest = max(DEPTHS)
    best = min(sizes, key=lambda size: sizes[size][1].mean())
    huge = max(sizes)
    record.answer(
        f"Units buy nearness to a curve (largest error {errors[0]:.2g} with {WIDTHS[0]}, "
        f"{errors[-1]:.1g} with {WIDTHS[-1]}), and {deepest} layers in place of 1 take spirals "
        f"from {depths[1].mean():.0%} to {depths[deepest].mean():.0%} at equal parameters. On 265 "
        f"patients {huge:,} units end at a test cross-entropy of {sizes[huge][1].mean():.2f}, "
        f"{best} units at {sizes[best][1].mean():.2f}.",
        limits="One curve, one kind of spirals, one small table, trained for equally many epochs.",
    )
    record.add_figure(
        "sizes",
        plot_sizes(errors, depths, sizes),
        caption="Left, one hidden layer nears a curve as its units grow; middle, test accuracy on "
        "spirals by depth at equal parameters; right, cross-entropies on a small table by size.",
    )


GRID = np.linspace(0, 1, 2001)


def curve(x: np.ndarray) -> np.ndarray:
    """Return a continuous function that no small net has."""
    values: np.ndarray = np.sin(2 * np.pi * x) + 0.5 * np.sin(10 * np.pi * x)
    return values


def follow_curve(width: int) -> np.ndarray:
    """Return what a net with one hidden layer of ReLUs, made by hand, gives on the grid.

    Unit k bends the line at x = k/width: its weight is 1, its bias −k/width, and its output
    weight the change of slope there, so that the net passes through the curve at every bend.
    The largest error falls with 1/width² for a function with two derivatives.

    Returns:
        `(2001,)`.
    """
    bends = np.linspace(0, 1, width + 1)
    slopes = np.diff(curve(bends)) * width
    hidden = np.maximum(GRID[:, None] - bends[:-1], 0)
    values: np.ndarray = curve(bends[:1]) + hidden @ np.diff(slopes, prepend=0.0)
    return values


def follow_by_nands(outputs: int) -> np.ndarray:
    """Return the curve as a table from 16 bits to so many, which NANDs express, `(2001,)`."""
    low, high, steps = curve(GRID).min(), curve(GRID).max(), 2**outputs - 1
    shares = (curve(np.round(GRID * 2**16) / 2**16) - low) / (high - low)
    values: np.ndarray = low + np.round(shares * steps) / steps * (high - low)
    return values


def judge_approximation(record: RunRecord, errors: np.ndarray, by_nands: np.ndarray) -> None:
    """Judge the universal approximation theorem of a hidden layer, and of NAND gates."""
    record.judge(
        "D-universal-approximation",
        f"largest error of a hidden layer {errors[0]:.2g} with {WIDTHS[0]} units, {errors[-1]:.1g} "
        f"with {WIDTHS[-1]}; of NANDs {by_nands[0]:.2g} with {OUTPUTS[0]} output, "
        f"{by_nands[-1]:.1g} with {OUTPUTS[-1]}",
        holds=[
            bool((np.diff(errors[2:]) < 0).all() and errors[-1] < NEAR),
            bool((np.diff(by_nands) < 0).all() and by_nands[-1] < NEAR),
            bool(by_nands[0] < NEAR),
        ],
        how="It is another theorem than the one beside which it stands: NANDs express every "
        "logical function exactly, a hidden layer (here ReLUs, their weights written down) comes "
        "as near as one likes to every continuous one. NANDs do if their outputs are read as the "
        "bits of a number, and with one output never.",
    )


def widths_of(depth: int, parameters: int) -> tuple[int, ...]:
    """Return equal hidden layers, whose parameters with 2 inputs and 2 outputs come nearest."""

    def count(units: int) -> int:
        return 3 * units + (depth - 1) * units * (units + 1) + 2 * (units + 1)

    units = min(range(1, parameters), key=lambda units: abs(count(units) - parameters))
    return (units,) * depth


def draw_spirals(rows: int, rng: np.random.Generator) -> data.Part:
    """Draw points of two spirals, one and a half turns each, that wind around each other."""
    y = rng.integers(0, 2, rows)
    way = np.sqrt(rng.uniform(0.05, 1, rows))
    angle = 3 * np.pi * way + np.pi * y
    x = np.stack([way * np.cos(angle), way * np.sin(angle)], axis=1)
    return data.Part((2 * x + rng.normal(0, 0.08, x.shape)).astype(np.float32), y)


def train_depth(depth: int, config: Config) -> np.ndarray:
    """Train nets of a depth with each rate; return the test accuracies of the best one's.

    The rate is chosen on rows held out; all depths get the same rows.

    Returns:
        `(seeds,)`.
    """
    rng = np.random.default_rng(config.seed)
    train, held_out, test = (draw_spirals(rows, rng) for rows in (400, 400, 2_000))
    hidden = widths_of(depth, config.parameters)
    runs = [*product(RATES, range(config.seed, config.seed + config.seeds))]

    def build(seed: int, x: np.ndarray, rate: float) -> keras.Model:
        adam = keras.optimizers.Adam(rate)
        return models.build_mlp((2,), hidden, 2, activation="tanh", optimizer=adam, seed=seed)

    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=[seed for _, seed in runs],
        settings=[rate for rate, _ in runs],
        epochs=config.epochs,
        batch_size=BATCH,
    )
    held, tested = (
        (replicas.predict(part.x).argmax(axis=-1) == part.y).mean(axis=1).reshape(len(RATES), -1)
        for part in (held_out, test)
    )
    best: np.ndarray = tested[held.mean(axis=1).argmax()]
    return best


def judge_depth(record: RunRecord, depths: Mapping[int, np.ndarray], config: Config) -> None:
    """Judge whether deeper nets of as many parameters bound more complex regions."""
    deeper = [depth for depth in depths if depth >= 2]
    gains = [stats.welch(depths[depth], depths[1]).interval() for depth in deeper]
    told = ", ".join(
        f"{depth} of {widths_of(depth, config.parameters)[0]} units {depths[depth].mean():.3f}"
        for depth in depths
    )
    record.judge(
        "A-deeper-boundaries",
        f"test accuracy on two spirals, hidden layers: {told}",
        holds=[gain.low > 0 for gain in gains],
        how=f"{config.seeds} nets a depth of about {config.parameters} parameters, the best of "
        f"{len(RATES)} rates each; gain over one layer: "
        + ", ".join(f"{low:+.3f} to {high:+.3f}" for low, high in gains)
        + f" ({', '.join(map(str, deeper))} layers).",
    )


def train_size(size: int, patients: data.Dataset, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Train nets of so many hidden units; return training and test cross-entropy, `(seeds,)`."""
    train, test = patients.train, patients.test

    def build(seed: int, x: np.ndarray) -> keras.Model:
        adam, scale = keras.optimizers.Adam(RATE), data.DIABETES_SCALE
        return models.build_mlp((10,), (size,), 2, scale=scale, optimizer=adam, seed=seed)

    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=range(config.seed, config.seed + config.seeds),
        epochs=config.epochs,
        batch_size=BATCH,
    )

    def entropy(part: data.Part) -> np.ndarray:
        right = replicas.predict(part.x)[:, np.arange(len(part)), part.y]
        losses: np.ndarray = -np.log(np.maximum(right, 1e-7)).mean(axis=1)
        return losses

    return entropy(train), entropy(test)


def judge_huge(record: RunRecord, sizes: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> None:
    """Judge the question beside overfitting: would one huge net not do?"""
    small, huge = min(sizes), max(sizes)
    gap = stats.welch(sizes[huge][1] - sizes[huge][0], sizes[small][1] - sizes[small][0])
    told = "; ".join(
        f"{size:,} units {train.mean():.2f} and {test.mean():.2f}"
        for size, (train, test) in sizes.items()
    )
    record.judge(
        "C-huge-net",
        f"cross-entropy in training and on test rows: {told}",
        above=0,
        how=f"The gap between the two of {huge:,} units against that of {small}: "
        f"{gap.mean:+.2f}; 265 patients, equally many epochs.",
        interval=gap.interval(),
    )


def plot_sizes(
    errors: np.ndarray,
    depths: Mapping[int, np.ndarray],
    sizes: Mapping[int, tuple[np.ndarray, np.ndarray]],
) -> Figure:
    """Draw what units and layers buy."""
    with plots.style.figure(13.0, 4.8) as figure:
        left, middle, right = figure.subplots(1, 3)
        left.loglog(WIDTHS, errors, "o-")
        left.set(xlabel="ReLUs in one hidden layer", ylabel="largest error", title="A curve")
        for depth, values in depths.items():
            middle.plot([depth] * len(values), values, "o", color=plots.style.SPREAD, alpha=0.6)
        middle.plot([*depths], [values.mean() for values in depths.values()], "k-")
        middle.set(xlabel="hidden layers, equal parameters", ylabel="test accuracy")
        middle.set(title="Two spirals", xticks=DEPTHS)
        colors = (plots.style.TRAINING_COLOR, plots.style.VALIDATION_COLOR)
        for which, (name, color) in enumerate(zip(("training", "test"), colors, strict=True)):
            means = [both[which].mean() for both in sizes.values()]
            right.semilogx([*sizes], means, "os"[which] + "-", color=color, label=name)
        right.set(xlabel="hidden units", ylabel="cross-entropy", title="265 patients")
        right.set_ylim(bottom=0)
        right.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
