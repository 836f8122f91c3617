"""What leads out of a place where descent stays?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.leaving_minima
Quick: python -m labs.leaving_minima --quick
Try:   --rate 0.02    does noise still lead out when the steps are small?
       --degree 3     is a stiffer polynomial worse than the sine's own minimum?

Descent that stays on a plateau, or in the worse minimum of a sine fit, is given what the lecture
names: another start, another learning rate, another model, and steps of single rows, whose noise
leads out of a minimum that holds the full gradient.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from models.by_hand import landscapes
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

TRUE_FREQUENCY, WORSE = 2.0, (3.6, 5.6)
"""The sine's frequency, and where the loss has its worse minimum."""
BATCHES = (1, 4, 10, 40)
PLATEAU_START, PLATEAU_STEPS = (-3.0, 2.5), 150
PLATEAU_RATES, SINE_RATES = (0.018, 1.9, 10.0), (0.1, 0.3, 0.6)
"""Rates on the plateau: one that stays, one that crosses, one too large; and three for the sine."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"starts": 100}

    starts: Annotated[int, AtLeast(20)] = 400
    """Starting points, and runs with noise, on the loss with two minima."""
    rate: Annotated[float, Above(0), AtMost(1)] = 0.1
    """Learning rate on the sine fit."""
    degree: Annotated[int, Within(1, 30)] = 11
    """Degree of the polynomial that is fitted in place of the sine."""


def experiment(config: Config, record: RunRecord) -> None:
    """Try the remedies one at a time."""
    fit = landscapes.SineFit.draw(TRUE_FREQUENCY, np.random.default_rng(config.seed))
    starts = np.random.default_rng(config.seed).uniform(0, 6, config.starts)
    found = is_found(descend(fit.gradient, starts, 300, config.rate))
    judge_initialization(record, found)
    judge_other_rate(record, fit, starts)
    judge_other_model(record, fit, config)
    worse = fit.lowest_between(*WORSE)
    left = count_left(leave_local_minimum(fit, worse, config), worse)
    judge_leaving(record, left, config)
    record.add_figure(
        "leaving",
        plot_leaving(fit, worse, left, config.starts),
        caption="Left the loss of three single rows (dashed) beside the mean: each has valleys of "
        "its own. Right how many runs leave the worse minimum, by the rows of a step.",
    )
    (single, better), (full, _) = left[min(left)], left[max(left)]
    record.answer(
        f"Noise: {single} of {config.starts} runs with single rows leave the worse minimum and "
        f"{full} with all rows, but {better} end in the better one. The best of five starts finds "
        f"that in {best_of_five(found).mean():.0%} of the cases, a single one in "
        f"{found.mean():.0%}; another model has no such place at all.",
        limits="A loss of one parameter; in nets of many parameters minima that hold descent are "
        "rare, saddles are not.",
    )


def descend(gradient: Callable[..., Any], start: np.ndarray, steps: int, rate: float) -> np.ndarray:
    """Return where plain gradient descent ends, shape of the start."""
    return rules.descend(
        rules.gradient_descent, lambda theta, step: gradient(theta), start, steps, rate=rate
    )[-1]


def is_found(frequency: np.ndarray) -> np.ndarray:
    """Tell whether a frequency is that of the better minimum."""
    return np.abs(frequency - TRUE_FREQUENCY) < 0.3


def best_of_five(found: np.ndarray) -> np.ndarray:
    """Tell of each five starts whether one is found, `(starts // 5,)`."""
    return np.any(found[: len(found) // 5 * 5].reshape(-1, 5), axis=1)


def judge_initialization(record: RunRecord, found: np.ndarray) -> None:
    """Judge that good starting points are worth looking for."""
    of_five = best_of_five(found)
    better = stats.wilson_interval(int(of_five.sum()), of_five.size)
    record.judge(
        "D-remedy-initialization",
        f"{found.mean():.0%} of single starts, {of_five.mean():.0%} of the best of 5",
        above=float(found.mean()),
        how="Five random starts at a time, the one with the least loss kept; lecture A says the "
        "same, to look for good starting points again and again. The interval is that of five.",
        interval=better,
    )


def judge_other_rate(record: RunRecord, fit: landscapes.SineFit, starts: np.ndarray) -> None:
    """Judge that another learning rate helps, on the plateau and on the sine fit."""
    start, gradient = np.array(PLATEAU_START), landscapes.plateau_gradient
    stays, crosses, leaves = (
        float(landscapes.plateau(descend(gradient, start, PLATEAU_STEPS, rate)))
        for rate in PLATEAU_RATES
    )
    found = [is_found(descend(fit.gradient, starts, 300, rate)).mean() for rate in SINE_RATES]
    record.judge(
        "D-remedy-rate",
        f"loss on the plateau {stays:.3f} with rate {PLATEAU_RATES[0]}, {crosses:.3f} with "
        f"{PLATEAU_RATES[1]}, {leaves:.3f} with {PLATEAU_RATES[2]:g}",
        holds=crosses < 0.5 < stays,
        how=f"After {PLATEAU_STEPS} steps. A remedy on a plateau, if the rate is not so large that "
        "the first steep place throws descent out again. Not against local minima: with rates "
        f"{', '.join(map(str, SINE_RATES))} the sine fit finds the better one from "
        f"{min(found):.0%} to {max(found):.0%} of the starts.",
    )


def judge_other_model(record: RunRecord, fit: landscapes.SineFit, config: Config) -> None:
    """Judge that another model, whose loss has another shape, helps."""
    powers = np.polynomial.chebyshev.chebvander(fit.x / 3, config.degree)
    basis = np.linalg.qr(powers).Q * np.sqrt(len(fit.x))  # Curvature 2 in every direction.

    def gradient(w: np.ndarray, step: int) -> np.ndarray:
        return 2 * (w @ basis.T - fit.y) @ basis / len(fit.x)

    starts = np.random.default_rng(config.seed).normal(0, 1, (config.starts, config.degree + 1))
    w = rules.descend(rules.gradient_descent, gradient, starts, 300, rate=config.rate)[-1]
    losses = np.mean((w @ basis.T - fit.y) ** 2, axis=1)
    worse = float(fit.loss(np.array(fit.lowest_between(*WORSE))))
    record.judge(
        "D-remedy-architecture",
        f"all {len(losses)} starts end at loss {losses.max():.3f}; the worse minimum of "
        f"the sine is {worse:.2f}",
        holds=bool(np.ptp(losses) < 1e-9 and losses.max() < worse),
        how=f"A polynomial of degree {config.degree} on the same 40 points, by plain descent. It "
        "is "
        "linear in its weights, so its loss is a bowl.",
    )


def leave_local_minimum(
    fit: landscapes.SineFit, worse: float, config: Config
) -> dict[int, np.ndarray]:
    """Start in the local minimum and take steps of few rows, for each batch size.

    Returns:
        Where the runs end, `(starts,)` frequencies, after 700 steps and 300 more with a
        tenth of the rate. A batch of all rows is the full gradient.
    """
    start = np.full(config.starts, worse)
    rows = len(fit.x)
    ends = {}
    for size in BATCHES:
        rng = np.random.default_rng((config.seed, size))

        def sampled(w: np.ndarray, step: int, size: int = size, rng: Any = rng) -> np.ndarray:
            if size == rows:
                return fit.gradient(w)
            return fit.gradient(w, rng.integers(0, rows, (len(w), size)))

        w = rules.descend(rules.gradient_descent, sampled, start, 700, rate=config.rate)[-1]
        w = rules.descend(rules.gradient_descent, sampled, w, 300, rate=config.rate / 10)[-1]
        ends[size] = w
    return ends


def count_left(ends: Mapping[int, np.ndarray], start: float) -> dict[int, tuple[int, int]]:
    """Count the runs out of the worse minimum's basin, and those in the better minimum."""
    return {
        size: (int((np.abs(w - start) > 0.8).sum()), int(is_found(w).sum()))
        for size, w in ends.items()
    }


