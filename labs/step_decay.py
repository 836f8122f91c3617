"""Must the rate fall as training goes on?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.step_decay
Quick: python -m labs.step_decay --quick
Try:   --batch-size 265    without noise, does decay still gain anything?
       --factor 0.5        is a gentler decay enough?

Logistic regression on the diabetes rows, in steps of a few rows, with the rate constant and
lowered after epochs 30, 60 and 90: the noise of the steps never ends, but their length may.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import lazy_loader
import numpy as np

import callbacks
from labs import data, plots, stats
from labs.running import Above, AtLeast, Below, LabConfig, Within, lab
from models.by_hand import logistic_regression, problems
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")

EPOCHS, RATES = 100, (0.0003, 0.003, 0.03, 0.3, 3.0)
SHOWN = (0.003, 0.03, 0.3)
NEEDED = 2
RULES: dict[str, rules.Rule] = {
    "descent": rules.gradient_descent,
    "momentum": rules.momentum,
    "Adagrad": rules.adagrad,
    "RMSProp": rules.rmsprop,
    "Adam": rules.adam,
}
"""The methods before which the lecture says it."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4}

    seeds: Annotated[int, AtLeast(2)] = 20
    """Trainings with each learning rate, with and without step decay."""
    batch_size: Annotated[int, Within(1, 265)] = 16
    """Rows a step."""
    factor: Annotated[float, Above(0), Below(1)] = 0.1
    """What the rate is multiplied by after epochs 30, 60 and 90; the lecture's is .1."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train with each rate, constant and decayed, and compare where the loss ends."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    trained = {
        name: train_with_step_decay(patients.train, rule, config) for name, rule in RULES.items()
    }
    judge_step_decay(record, trained, config)
    excess = {rate: trained["descent"][rate] for rate in SHOWN}
    record.add_figure(
        "step_decay",
        plot_decay(patients.name, excess),
        caption="How far the loss is above its minimum, with constant rates (dashed) and with "
        "decay (solid), which begins at the dotted epochs.",
    )
    small, *_, large = excess.values()
    gain, loss = (
        constant[:, -1].mean() / decayed[:, -1].mean() for constant, decayed in (large, small)
    )
    record.answer(
        f"If it begins large: from a rate of {SHOWN[-1]} the loss ends {gain:.3g} times nearer to "
        f"its minimum with decay, from {SHOWN[0]} {loss:.2g} times as near.",
        limits="One logistic regression; how a rate that is too small begins is no question of "
        "decay.",
    )


def train_with_step_decay(
    train: data.Part, rule: rules.Rule, config: Config
) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Train logistic regression with the rate constant and lowered in steps.

    All trainings of one seed start at 0 and see the rows in the same order.

    Returns:
        For each rate how far the loss is above its minimum after each epoch, constant and
        decayed, `(seeds, epochs)` each.
    """
    x = np.column_stack([np.ones(len(train)), train.x / train.x.std(axis=0)])
    decay = callbacks.StepDecay(config.factor)
    generators = [np.random.default_rng((config.seed, s)) for s in range(config.seeds)]
    w = np.zeros((2, len(RATES), config.seeds, x.shape[1]))
    memory = rules.Memory(np.zeros_like(w), np.zeros_like(w), 1)
    losses = []
    for epoch in range(EPOCHS):
        now = np.stack([RATES, [decay.rate_at(epoch, rate) for rate in RATES]])[..., None, None]
        order = np.stack([rng.permutation(len(x)) for rng in generators])
        for first in range(0, len(x), config.batch_size):
            rows = order[:, first : first + config.batch_size]
            gradient = logistic_regression.gradient(w, x[rows], train.y[rows])
            change, memory = rule(gradient, memory, rate=now)
            w = w - change
        losses.append(logistic_regression.loss(w, x, train.y))
    best = problems.find_minimum(problems.logistic_regression(x, train.y))
    excess = np.stack(losses, axis=-1) - logistic_regression.loss(best, x, train.y)
    return {rate: (excess[0, i], excess[1, i]) for i, rate in enumerate(RATES)}


def judge_step_decay(
    record: RunRecord,
    trained: Mapping[str, Mapping[float, tuple[np.ndarray, np.ndarray]]],
    config: Config,
) -> None:
    """Judge the rates of step decay, and that rates must fall with every method."""
    decay = callbacks.StepDecay(config.factor)
    record.judge(
        "A-step-decay",
        [1, 0.1, 0.1, 0.01, 0.01, 0.001],
        right=[decay.rate_at(epoch, 1.0) for epoch in (29, 30, 59, 60, 89, 90)],
        how="Rates of callbacks.StepDecay in epochs 29, 30, 59, 60, 89 and 90, counted from 0.",
    )
    rows, nearer = [], {}
    for name, excess in trained.items():
        last = np.array([[part[:, -1] for part in parts] for parts in excess.values()])
        constant, decayed = last[:, 0], last[:, 1]
        best, best_decayed = (scipy.stats.gmean(e, axis=1).argmin() for e in (constant, decayed))
        nearer[name] = stats.geometric_mean_interval(constant[best] / decayed[best_decayed])
        rates = {"constant rate": list(excess)[best], "first rate": list(excess)[best_decayed]}
        rows.append({"method": name, **rates, "times nearer with decay": nearer[name]})
    record.add_table("methods", rows, formats={"times nearer with decay": ".2g"})
    told = (f"{name} {low:.2g} to {high:.2g}" for name, (low, high) in nearer.items())
    record.judge(
        "A-step-decay-needed",
        f"with decay the loss ends so many times nearer to its minimum: {', '.join(told)}",
        holds=[interval.low > NEEDED for interval in nearer.values()],
        how=f"Logistic regression on the diabetes rows, {config.seeds} seeds, each method at its "
        f"best of {len(RATES)} rates, with and without decay; needed is what ends more than "
        f"{NEEDED} times nearer. Adagrad makes its steps smaller by itself. It holds for steps of "
        "a few rows, whose noise never ends; a rate that begins too small only stops earlier.",
    )


def plot_decay(name: str, excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw how far the loss is above its minimum, with constant and decayed rates."""
    epochs = np.arange(1, EPOCHS + 1)
    with plots.style.figure(11.0, 5.8) as figure:
        axes = figure.subplots()
        looks = plots.style.looks(map(str, excess))
        for index, (rate, parts) in enumerate(excess.items()):
            for part, way, line in zip(parts, ("constant", "decay"), ("--", "-"), strict=True):
                axes.semilogy(
                    epochs,
                    part.mean(axis=0),
                    line,
                    **looks[str(rate)].line,
                    markevery=(9 + 3 * index, 20),
                    label=f"rate {rate}, {way}",
                )
        for epoch in (30, 60, 90):
            axes.axvline(epoch, color=plots.style.NEUTRAL, linestyle=plots.style.MARK_STYLES[0])
        axes.set(xlabel="epoch (dotted: rate × .1)", ylabel="loss above its minimum")
        figure.legend(loc="outside lower center", ncols=3)
        figure.suptitle(f"{name}: constant rates and step decay")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
