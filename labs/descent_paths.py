"""How straight do all rows, a few rows and single rows go down?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.descent_paths
Quick: python -m labs.descent_paths --quick
Try:   --rate 0.05    does a small rate calm the single rows?
       --rows 100     does a larger mini-batch go as straight as all rows?

Gradient descent on all rows goes straight down, on mini-batches it wavers, on single rows it
reels. This lab follows all three down the loss of two weights, measures the angle between each
step and the way down, and compares where they end, also at rates of their own.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab
from models.by_hand import logistic_regression, normalization, update_rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

FEATURES = ("bmi", "s5")
START = (-1.5, 2.0)
PATH_EPOCHS = 12
RATES = (0.005, 0.02, 0.05, 0.2, 0.5, 2.0, 5.0)
"""Among which each kind has its own best rate."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {}

    seeds: Annotated[int, AtLeast(2)] = 20
    """Orders of the rows, one path of each kind for each."""
    rows: Annotated[int, Within(2, 264)] = 20
    """Rows of a mini-batch."""
    rate: Annotated[float, Within(1e-6, 10)] = 0.5
    """Learning rate of all three kinds."""


def experiment(config: Config, record: RunRecord) -> None:
    """Walk down in all three ways, and measure how straight they go."""
    x, y = two_features()
    paths = walk(x, y, config)
    cosines = {name: alignment(path, x, y) for name, path in paths.items()}
    judge_paths(record, cosines, config)
    judge_noise(record, end_losses(config.rate, x, y, config), best_ends(x, y, config))
    record.add_figure(
        "paths",
        plot_paths(paths, x, y),
        caption=(
            "One path of each kind on the contours of the loss: the fewer rows a step looks at, "
            "the more steps an epoch has and the more they reel."
        ),
    )
    told = ", ".join(f"{cosine.mean():.2f} ({name})" for name, cosine in cosines.items())
    record.answer(
        f"The cosine between a step and the way straight down is {told}, means over "
        f"{config.seeds} orders of the rows: all rows go straight, fewer rows waver.",
        limits=f"Two weights of a logistic regression, {PATH_EPOCHS} epochs, one start.",
    )


def two_features() -> tuple[np.ndarray, np.ndarray]:
    """Return two columns of the diabetes rows, mean 0 and deviation 1, and the labels."""
    patients = data.load_diabetes()
    columns = [patients.feature_names.index(name) for name in FEATURES]
    return normalization.standardize(patients.train.x[:, columns]), patients.train.y


def walk(x: np.ndarray, y: np.ndarray, config: Config) -> dict[str, np.ndarray]:
    """Follow gradient descent with batches of three sizes through the same number of epochs.

    Returns:
        The two weights before and after each step, `(steps + 1, seeds, 2)`.
    """
    sizes = {"batch": len(x), f"mini-batch, {config.rows} rows": config.rows}
    paths = {}
    for name, size in {**sizes, "stochastic, 1 row": 1}.items():
        rngs = [np.random.default_rng((config.seed, seed)) for seed in range(config.seeds)]
        orders = np.array([[rng.permutation(len(x)) for rng in rngs] for _ in range(PATH_EPOCHS)])
        paths[name] = update_rules.descend(
            update_rules.gradient_descent,
            gradient_of_batches(x, y, orders, size),
            np.tile(START, (config.seeds, 1)),
            PATH_EPOCHS * math.ceil(len(x) / size),
            rate=config.rate,
        )
    return paths


def gradient_of_batches(
    x: np.ndarray, y: np.ndarray, orders: np.ndarray, size: int
) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return the gradient at the batch of a step, for each seed its own.

    Args:
        x: Inputs, `(rows, features)`.
        y: Labels, `(rows,)`.
        orders: Order of the rows in each epoch of each seed, `(epochs, seeds, rows)`.
        size: Rows a step; the last batch of an epoch takes what is left.
    """
    steps = math.ceil(len(x) / size)

    def gradient(w: np.ndarray, step: int) -> np.ndarray:
        first = step % steps * size
        rows = orders[step // steps, :, first : first + size]
        return logistic_regression.gradient(w, x[rows], y[rows])

    return gradient


def alignment(path: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean cosine between a step and the way straight downhill, `(seeds,)`.

    A step of length 0, as of a row that is learned for good, has none.
    """
    steps = np.diff(path, axis=0)
    downhill = -logistic_regression.gradient(path[:-1], x, y)
    lengths = np.linalg.norm(steps, axis=-1) * np.linalg.norm(downhill, axis=-1)
    products = (steps * downhill).sum(axis=-1)
    cosines = np.divide(products, lengths, out=np.full_like(lengths, np.nan), where=lengths > 0)
    return np.nanmean(cosines, axis=0)


