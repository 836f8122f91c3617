"""How many rows should a step look at?

Run:   python -m labs.batch_size           about 11 s on 2 cores
Smoke: python -m labs.batch_size --quick   about 8 s

All of them, a few or one? This lab follows all three ways down the loss of two parameters, and
counts how many rows and steps each batch size needs to bring a net to the same loss. The noise
itself is measured in labs.gradient_noise.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴
네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.progress import track

import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import logistic_regression, normalization, update_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")

FEATURES = ("bmi", "s5")
PATH_BATCHES = {"batch": None, "mini-batch, 20 rows": 20, "stochastic, 1 row": 1}
PATH_EPOCHS, PATH_RATE, PATH_SEEDS = 12, 0.5, 20
HELD_OUT = 2 / 3
HIDDEN_UNITS = 16
ONLINE_ROWS = 30


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "batch_sizes": (10,), "target": 0.5}

    seeds: int = 4
    """Nets of each batch size, at least 2."""
    batch_sizes: tuple[int, ...] = (1, 10, 100)
    """Rows a step, 1 to 400; the whole training set comes last of itself."""
    target: float = 0.2
    """Training loss to be reached, .05 to 2."""
    epochs: int = 150
    """Most passes over the training rows to get there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = self.batch_sizes
        self.require("seeds", self.seeds >= 2, "2 or more")
        increasing = all(a < b for a, b in pairwise((0, *sizes, 401)))
        self.require("batch_sizes", bool(sizes) and increasing, "increasing numbers from 1 to 400")
        self.require("target", 0.05 <= self.target <= 2, "0.05 to 2")
        self.require("epochs", self.epochs >= 1, "1 or more")


@dataclass(frozen=True)
class Race:
    """How the nets of one batch size came to the target.

    Attributes:
        size: Rows a step.
        updates: Updates in an epoch, counted by the optimizer.
        epochs: Epochs until the loss was below the target, `(seeds,)`; NaN if never.
        seconds: Wall time of an epoch of one net.
        replicas: The nets.
    """

    size: int
    updates: int
    epochs: np.ndarray
    seconds: float
    replicas: models.Replicas


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    x, y = two_features()
    paths = walk(x, y, config.seed)
    record.add_claims(check_paths(paths, x, y))

    digits = data.load_digits()
    record.use_dataset(digits)
    rows, _ = data.split(digits.train, HELD_OUT, config.seed)
    races = [
        race(rows, size, config) for size in track([*config.batch_sizes, len(rows)], "batch sizes")
    ]
    record.add_table("convergence", [describe(r, len(rows)) for r in races])
    for r in races:
        history = {k: v.mean(axis=0) for k, v in r.replicas.history.items()}
        record.save_history(f"batch-{r.size}", history)
    record.add_claims(*check_steps(races, len(rows)), check_online(rows, config.seed))
    record.add_claims(check_convergence(races, len(rows)))
    record.add_findings(*conclude(races, len(rows)))
    record.add_figures(
        paths=plot_paths(paths, x, y),
        convergence=plot_convergence(digits.name, races, len(rows), config.target),
    )


def two_features() -> tuple[np.ndarray, np.ndarray]:
    """Return two columns of the diabetes rows, mean 0 and deviation 1, and the labels."""
    patients = data.load_diabetes()
    columns = [patients.feature_names.index(name) for name in FEATURES]
    return normalization.standardize(patients.train.x[:, columns]), patients.train.y


