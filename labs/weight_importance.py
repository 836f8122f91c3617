"""Does a large weight mean an important input?

Topic: one neuron and its limits      Time: seconds
Run:   python -m labs.weight_importance
Quick: python -m labs.weight_importance --quick
Try:   --draws 200    do more training parts separate the two tables?
       --seed 1       other training parts, the same inputs

The lecture reads importance off the size of a weight, and says that a larger bias makes a neuron
depend less on its inputs. The first is tried on patients' data in raw units and standardized, and
in units drawn by chance: how much worse does a linear regression become without an input? The
second is tried on a neuron with the lecture's threshold of 100: how often does its output change
if its inputs do?

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import normalization, perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")

RAW, STANDARDIZED, OTHER = "raw units", "standardized", "other units"
THRESHOLD, BIASES = 100.0, np.arange(0, 101, 10)
NAMED = 5
"""Inputs, of the most important ones, whose names stand in the picture."""
WEIGHTS = np.array([40.0, 30.0, 30.0])
"""With inputs of 0 to 1 the net value lies between 0 and the threshold, and at 50 on average."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 20}

    draws: Annotated[int, AtLeast(10)] = 100
    """Training parts of 60% of the patients, and draws of 200 pairs of inputs for the neuron."""


class Importance(NamedTuple):
    """Of each input, mean over the draws, and how both go together in each draw.

    Attributes:
        weights: Sizes of the weights, `(inputs,)`.
        losses: How much of the explained variance is lost without the input, `(inputs,)`.
        correlations: Spearman's, of the two over the inputs, `(draws,)`.
    """

    weights: np.ndarray
    losses: np.ndarray
    correlations: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Compare weights with what inputs are worth, and biases with what inputs still decide."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    x = patients.train.x
    y = data.load_progression_scores()[0]
    tables = {STANDARDIZED: normalization.standardize(x), RAW: x, OTHER: x}
    found = {
        name: measure(table, y, config, 2.0 * (name == OTHER)) for name, table in tables.items()
    }
    names = patients.feature_names
    columns = ("input", "weight, raw", "weight, standardized", "variance lost without it")
    sizes = [names, found[RAW].weights, found[STANDARDIZED].weights, found[RAW].losses]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*sizes, strict=True)]
    record.add_table("inputs", rows)
    judge_weights(record, found, config)
    dependence = depend(config)
    judge_bias(record, dependence)
    together = {name: f.correlations.mean() for name, f in found.items()}
    record.answer(
        f"As far as units allow: sizes of weights go with what inputs are worth with a rank "
        f"correlation of {together[STANDARDIZED]:.2f} if standardized, {together[RAW]:.2f} in raw "
        f"units, {together[OTHER]:.2f} in units drawn by chance. A neuron that fires above "
        f"{THRESHOLD:.0f}, on inputs that weigh 0 to {WEIGHTS.sum():.0f}, depends on them most at "
        f"a bias of {BIASES[dependence.mean(axis=0).argmax()]}, less at smaller and larger ones.",
        limits="One table and a linear model; where inputs carry the same information, as blood "
        "values do, a large weight may be undone by another one.",
    )
    record.add_figure(
        "importance",
        plot_importance(found, dependence, names),
        caption="What is lost without an input against the size of its weight, standardized and in "
        "raw units; right, how often other inputs change the output of a neuron, by its bias.",
    )


def measure(x: np.ndarray, y: np.ndarray, config: Config, powers: float = 0.0) -> Importance:
    """Fit a linear regression on many training parts, with all inputs and without each.

    Args:
        x: `(rows, inputs)`.
        y: Scores, `(rows,)`.
        config: How many parts.
        powers: Each part gets units of its own, up to so many powers of 10 larger or smaller.
    """
    weights, losses = [], []
    for draw in range(config.draws):
        generator = np.random.default_rng([config.seed, draw])
        rows = generator.permutation(len(x))[: round(0.6 * len(x))]
        part = x[rows] * 10 ** generator.uniform(-powers, powers, x.shape[1])
        solution, unexplained = least_squares(part, y[rows])
        without = [least_squares(np.delete(part, k, 1), y[rows])[1] for k in range(part.shape[1])]
        weights.append(np.abs(solution))
        losses.append((np.array(without) - unexplained) / np.var(y[rows]))
    pairs = zip(weights, losses, strict=True)
    together = np.array([scipy.stats.spearmanr(*pair).statistic for pair in pairs])
    return Importance(np.mean(weights, axis=0), np.mean(losses, axis=0), together)