def end_losses(rate: float, x: np.ndarray, y: np.ndarray, config: Config) -> dict[str, np.ndarray]:
    """Return the loss where the paths of each kind end, `(seeds,)`."""
    paths = walk(x, y, replace(config, rate=rate))
    return {name: logistic_regression.loss(path[-1], x, y) for name, path in paths.items()}


def best_ends(x: np.ndarray, y: np.ndarray, config: Config) -> dict[str, np.ndarray]:
    """Return the losses of each kind at the rate at which its mean is lowest."""
    tried = [end_losses(rate, x, y, config) for rate in RATES]
    return {name: min((ends[name] for ends in tried), key=np.mean) for name in tried[0]}


def judge_paths(record: RunRecord, cosines: Mapping[str, np.ndarray], config: Config) -> None:
    """Judge how straight the three kinds go."""
    batch, mini, single = cosines.values()
    low, high = stats.mean_interval(mini - single)
    record.judge(
        "B-batch-paths",
        "cosine between step and downhill "
        + ", ".join(f"{cosine.mean():.2f} ({name})" for name, cosine in cosines.items()),
        holds=bool(np.allclose(batch, 1) and mini.mean() < 0.999 and low > 0),
        how=f"Two weights on diabetes rows, {config.seeds} seeds, {PATH_EPOCHS} epochs with rate "
        f"{config.rate}: the picture is taken to show that all rows go straight and fewer waver. "
        "The interval is that of the difference between mini-batch and stochastic.",
        interval=stats.Interval(low, high),
    )


def judge_noise(
    record: RunRecord, same: Mapping[str, np.ndarray], best: Mapping[str, np.ndarray]
) -> None:
    """Judge that single rows are too noisy, with one rate for all and with one of their own."""
    told, holds = [], []
    for rate, ends in (("one rate for all", same), ("the best of each", best)):
        _, mini, single = ends.values()
        means = ", ".join(f"{loss.mean():.4f} ({name})" for name, loss in ends.items())
        told.append(f"{rate} {means}")
        holds.append(stats.mean_interval(single - mini).low > 0)
    record.judge(
        "B-stochastic-noisy",
        f"loss after {PATH_EPOCHS} epochs with {'; with '.join(told)}",
        holds=holds,
        how="Too noisy is what ends above the mini-batches, which the interval over the orders of "
        f"the rows tells. Best of the rates {', '.join(f'{rate:g}' for rate in RATES)}.",
    )


def plot_paths(paths: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> Figure:
    """Draw one path of each kind on the contours of the loss."""

    def loss(weights: np.ndarray) -> np.ndarray:
        return logistic_regression.loss(weights, x, y)

    with plots.style.figure(13.0, 5.2) as figure:
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        looks = plots.style.looks(paths)
        for axes, (name, path) in zip(panels, paths.items(), strict=True):
            lowest = plots.draw_contours(
                axes,
                loss,
                (-2, 3),
                (-1.5, 4.2),
                lambda height: height.min() + np.geomspace(0.003, np.ptp(height), 12),
            )
            look = looks[name].line if len(path) < 50 else {"color": looks[name].color}
            axes.plot(*path[:, 0].T, markersize=5, linewidth=1.0, **look)
            axes.plot(*path[0, 0], "ko", markersize=9)
            axes.plot(*lowest, "k*", markersize=16)
            axes.set(xlabel=f"weight of {FEATURES[0]}", title=f"{name}: {len(path) - 1:,} steps")
        panels[0].set_ylabel(f"weight of {FEATURES[1]}")
        figure.suptitle(
            f"diabetes, {PATH_EPOCHS} epochs from one start (●) towards the minimum (★)"
        )
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
