"""Why not try every weight?

Topic: gradients                      Time: seconds
Run:   python -m labs.every_weight
Quick: python -m labs.every_weight --quick
Try:   --values 4      how many weights does a coarser grid allow?
       --share 0.65    how much more does descent take to a lower loss of the net?

The lecture says that the loss cannot be computed for all a and b. A grid over all weights of a
regression, of which there are more and more, is set against descent to the loss of its best
point; what such a grid would take for a small net is told by the time of one evaluation.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

import timeit
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import numpy as np

from labs import data, plots
from labs.running import LabConfig, Within, lab
from models.by_hand import dense_net, normalization
from models.by_hand.activations import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

WEIGHTS, UNITS = (1, 2, 3, 4, 5), (10, 10, 5, 1)
"""Weights of the regression, its bias among them, and units of the small net."""
STEP, RATE = 3, 1.0
"""Evaluations that a step counts as, backward twice as much as forward; and the net's rate."""
LIFETIME = 100 * 365.25 * 24 * 3600.0


class Search(NamedTuple):
    """Evaluations of a grid, log₁₀, and of descent to the same loss; seconds of one."""

    weights: int
    log_grid: float
    descent: int
    seconds: float

    @property
    def lifetimes(self) -> float:
        """log₁₀ of the hundreds of years that the grid takes."""
        return self.log_grid + float(np.log10(self.seconds / LIFETIME))


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"values": 6}

    values: Annotated[int, Within(3, 12)] = 10
    """Values of each weight on the grid."""
    share: Annotated[float, Within(0.65, 0.99)] = 0.75
    """Loss to which the net descends, as a share of that of the best constant."""


def experiment(config: Config, record: RunRecord) -> None:
    """Go through grids, and descend to the loss of their best points."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    x, scores = normalization.standardize(patients.train.x), data.load_progression_scores()[0]
    y = (scores - scores.mean()) / scores.std()
    lines = [search_line(x, y, weights, config.values) for weights in WEIGHTS]
    net = search_net(x, patients.train.y, config)
    record.add_table("evaluations", [search._asdict() for search in (*lines, net)])
    judge_grid(record, lines[1], net)
    record.add_figure(
        "evaluations",
        plot_evaluations([*lines, net]),
        caption="Evaluations of a grid and of descent, by the number of weights; beyond the fifth "
        "the grid's are only counted. Dotted what a hundred years allow.",
    )
    record.answer(
        f"Because each weight more takes {config.values} times as many evaluations: "
        f"{10 ** lines[-1].log_grid:,.0f} for {WEIGHTS[-1]} weights, where descent takes "
        f"{lines[-1].descent}; 10^{net.lifetimes + 2:.0f} years for the {net.weights} of a net.",
        limits="A grid is the plainest way to try all; times hang on the machine.",
    )


def search_line(x: np.ndarray, y: np.ndarray, weights: int, values: int) -> Search:
    """Try all weights from −1 to 1 of a regression, and descend to the loss of the best ones."""
    inputs = np.column_stack([np.ones(len(x)), x])[:, :weights]
    grid = np.array([*product(np.linspace(-1, 1, values), repeat=weights)])

    def losses(w: np.ndarray) -> Any:
        return ((w @ inputs.T - y) ** 2).mean(axis=-1)

    begun = timeit.default_timer()
    best = min(losses(part).min() for part in np.array_split(grid, len(grid) // 10_000 + 1))
    seconds = (timeit.default_timer() - begun) / len(grid)
    rate = 1 / np.linalg.eigvalsh(2 * inputs.T @ inputs / len(y))[-1]
    w, steps = grid[-1], 0  # A corner.
    while losses(w) > best:
        w, steps = w - rate * 2 * (inputs @ w - y) @ inputs / len(y), steps + 1
    return Search(weights, float(np.log10(len(grid))), 1 + STEP * steps, seconds)


def search_net(x: np.ndarray, y: np.ndarray, config: Config) -> Search:
    """Time the loss of a net, and descend to a share of that of the best constant."""
    sigmoids = [ACTIVATIONS["sigmoid"]] * (len(UNITS) - 1)
    net, steps = dense_net.draw_net(UNITS, sigmoids, np.random.default_rng(config.seed)), 0
    weights = sum(array.size for array in (*net.weights, *net.biases))
    seconds = min(timeit.repeat(lambda: dense_net.forward(net, x.T), number=5, repeat=20)) / 5
    while True:
        passed = dense_net.forward(net, x.T)
        error = passed.a[-1] - y
        if np.mean(error**2) < config.share * np.var(y):
            return Search(weights, weights * np.log10(config.values), 1 + STEP * steps, seconds)
        found = dense_net.backward(net, passed, 2 * error / len(y))
        kernels, biases = (
            [w - RATE * gradient for w, gradient in zip(old, new, strict=True)]
            for old, new in ((net.weights, found.weights), (net.biases, found.biases))
        )
        net, steps = net._replace(weights=kernels, biases=biases), steps + 1


def judge_grid(record: RunRecord, line: Search, net: Search) -> None:
    """Judge that a grid takes a lifetime and descent less, with two weights and for a net."""
    told = [
        f"{s.weights} weights: a grid of 10^{s.log_grid:.0f} evaluations, 10^{s.lifetimes + 2:.0f} "
        f"years, by descent {s.descent:,} evaluations"
        for s in (line, net)
    ]
    record.judge(
        "D-every-parameter",
        "; ".join(told),
        holds=[s.lifetimes > 0 and np.log10(s.descent) < s.log_grid for s in (line, net)],
        how="Impossible is here what takes more than 100 years. With a and b alone, as the lecture "
        f"writes, a grid is done in {10**line.log_grid * line.seconds * 1e3:.2g} ms; of all real "
        f"numbers it is none, and never done. A step of descent counts as {STEP} evaluations.",
    )


def plot_evaluations(searches: Sequence[Search]) -> Figure:
    """Draw the evaluations over the number of weights."""
    weights, looks = [s.weights for s in searches], plots.style.looks(["grid", "descent"])
    lines = {"grid": [s.log_grid for s in searches],
             "descent": np.log10([s.descent for s in searches])}  # fmt: skip
    with plots.style.figure(9.0, 5.2) as figure:
        axes = figure.subplots()
        for name, powers in lines.items():
            axes.loglog(weights, powers, label=name, **looks[name].line)
        most = np.log10(LIFETIME / searches[-1].seconds)
        axes.axhline(most, color=plots.style.NEUTRAL, linestyle=":", label="a hundred years")
        axes.set_yticks([1, 10, 100], ["10", "$10^{10}$", "$10^{100}$"])
        axes.set(xlabel="weights", ylabel="evaluations", ylim=(0.2, 300))
        axes.set_title("A grid over all weights, and descent")
        axes.legend()
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
