"""What if the rows keep coming?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.growing_data
Quick: python -m labs.growing_data --quick
Try:   --portion 20     does more often mean more work for all rows at once?
       --passes 1       is it enough to see the new rows once?

Digits come in portions. A classifier takes steps on the new ones and forgets them, or it goes on
with steps on all that have come: for the same work, or as many of them. What a step on many rows
costs is measured in labs.batch_cost.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture D, Deep Learning 모델 학습법
(course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")
threadpoolctl = lazy_loader.load("threadpoolctl")

FEW, HELD_OUT = 10, 0.2
"""Rows of a step on new rows, and the share of rows by which rates are chosen."""
RATES = (0.03, 0.1, 0.3, 1.0)
"""Of which each way takes the best."""
ONLINE, ALL_ROWS, ALL_STEPS = "new rows only", "all rows, equal work", "all rows, equal steps"
ONLINE_ROWS = 30


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3}

    portion: Annotated[int, Within(10, 500)] = 100
    """Rows that come at once."""
    passes: Annotated[int, AtLeast(1)] = 5
    """How often each new row is seen."""
    seeds: Annotated[int, AtLeast(2)] = 4
    """Orders in which the rows come."""


class Grown(NamedTuple):
    """What a way comes to.

    Attributes:
        held_out: Accuracy on held out rows in the end, `(seeds,)`.
        test: Test accuracy after each portion, `(seeds, portions)`.
        gone: Rows that all steps have gone through after each portion, `(seeds, portions)`.
    """

    held_out: np.ndarray
    test: np.ndarray
    gone: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Let rows come in portions, and learn from them in three ways."""
    digits = data.load_digits()
    record.use_dataset(digits)
    ways = grow_all(digits, config)
    columns = ("steps on", "test accuracy", "rows gone through")
    rows = [(way, own.test[:, -1].mean(), own.gone[:, -1].mean()) for way, own in ways.items()]
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    record.add_table("ways", table, formats={columns[2]: ",.0f"})
    judge_growing(record, ways, config)
    judge_online(record, digits.train, config.seed)
    told = ", ".join(f"{way} {test:.3f} for {gone:,.0f} rows of work" for way, test, gone in rows)
    record.answer(
        f"One goes on with the new ones: test accuracies are {told}. Steps on all of them cost "
        "more with each portion, so that the work grows with the square of the rows.",
        limits="A softmax regression on digits that come in random order; where what comes changes "
        "with time, the new rows alone make it forget the old.",
    )
    record.add_figure(
        "ways",
        plot_ways(ways, config.portion),
        caption="Test accuracy, and the rows that all steps so far have gone through, by the rows "
        "that have come.",
    )


def grow_all(digits: data.Dataset, config: Config) -> dict[str, Grown]:
    """Learn from rows that come in portions, in three ways, each at its best rate."""
    train, held_out = data.split(digits.train, HELD_OUT, config.seed)
    rows, held_out, test = (
        data.Part(data.shrink(p.x), p.y) for p in (train, held_out, digits.test)
    )
    ways = {}
    with threadpoolctl.threadpool_limits(1):  # Products so small gain nothing by a second thread.
        for way in (ONLINE, ALL_ROWS, ALL_STEPS):
            found = []
            for rate in RATES:
                seeds = range(config.seed, config.seed + config.seeds)
                runs = [grow(way, rows, held_out, test, rate, seed, config) for seed in seeds]
                found.append(Grown(*map(np.array, zip(*runs, strict=True))))
            ways[way] = max(found, key=lambda grown: grown.held_out.mean())
    return ways


