"""How long should a step be?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.learning_rate
Quick: python -m labs.learning_rate --quick
Try:   --beta 0.5     is less inertia better in the mild ravine?
       --beta 0.99    and more in the steep one?

Down a ravine, where the limit is known: rates too small, right and too large, and what momentum
changes. Whether rates must fall in time is the question of labs.step_decay.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import lazy_loader
import numpy as np

from labs import plots
from labs.running import AtLeast, Below, LabConfig, lab
from models.by_hand import landscapes
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")

START, STARTS = (-4.0, 1.2), 100
LIMIT = 2 / landscapes.STEEPNESS
"""Above 2 divided by the largest curvature each step ends higher than it began."""
BEST = 2 / (1 + landscapes.STEEPNESS)
STEEPNESSES = (10, 25, 100, 400)
BETAS = (0.3, 0.5, 0.8, 0.9)
LARGE_PARTS = (0.9, 0.99, 0.995, 0.999, 1.01)
"""Rates that are too large, as parts of the limit."""
NEVER = 3000
"""Steps after which a descent is given up."""
GOOD, WIDE = 2.0, 10.0
"""Times the least steps that are good, and ratio of rates between which a choice is easy."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab; random are the starts of one descent alone."""

    beta: Annotated[float, AtLeast(0), Below(1)] = 0.9
    """β₁ of momentum, its share of the steps before."""


def experiment(config: Config, record: RunRecord) -> None:
    """Go down ravines with rates too small, right and too large, and with momentum."""
    judge_gradient_descent(record, config.seed)
    judge_rates(record)
    judge_choice(record)
    counts = {steepness: count_steps(steepness, config.beta) for steepness in STEEPNESSES}
    judge_momentum(record)
    judge_one_rate(record)
    record.add_figure(
        "rates",
        plot_rates(counts),
        caption="Steps that each rate needs to a millionth of the loss: descent is fastest just "
        "below its limit (dotted), momentum bears larger rates.",
    )
    told = ", ".join(
        f"{heavy.min():,} and {plain.min():,} at {steepness}:1"
        for steepness, (plain, heavy) in counts.items()
    )
    record.answer(
        "As long as the curvature allows: up to 2 divided by the largest one, beyond which it "
        "leads away. With momentum and without, each at its best rate, ravines take so many "
        f"steps: {told}.",
        limits="Ravines of two parameters without noise; noise wants shorter steps with time, see "
        "labs.step_decay.",
    )