def least_squares(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights of a linear regression with a bias, and its mean squared error."""
    centered, target = x - x.mean(axis=0), y - y.mean()
    weights: np.ndarray = np.linalg.lstsq(centered, target, rcond=None)[0]
    return weights, float(np.mean((centered @ weights - target) ** 2))


def depend(config: Config) -> np.ndarray:
    """Return how often other inputs give another output, by bias, `(draws, biases)`."""
    generator = np.random.default_rng([config.seed, 1])
    inputs = generator.random((config.draws, 2, 200, len(WEIGHTS)))
    net = perceptron.net_value(inputs, WEIGHTS)[..., None] + BIASES
    fired = perceptron.step(net, THRESHOLD)
    changed: np.ndarray = np.mean(fired[:, 0] != fired[:, 1], axis=1)
    return changed


def judge_weights(record: RunRecord, found: Mapping[str, Importance], config: Config) -> None:
    """Judge whether larger weights belong to more important inputs, for both tables."""
    intervals = {name: stats.mean_interval(f.correlations) for name, f in found.items()}
    record.judge(
        "E-weight-importance",
        "; ".join(f"{name} {f.correlations.mean():.2f}" for name, f in found.items()),
        holds=[interval.low > 0.5 for interval in intervals.values()],
        how="Spearman's correlation over the inputs, of a weight's size with the share of variance "
        f"lost without the input; {config.draws} training parts: "
        + "; ".join(f"{low:.2f} to {high:.2f} {name}" for name, (low, high) in intervals.items())
        + ". In another unit an input's weight is another, and the input worth the same.",
    )


def judge_bias(record: RunRecord, dependence: np.ndarray) -> None:
    """Judge whether a larger bias makes the output depend less on the inputs."""
    low, middle, high = (
        dependence[:, int(np.flatnonzero(bias == BIASES)[0])] for bias in (20, 50, 80)
    )
    later = [stats.mean_interval(b - a) for a, b in ((low, middle), (middle, high))]
    record.judge(
        "E-bias-dependence",
        f"other inputs change the output in {low.mean():.0%} of the cases at bias 20, "
        f"{middle.mean():.0%} at 50, {high.mean():.0%} at 80",
        holds=[interval.high < 0 for interval in later],
        how="Three inputs of 0 to 1 with weights 40, 30 and 30, threshold 100: from 20 to 50 "
        f"{later[0].low:+.2f} to {later[0].high:+.2f}, from 50 to 80 {later[1].low:+.2f} to "
        f"{later[1].high:+.2f}. A neuron that never fires depends on its inputs as little as one "
        "that always does.",
    )


def plot_importance(
    found: Mapping[str, Importance], dependence: np.ndarray, names: tuple[str, ...]
) -> Figure:
    """Draw what inputs are worth beside their weights, and the dependence by bias."""
    with plots.style.figure(13.5, 4.8) as figure:
        *panels, right = figure.subplots(1, 3)
        for axes, (name, f) in zip(
            panels, ((n, found[n]) for n in (STANDARDIZED, RAW)), strict=True
        ):
            axes.plot(f.weights, f.losses, "o", color=plots.style.COLORS[0])
            for place in np.argsort(f.losses)[-NAMED:]:  # The others lie on each other.
                offset = {"textcoords": "offset points", "xytext": (5, 3)}
                at = f.weights[place], f.losses[place]
                axes.annotate(names[place], at, fontsize=10, **offset)
            axes.set_xscale("log" if name == RAW else "linear")
            axes.margins(x=0.15)
            axes.set(xlabel="size of the weight", title=name.capitalize())
        panels[0].set_ylabel("variance lost without the input")
        right.plot(BIASES, dependence.mean(axis=0), "o-", color=plots.style.COLORS[1])
        right.set(xlabel="bias (threshold 100)", ylabel="outputs that other inputs change")
        right.set(title="A neuron", ylim=(0, 0.6))
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