def grow(
    way: str,
    rows: data.Part,
    held_out: data.Part,
    test: data.Part,
    rate: float,
    seed: int,
    config: Config,
) -> tuple[float, list[float], list[int]]:
    """Learn a softmax regression from rows that come in portions, and return a seed of `Grown`."""
    rng = np.random.default_rng(seed)
    rows = rows.take(rng.permutation(len(rows)))
    classes, w = np.eye(10)[rows.y], np.zeros((rows.x.shape[1], 10))
    portion, passes = config.portion, config.passes
    tests, gone, saved = [], [0], 0
    for come in range(portion, len(rows) + 1, portion):
        if way == ONLINE:
            orders = [come - portion + rng.permutation(portion) for _ in range(passes)]
            steps = [order[i : i + FEW] for order in orders for i in range(0, portion, FEW)]
        else:
            saved += passes * portion  # What the steps on new rows go through.
            count = saved // come if way == ALL_ROWS else passes * -(-portion // FEW)
            steps, saved = [np.arange(come)] * count, saved % come
        for step in steps:
            errors = scipy.special.softmax(rows.x[step] @ w, axis=1) - classes[step]
            w -= rate * rows.x[step].T @ errors / len(step)
        gone.append(gone[-1] + sum(map(len, steps)))
        tests.append(accuracy(w, test))
    return accuracy(w, held_out), tests, gone[1:]


def accuracy(w: np.ndarray, part: data.Part) -> float:
    """Return the share of rows that weights `(features, classes)` tell right."""
    return float(np.mean((part.x @ w).argmax(axis=1) == part.y))


def judge_growing(record: RunRecord, ways: Mapping[str, Grown], config: Config) -> None:
    """Judge that one cannot go on training on all rows when they keep coming."""
    online, *others = (own.test[:, -1] for own in ways.values())
    behind = [stats.mean_interval(online - other) for other in others]
    told = ", ".join(
        f"{way} {own.test[:, -1].mean():.3f} by {own.gone[:, -1].mean():,.0f} rows"
        for way, own in ways.items()
    )
    record.judge(
        "B-growing-data",
        f"test accuracy when all have come, and rows gone through: {told}",
        holds=[interval.low > 0 for interval in behind],
        how=f"Steps of {FEW} on each portion of {config.portion}, {config.passes} passes, against "
        "steps on all so far, for equal work or equally many, which are "
        + " and ".join(f"{low:+.3f} to {high:+.3f}" for low, high in behind)
        + f" behind. Each at its best of {len(RATES)} rates on held out rows, {len(online)} "
        "orders. So it is possible, if the work may grow with the square of the rows.",
    )


def judge_online(record: RunRecord, rows: data.Part, seed: int) -> None:
    """Judge that batches of one row learn from rows as they come in, one by one."""
    x, y = rows.x[:ONLINE_ROWS], rows.y[:ONLINE_ROWS]
    in_fit, online = (
        models.build_mlp(x.shape[1:], (16,), 10, scale=1 / 255, optimizer="sgd", seed=seed)
        for _ in range(2)
    )
    models.fit(in_fit, x, y, batch_size=1, shuffle=False, jit_compile=False)
    for number in range(len(x)):
        online.train_on_batch(x[number : number + 1], y[number : number + 1])
    pairs = zip(in_fit.get_weights(), online.get_weights(), strict=True)
    gap = max(float(np.abs(a - b).max()) for a, b in pairs)
    record.judge(
        "D-online",
        f"weights differ by at most {gap:.1e}",
        holds=gap < 1e-5 and int(in_fit.optimizer.iterations.numpy()) == len(x),
        how=f"One epoch of {len(x)} rows in batches of 1 against a net that gets the same rows "
        "one after the other, as they would come in, and forgets each.",
    )


def plot_ways(ways: Mapping[str, Grown], portion: int) -> Figure:
    """Draw accuracy and work by the rows that have come."""
    looks = plots.style.looks(ways)
    with plots.style.figure(12.0, 5.0) as figure:
        figure.suptitle("Digits that come in portions")
        left, right = figure.subplots(1, 2)
        for way, own in ways.items():
            come = portion * np.arange(1, own.test.shape[1] + 1)
            left.plot(come, own.test.mean(axis=0), label=way, **looks[way].line)
            right.semilogy(come, own.gone.mean(axis=0).clip(1), **looks[way].line)
        left.set(xlabel="rows that have come", ylabel="test accuracy")
        right.set(xlabel="rows that have come", ylabel="rows gone through")
        left.legend(title="steps on")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