def judge_leaving(record: RunRecord, left: Mapping[int, tuple[int, int]], config: Config) -> None:
    """Judge that noise leads out of a place where the full gradient stays."""
    (single, better), (full, _) = left[min(left)], left[max(left)]
    interval = stats.wilson_interval(single, config.starts)
    record.judge(
        "D-sgd-leaves",
        f"{single} of {config.starts} runs with one row a step leave the local minimum, "
        f"{full} with all rows",
        holds=interval.low > 0.5 and full == 0,
        how=f"Rate {config.rate}, a tenth of it at the end. {better / config.starts:.0%} end in "
        "the better "
        "minimum, the others elsewhere: noise leads out, not to the best place.",
        interval=interval,
    )


def plot_leaving(
    fit: landscapes.SineFit, start: float, left: Mapping[int, tuple[int, int]], runs: int
) -> Figure:
    """Draw the loss of single rows beside the mean, and which batch sizes get out."""
    w = np.linspace(0, 6, 400)
    with plots.style.figure(12.0, 5.2) as figure:
        losses, bars = figure.subplots(1, 2)
        single = fit.losses(w)[:, [3, 16, 34]]
        lines = losses.plot(w, single, color=plots.style.SPREAD, linestyle="--", linewidth=1.2)
        (mean,) = losses.plot(w, fit.loss(w), color="black", linewidth=2.4)
        (mark,) = losses.plot(start, fit.loss(np.array(start)), "k*", markersize=16)
        losses.legend(
            [mean, lines[0], mark], ["all rows", "single rows", "start"], loc="upper left"
        )
        losses.set(xlabel="frequency w", ylabel="squared error", ylim=(0, single.max() * 1.3))
        labels = {"left": "", "in the better minimum": "//"}
        looks = plots.style.looks(labels)
        for number, (label, hatch) in enumerate(labels.items()):
            counts = np.array([pair[number] for pair in left.values()])
            ranges = np.array([stats.wilson_interval(count, runs) for count in counts])
            bars.bar(
                np.arange(len(left)) + 0.4 * number - 0.2,
                counts / runs,
                0.4,
                yerr=np.abs(ranges.T - counts / runs),
                capsize=4,
                hatch=hatch,
                edgecolor="white",
                color=looks[label].color,
                label=label,
            )
        names = [str(size) for size in left]
        names[-1] += " (all)"
        bars.set_xticks(range(len(left)), names)
        bars.set(xlabel="rows a step", ylabel="share of runs (95% interval)", ylim=(0, 1.05))
        bars.legend()
        figure.suptitle("Loss of single rows, and runs that leave the worse minimum")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