def walk(x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Follow gradient descent with batches of three sizes through the same number of epochs.

    Returns:
        The two weights before and after each step, `(steps + 1, seeds, 2)`.
    """
    start = np.tile([-1.5, 2.0], (PATH_SEEDS, 1))
    paths = {}
    for name, size in PATH_BATCHES.items():
        size = size or len(x)
        steps = math.ceil(len(x) / size)
        rngs = [np.random.default_rng((seed, s)) for s in range(PATH_SEEDS)]
        orders = np.array([[r.permutation(len(x)) for r in rngs] for _ in range(PATH_EPOCHS)])
        paths[name] = update_rules.descend(
            update_rules.gradient_descent,
            gradient_of_batches(x, y, orders, size),
            start,
            PATH_EPOCHS * steps,
            rate=PATH_RATE,
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
    """Return the mean cosine between a step and the way straight downhill, `(seeds,)`."""
    steps = np.diff(path, axis=0)
    downhill = -logistic_regression.gradient(path[:-1], x, y)
    lengths = np.linalg.norm(steps, axis=-1) * np.linalg.norm(downhill, axis=-1)
    return ((steps * downhill).sum(axis=-1) / lengths).mean(axis=0)


def check_paths(paths: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> Claim:
    """Check how straight the three kinds go."""
    cosines = {name: alignment(path, x, y) for name, path in paths.items()}
    batch, mini, single = cosines.values()
    low, high = results.mean_interval(mini - single)
    ends = [logistic_regression.loss(path[-1], x, y) for path in paths.values()]
    return results.judge_statement(
        "B-batch-paths",
        "Batch descent goes straight down, mini-batches waver, single examples are too noisy.",
        holds=bool(np.allclose(batch, 1) and mini.mean() < 0.999 and low > 0),
        measured="cosine between step and downhill "
        + ", ".join(f"{cosine.mean():.2f} ({name})" for name, cosine in cosines.items()),
        note=f"Two weights on diabetes rows, {PATH_SEEDS} seeds, {PATH_EPOCHS} epochs with rate "
        f"{PATH_RATE}; the interval is that of the difference between mini-batch and stochastic. "
        f"Too noisy at this rate: the loss ends at {ends[2].mean():.3f}, with mini-batches at "
        f"{ends[1].mean():.3f}, and with all rows, for want of steps, at {ends[0].mean():.3f}.",
        interval=results.Interval(low, high),
    )


def learning_rate(size: int) -> float:
    """Return the rate for a batch size: .01 a row, at most .3.

    Tried on one split: of .1, .2 and .03 for 10 rows and of .1, .3 and .6 for 100 and all rows
    these reached a loss of .2 first, and twice as much stopped some of the nets. For single
    rows .02 was as good (4.0 epochs against 4.5).
    """
    return min(0.01 * size, 0.3)


def build_net(seed: int, x: np.ndarray, optimizer: Any) -> Any:
    """Build a net of one small hidden layer for the digits."""
    return models.build_mlp(
        x.shape[1:], (HIDDEN_UNITS,), 10, scale=1 / 255, optimizer=optimizer, seed=seed
    )


def race(rows: data.Part, size: int, config: Config) -> Race:
    """Train nets with one batch size until all of them reach the target."""
    ends: list[float] = []

    def build(seed: int, x_train: np.ndarray) -> Any:
        return build_net(seed, x_train, keras.optimizers.SGD(learning_rate(size)))

    reached = np.zeros(config.seeds, dtype=bool)

    def watch(epoch: int, logs: dict[str, np.ndarray]) -> bool:
        ends.append(time.perf_counter())
        reached[logs["val_loss"] < config.target] = True
        return bool(reached.all())

    replicas = models.fit_replicas(
        build,
        rows.x,
        rows.y,
        seeds=range(config.seed, config.seed + config.seeds),
        epochs=config.epochs,
        batch_size=size,
        validation_data=(rows.x, rows.y),  # The loss of the training rows after each epoch.
        jit_compile=size < 10,
        on_epoch_end=watch,
    )
    below = replicas.history["val_loss"] < config.target
    epochs = np.where(below.any(axis=1), below.argmax(axis=1) + 1.0, np.nan)
    updates = int(replicas.model(0).optimizer.iterations.numpy()) / len(ends)
    # The first epoch contains the tracing.
    seconds = float(np.median(np.diff(ends))) / config.seeds if len(ends) > 1 else float("nan")
    return Race(size, round(updates), epochs, seconds, replicas)


def describe(r: Race, rows: int) -> dict[str, Any]:
    """Return a row of the table of convergence."""
    return {
        "batch size": r.size,
        "rate": learning_rate(r.size),
        "steps an epoch": r.updates,
        "epochs to target": float(r.epochs.mean()),
        "rows to target": float(r.epochs.mean() * rows),
        "steps to target": float(r.epochs.mean() * r.updates),
        "seconds": r.seconds * float(r.epochs.mean()),
    }


def check_steps(races: Sequence[Race], rows: int) -> Iterator[Claim]:
    """Check how many steps an epoch has."""
    counts = ", ".join(f"batch of {r.size}: {r.updates}" for r in races)
    exact = [r for r in races if rows % r.size == 0]
    partial = [r for r in races if rows % r.size]
    yield results.judge_statement(
        "D-steps-per-epoch",
        "M samples in batches of m make M/m steps an epoch.",
        published="M/m",
        holds=all(r.updates == math.ceil(rows / r.size) for r in races)
        and all(r.updates * r.size == rows for r in exact),
        measured=f"{rows} rows, {counts}",
        note="Updates that Keras's optimizer counted. Where m does not divide M, the last batch "
        "has the rows left over and the number is rounded up: "
        + ("; ".join(f"{rows}/{r.size} = {rows / r.size:.1f}" for r in partial) or "not here")
        + ".",
    )
    yield results.judge_statement(
        "C-words-steps",
        "A step is one update of the weights, an epoch the whole data set, a batch a part of it.",
        holds=all(math.ceil(rows / r.size) == r.updates for r in races),
        measured=f"{races[-1].updates} step an epoch with a batch of all {rows} rows, "
        f"{races[0].updates} with batches of {races[0].size}",
        note="Counted by the optimizer over whole trainings, divided by their epochs.",
    )


def check_online(rows: data.Part, seed: int) -> Claim:
    """Check that batches of one row learn from rows as they come in, one by one."""
    x, y = rows.x[:ONLINE_ROWS], rows.y[:ONLINE_ROWS]
    in_fit, online = (build_net(seed, x, "sgd") for _ in range(2))
    models.fit(in_fit, x, y, batch_size=1, shuffle=False, jit_compile=False)
    for number in range(len(x)):
        online.train_on_batch(x[number : number + 1], y[number : number + 1])
    pairs = zip(in_fit.get_weights(), online.get_weights(), strict=True)
    gap = max(float(np.abs(a - b).max()) for a, b in pairs)
    return results.judge_statement(
        "D-online",
        "m = 1 is online, or incremental, learning.",
        published="m = 1",
        holds=gap < 1e-5 and int(in_fit.optimizer.iterations.numpy()) == len(x),
        measured=f"weights differ by at most {gap:.1e}",
        note=f"One epoch of {len(x)} rows in batches of 1 against a net that gets the same rows "
        "one after the other, as they would come in, and forgets each.",
    )


def check_convergence(races: Sequence[Race], rows: int) -> Claim:
    """Check that quick, rough gradients lead to the target sooner than exact, slow ones."""
    *parts, full = races
    best = min(parts, key=lambda r: np.nan_to_num(r.epochs.mean(), nan=np.inf))
    ratios = full.epochs / best.epochs
    never = bool(np.isnan(ratios).any())
    interval = None if never else results.geometric_mean_interval(ratios)
    return results.judge_statement(
        "B-approximate-faster",
        "Most algorithms converge faster with quick approximate gradients than with exact ones.",
        holds=interval is not None and interval.low > 1,
        measured="not every net reached the target"
        if never
        else f"{scipy.stats.gmean(ratios):.1f} times fewer rows with batches of {best.size} than "
        f"with all {rows}",
        note=f"Rows gone through until the training loss is below the target, {len(ratios)} seeds, "
        "plain SGD, the rate of each batch size chosen beforehand; the geometric mean.",
        interval=interval,
    )


def conclude(races: Sequence[Race], rows: int) -> list[str]:
    """Say what the run shows."""
    totals = ", ".join(f"{r.size}: {r.epochs.mean() * rows:,.0f}" for r in races)
    times = {r.size: float(np.nan_to_num(r.seconds * r.epochs.mean(), nan=np.inf)) for r in races}
    quickest = min(times, key=lambda size: times[size])
    seconds = ", ".join(f"{r.size}: {times[r.size]:.2f} s" for r in races)
    return [
        f"Rows gone through to the target, by batch size: {totals}. A smaller batch needs fewer "
        "rows, but more steps, and the number of rows stops falling where noise sets the pace.",
        f"By the clock of this run the same took {seconds}; batches of {quickest} were quickest. "
        "Small batches leave a processor idle between their many steps.",
    ]


def plot_paths(paths: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> Figure:
    """Draw one path of each kind on the contours of the loss."""
    first, second = np.meshgrid(np.linspace(-2, 3, 120), np.linspace(-1.5, 4.2, 120))
    height = logistic_regression.loss(np.stack([first, second], axis=-1), x, y)
    lowest = np.unravel_index(height.argmin(), height.shape)
    levels = height.min() + np.geomspace(0.003, height.max() - height.min(), 12)
    with results.style.figure(13.0, 5.2) as figure:
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        for index, (axes, (name, path)) in enumerate(zip(panels, paths.items(), strict=True)):
            axes.contour(first, second, height, levels, colors=results.style.FAINT, linewidths=0.8)
            look: dict[str, Any] = {"color": results.style.COLORS[index]}
            marker = results.style.MARKERS[index] if len(path) < 50 else ""
            axes.plot(*path[:, 0].T, marker=marker, markersize=5, linewidth=1.0, **look)
            axes.plot(*path[0, 0], "ko", markersize=9)
            axes.plot(first[lowest], second[lowest], "k*", markersize=16)
            axes.set(xlabel=f"weight of {FEATURES[0]}", title=f"{name}: {len(path) - 1:,} steps")
        panels[0].set_ylabel(f"weight of {FEATURES[1]}")
        panels[0].set(xlim=(-2, 3), ylim=(-1.5, 4.2))
        figure.suptitle(
            f"diabetes, {PATH_EPOCHS} epochs: fewer rows a step, more steps, more noise (★ minimum)"
        )
    return figure


def plot_convergence(name: str, races: Sequence[Race], rows: int, target: float) -> Figure:
    """Draw how many rows each batch size needs, a mark for each net and a bar for the mean."""
    with results.style.figure(9.0, 5.4) as figure:
        axes = figure.subplots()
        for index, r in enumerate(races):
            across = index + np.linspace(-0.15, 0.15, len(r.epochs))
            look: dict[str, Any] = {"color": results.style.COLORS[index % 7], "linestyle": ""}
            marker = results.style.MARKERS[index % 7]
            axes.semilogy(across, r.epochs * rows, marker=marker, **look)
            axes.hlines(r.epochs.mean() * rows, index - 0.3, index + 0.3, color="black")
        names = [f"{r.size}" for r in races]
        names[-1] += " (all)"
        axes.set_xticks(range(len(races)), names)
        axes.set(xlabel="batch size", ylabel=f"rows gone through to loss {target}")
        figure.suptitle(f"{name}: large batches need more rows", fontsize=15)
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
