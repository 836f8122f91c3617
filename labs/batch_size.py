"""How many rows should a step look at?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.batch_size
Quick: python -m labs.batch_size --quick
Try:   --target 0.5             is the middle batch still the quickest for a rough target?
       --batch-sizes 5 20 50    where between 1 and 100 is the best size?

All of them, a few or one? This lab counts how many rows and steps each batch size needs to bring
a net to the same loss. The ways they go are those of labs.descent_paths, and the noise itself is
measured in labs.gradient_noise.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴
네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, Each, Increasing, LabConfig, Within, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")


HELD_OUT = 2 / 3
HIDDEN_UNITS = 16
OTHERS: Mapping[str, Callable[[float], Any]] = {
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate),
    "Adam": lambda rate: keras.optimizers.Adam(rate),
}
"""Algorithms beside plain SGD, by learning rate."""
OTHER_SIZE, OTHER_RATES = 10, (0.003, 0.01, 0.03, 0.1)
"""Rows a step that they are tried with beside all of them, and rates that they choose from."""
VERY = 2.0
"""Times as long as the quickest batch that count as very slow."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "batch_sizes": (10,), "target": 0.5}

    seeds: Annotated[int, AtLeast(2)] = 4
    """Nets of each batch size."""
    batch_sizes: Annotated[tuple[int, ...], Each(Within(1, 400)), Increasing()] = (1, 10, 100)
    """Rows a step; the whole training set comes last of itself."""
    target: Annotated[float, Within(0.05, 2)] = 0.2
    """Training loss to be reached."""
    epochs: Annotated[int, AtLeast(1)] = 150
    """Most passes over the training rows to get there."""


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


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets with each batch size until they reach the target."""
    digits = data.load_digits()
    record.use_dataset(digits)
    rows, _ = data.split(digits.train, HELD_OUT, config.seed)
    sizes = [*config.batch_sizes, len(rows)]
    races = [race(rows, size, config) for size in record.track(sizes, "batch sizes")]
    record.add_table("convergence", [describe(r, len(rows)) for r in races])
    for r in races:
        history = {k: v.mean(axis=0) for k, v in r.replicas.history.items()}
        record.save_history(f"batch-{r.size}", history)
    judge_steps(record, races, len(rows))
    others = {name: race_others(make, rows, config) for name, make in OTHERS.items()}
    judge_convergence(record, races, others, len(rows))
    judge_slowness(record, races)
    record.add_figure(
        "convergence",
        plot_convergence(digits.name, races, len(rows), config.target),
        caption="Rows that each net has gone through when its training loss is below the target, "
        "by batch size; bars are means.",
    )
    needed = {r.size: r.epochs.mean() * len(rows) for r in races}
    times = {r.size: float(np.nan_to_num(r.seconds * r.epochs.mean(), nan=np.inf)) for r in races}
    told = ", ".join(f"{count:,.0f} with {size}" for size, count in needed.items())
    record.answer(
        f"To the loss {config.target} the nets went through so many rows, by batch size: {told}. "
        f"By the clock of this run batches of {min(times, key=times.__getitem__)} were quickest: "
        "small ones leave a processor idle between their many steps.",
        limits="One net, plain SGD at a rate chosen beforehand for each size; other hardware puts "
        "the quickest batch elsewhere.",
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
    rates = [learning_rate(size)]
    return race_at_best(keras.optimizers.SGD, rates, rows, size, config)


def race_others(make: Callable[[float], Any], rows: data.Part, config: Config) -> tuple[Race, Race]:
    """Train nets by an algorithm on few rows a step and on all, each at its best rate."""
    few, full = (
        race_at_best(make, OTHER_RATES, rows, size, config) for size in (OTHER_SIZE, len(rows))
    )
    return few, full


def race_at_best(
    make: Callable[[float], Any],
    rates: Sequence[float],
    rows: data.Part,
    size: int,
    config: Config,
) -> Race:
    """Train nets with each rate until all of one reach the target, and return those."""
    seeds = range(config.seed, config.seed + config.seeds)

    def build(seed: int, x_train: np.ndarray, rate: float) -> Any:
        return build_net(seed, x_train, make(rate))

    reached = np.zeros((len(rates), config.seeds), dtype=bool)

    def watch(epoch: int, logs: dict[str, np.ndarray]) -> bool:
        reached[(logs["val_loss"] < config.target).reshape(reached.shape)] = True
        return bool(reached.all(axis=1).any())

    replicas = models.fit_replicas(
        build,
        rows.x,
        rows.y,
        seeds=[*seeds] * len(rates),
        settings=np.repeat(rates, config.seeds).tolist(),
        epochs=config.epochs,
        batch_size=size,
        validation_data=(rows.x, rows.y),  # The loss of the training rows after each epoch.
        jit_compile=size < 10,
        on_epoch_end=watch,
    )
    below = replicas.history["val_loss"] < config.target
    epochs = np.where(below.any(axis=1), below.argmax(axis=1) + 1.0, np.nan).reshape(reached.shape)
    best = epochs[np.nan_to_num(epochs.mean(axis=1), nan=np.inf).argmin()]
    updates = int(replicas.model(0).optimizer.iterations.numpy()) / below.shape[1]
    return Race(size, round(updates), best, replicas.epoch_seconds / len(below), replicas)


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


def judge_steps(record: RunRecord, races: Sequence[Race], rows: int) -> None:
    """Judge how many steps an epoch has."""
    counts = ", ".join(f"batch of {r.size}: {r.updates}" for r in races)
    counted = all(r.updates == math.ceil(rows / r.size) for r in races)
    partial = [r for r in races if rows % r.size]
    record.judge(
        "D-steps-per-epoch",
        f"{rows} rows, {counts}",
        holds=[counted and r.updates * r.size == rows for r in races],
        how=(
            "Updates that Keras's optimizer counted. Where m does not divide M, the last batch "
            "has the rows left over and the number is rounded up: "
            + ("; ".join(f"{rows}/{r.size} = {rows / r.size:.1f}" for r in partial) or "not here")
            + "."
        ),
    )


def judge_convergence(
    record: RunRecord,
    races: Sequence[Race],
    others: Mapping[str, tuple[Race, Race]],
    rows: int,
) -> None:
    """Judge that most algorithms come to the target sooner by quick, rough gradients."""
    *parts, full = races
    best = min(parts, key=lambda r: np.nan_to_num(r.epochs.mean(), nan=np.inf))
    told, sooner = [], []
    for name, (few, exact) in {"SGD": (best, full), **others}.items():
        ratios = exact.epochs / few.epochs
        if np.isnan(ratios).any():
            told.append(f"{name} not all at the target")
            sooner.append(False)
            continue
        low, high = stats.geometric_mean_interval(ratios)
        told.append(
            f"{name} {scipy.stats.gmean(ratios):.1f} ({low:.1f} to {high:.1f}) with {few.size}"
        )
        sooner.append(low > 1)
    record.judge(
        "B-approximate-faster",
        f"times fewer rows than with all {rows}: {', '.join(told)}",
        holds=sum(sooner) > len(sooner) / 2,
        how=f"Rows gone through until the training loss is below the target, {len(full.epochs)} "
        "seeds, the rate of each algorithm and batch size chosen beforehand, for SGD, or the best "
        f"of {', '.join(f'{rate:g}' for rate in OTHER_RATES)}; geometric means. By the clock of "
        f"this run SGD took {full.seconds * full.epochs.mean():.2f} s with all rows and "
        f"{best.seconds * best.epochs.mean():.2f} s with batches of {best.size}.",
    )


def judge_slowness(record: RunRecord, races: Sequence[Race]) -> None:
    """Judge that training on all rows at once is very slow, by the clock."""
    *parts, full = races
    seconds = {r.size: np.nan_to_num(r.seconds * r.epochs, nan=np.inf) for r in races}
    quick = min((r.size for r in parts), key=lambda size: float(seconds[size].mean()))
    ratios = seconds[full.size] / seconds[quick]
    record.judge(
        "B-batch-slow",
        f"{seconds[full.size].mean():.3f} s to the target with all rows at once, "
        f"{seconds[quick].mean():.3f} s with {quick}: {ratios.min():.1f} times as long, or more",
        holds=bool(ratios.min() > VERY),
        how=f"Plain SGD at a rate chosen beforehand for each size, {len(ratios)} seeds, clock of "
        f"this run; {VERY:g} times as long as the quickest of the smaller batches counts as very "
        "slow, and a net that never comes there as slower still.",
    )


def plot_convergence(name: str, races: Sequence[Race], rows: int, target: float) -> Figure:
    """Draw how many rows each batch size needs, a mark for each net and a bar for the mean."""
    with plots.style.figure(9.0, 5.4) as figure:
        axes = figure.subplots()
        names = [f"{r.size}" for r in races]
        for index, (r, look) in enumerate(
            zip(races, plots.style.looks(names).values(), strict=True)
        ):
            across = index + np.linspace(-0.15, 0.15, len(r.epochs))
            axes.semilogy(across, r.epochs * rows, linestyle="", **look.line)
            axes.hlines(r.epochs.mean() * rows, index - 0.3, index + 0.3, color="black")
        names[-1] += " (all)"
        axes.set_xticks(range(len(races)), names)
        axes.set(xlabel="batch size", ylabel=f"rows gone through to loss {target}")
        figure.suptitle(f"{name}: rows that each batch size needs", fontsize=15)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