def ravine_losses(
    rates: ArrayLike,
    steps: int,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> np.ndarray:
    """Return the loss at each step down the ravine for each rate, `(steps + 1, rates)`."""
    rates = np.atleast_1d(rates)

    def gradient(theta: np.ndarray, step: int) -> np.ndarray:
        return landscapes.ravine_gradient(theta, steepness)

    with np.errstate(over="ignore", invalid="ignore"):  # Rates too large are tried as well.
        starts = np.tile(START, (len(rates), 1))
        path = rules.descend(rule, gradient, starts, steps, rate=rates[:, None])
        return landscapes.ravine(path, steepness)


def steps_to_floor(
    rates: ArrayLike,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> np.ndarray:
    """Return after how many steps the loss stays below a millionth of the first, `(rates,)`."""
    losses = ravine_losses(rates, NEVER, rule, steepness)
    above = ~(losses < losses[0] * 1e-6)
    return (NEVER + 1 - above[::-1].argmax(axis=0)).clip(max=NEVER)


def judge_gradient_descent(record: RunRecord, seed: int) -> None:
    """Judge that θ ← θ − λ∇L goes down from random starts until nothing changes any more."""
    path = rules.descend(
        rules.gradient_descent,
        lambda theta, step: landscapes.ravine_gradient(theta),
        np.random.default_rng(seed).normal(0, 4, (STARTS, 2)),
        2000,
        rate=BEST,
    )
    loss = landscapes.ravine(path)
    change = float(np.abs(path[-1] - path[-2]).max())
    record.judge(
        "A-gradient-descent",
        f"loss {loss[0].mean():.3g} to {loss[-1].max():.1e}, last change of θ {change:.1e}",
        holds=bool(np.all(np.diff(loss, axis=0) <= 0)) and change < 1e-12,
        how=f"2,000 steps in the ravine from {STARTS} starts; the loss never rose. θ stops "
        "changing where the gradient is 0, which need not be the best minimum.",
    )


def judge_rates(record: RunRecord) -> None:
    """Judge what rates too small, right and too large do in the ravine."""
    right, small, half = steps_to_floor([BEST, BEST / 10, LIMIT / 2])
    crawling = ravine_losses(BEST / 10, 500)
    record.judge(
        "A-rate-too-small",
        f"{small:,} steps with a tenth of the best rate, {right:,} with the best",
        holds=bool(small > 5 * right and np.all(np.diff(crawling, axis=0) < 0)),
        how="Steps until the loss stays below a millionth of the first, in a ravine 100 times as "
        "steep across as along.",
    )
    stable, diverging = ravine_losses([LIMIT * 0.99, LIMIT * 1.01], 300).T
    diverges = bool(stable[-1] < stable[0] and diverging[-1] > diverging[0])
    steps = steps_to_floor(np.array(LARGE_PARTS) * LIMIT)
    record.judge(
        "A-rate-too-large",
        f"{half:,} steps at half of the limit; "
        + ", ".join(f"{n:,} at {part}" for part, n in zip(LARGE_PARTS, steps, strict=True)),
        holds=[bool(diverges and n < half) for n in steps],
        how=f"Same ravine; the limit is λ = {LIMIT}, beyond which every step leads further up. "
        f"Fast is true up to .99 of it, the best rate there is; nearer to it learning is slow, "
        f"beyond it there is none. {NEVER:,} stands for never.",
    )
    record.judge(
        "D-rate-diverges",
        f"after 300 steps {diverging[-1] / diverging[0]:.3g} times the first loss at 1.01 "
        f"times the limit, {stable[-1] / stable[0]:.2g} times at .99",
        holds=diverges,
        how=f"The limit is 2 divided by the largest curvature, 2/100 = {LIMIT}.",
    )


def judge_choice(record: RunRecord) -> None:
    """Judge that a rate is hard to choose: good ones are few, and others in another ravine."""
    rates = np.geomspace(0.1 / STEEPNESSES[-1], 10 / STEEPNESSES[0], 200)
    taken = {s: steps_to_floor(rates, steepness=s) for s in STEEPNESSES}
    good = {s: rates[n <= GOOD * n.min()] for s, n in taken.items()}
    worst = np.max([n / n.min() for n in taken.values()], axis=0).min()
    record.judge(
        "A-rate-hard",
        "; ".join(f"{s}:1 {own.min():.2g} to {own.max():.2g}" for s, own in good.items()),
        holds=bool(worst > GOOD and max(own.max() / own.min() for own in good.values()) < WIDE),
        how=f"Rates by which descent takes at most {GOOD:g} times its least steps, by ravine. The "
        f"best single rate for all of them takes {worst:.0f} times as many in one, and how steep a "
        "loss is, is not known beforehand.",
    )


def rates_for(steepness: float) -> np.ndarray:
    """Return the rates that are tried in a ravine, `(90,)`."""
    return np.geomspace(0.1, 100, 90) / steepness


def count_steps(steepness: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps that each rate takes, `(90,)`, without momentum and with it."""
    rates = rates_for(steepness)
    return (
        steps_to_floor(rates, rules.gradient_descent, steepness),
        steps_to_floor(rates, partial(rules.momentum, beta_1=beta), steepness),
    )


def judge_momentum(record: RunRecord) -> None:
    """Judge that faster learning is possible with momentum: with some β, in every ravine."""
    plain = {s: int(count_steps(s, 0.0)[0].min()) for s in STEEPNESSES}
    heavy = {b: {s: int(count_steps(s, b)[1].min()) for s in STEEPNESSES} for b in BETAS}
    faster = {s: [b for b in BETAS if heavy[b][s] < plain[s]] for s in STEEPNESSES}
    record.judge(
        "A-momentum-faster",
        "; ".join(
            f"ravine {s}:1 {plain[s]:,} steps, "
            + ", ".join(f"{heavy[b][s]:,} with β₁ = {b}" for b in BETAS)
            for s in STEEPNESSES
        ),
        holds=all(faster.values()),
        how="Each at its best of 90 rates; the lecture gives no β₁. The steeper the ravine, the "
        "larger a β₁ pays; in a mild one a large one has to swing out first.",
    )


def judge_one_rate(record: RunRecord) -> None:
    """Judge that one rate for all parameters is inefficient, in ravines along an axis and not."""
    told, holds = [], []
    for steepness in (STEEPNESSES[0], STEEPNESSES[-1]):
        for way, turn in (("along an axis", 0.0), ("between the axes", np.pi / 4)):
            axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            curvature = axes @ np.diag([1.0, steepness]) @ axes.T
            rates = np.geomspace(0.5 / steepness, 2, 201)
            common = steps_for([(rate, rate) for rate in rates], curvature)
            each = steps_for([(a, b) for a in rates[::4] for b in rates[::4]], curvature)
            told.append(f"{steepness}:1 {way} {common:,} steps at one rate, {each:,} at two")
            holds.append(each < common / 2)
    record.judge(
        "A-one-rate",
        "; ".join(told),
        holds=holds,
        how="Steps of plain descent to a millionth of the way, at the best of 201 common rates and "
        "of 51² pairs. A ravine that runs between the axes is as steep in both parameters, so "
        "rates of their own are of no use there.",
    )


def steps_for(rates: Sequence[tuple[float, float]], curvature: np.ndarray) -> int:
    """Return the least steps in which descent at one of the rates comes to a millionth of the way.

    Args:
        rates: Of both parameters.
        curvature: Second derivatives of a square function, `(2, 2)`.
    """
    left = np.eye(2) - np.array(rates)[:, :, None] * curvature  # What a step leaves of θ.
    shrink = np.abs(np.linalg.eigvals(left)).max(axis=1).min()
    return int(np.ceil(np.log(1e-6) / np.log(max(shrink, 1e-6))))


def plot_rates(counts: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw the steps that each rate takes, in the mildest ravine and the steepest."""
    with plots.style.figure(12.0, 5.4) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, steepness in zip(panels, (min(counts), max(counts)), strict=True):
            names = ("gradient descent", "momentum")
            for name, steps in zip(names, counts[steepness], strict=True):
                axes.loglog(
                    rates_for(steepness),
                    np.where(steps < NEVER, steps, np.nan),
                    **plots.style.looks(names)[name].line,
                    markersize=4,
                    label=name,
                )
            axes.axvline(
                2 / steepness,
                color=plots.style.NEUTRAL,
                linestyle=plots.style.MARK_STYLES[0],
                label="2 / largest curvature",
            )
            axes.set(xlabel="learning rate λ", title=f"ravine {steepness} times as steep across")
        panels[0].set_ylabel("steps to a millionth of the loss")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle("Steps down a ravine by learning rate")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
