"""What leads out of a place where descent stays?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.leaving_minima
Quick: python -m labs.leaving_minima --quick
Try:   --rate 0.02    does noise still lead out when the steps are small?
       --degree 3     is a stiffer polynomial worse than the sine's own minimum?

Descent that stays on a plateau, or in the worse minimum of a sine fit, is given what the lecture
names: another start, another learning rate, another model, each against both, and steps of single
rows, whose losses have other minima than the full one.

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
from models.by_hand.activations import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

TRUE_FREQUENCY, WORSE = 2.0, (3.6, 5.6)
"""The sine's frequency, and where the loss has its worse minimum."""
BATCHES = (1, 4, 10, 40)
PLATEAU_START, PLATEAU_STEPS = (-3.0, 2.5), 150
PLATEAU_RATES, SINE_RATES = (0.018, 1.9, 10.0), (0.1, 0.3, 0.6)
"""Rates on the plateau: one that stays, one that crosses, one too large; and three for the sine."""
SATURATED = -12.0
"""Weight of a sigmoid neuron, confident and wrong, whose squared error is a plateau."""


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
    judge_initialization(record, found, cross_plateau(config))
    judge_other_rate(record, fit, starts)
    judge_other_model(record, fit, config)
    worse = fit.lowest_between(*WORSE)
    left = count_left(leave_local_minimum(fit, worse, config), worse)
    gone = {size: count_gone(fit, worse, size, config) for size in BATCHES}
    judge_sampling(record, gone, left, config)
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


def cross_plateau(config: Config) -> np.ndarray:
    """Tell of random starts around the plateau's hole which fall into it, `(starts,)`."""
    starts = np.random.default_rng(config.seed).uniform(-4, 4, (config.starts, 2))
    ends = descend(landscapes.plateau_gradient, starts, PLATEAU_STEPS, PLATEAU_RATES[0])
    return landscapes.plateau(ends) < 0.5


def judge_initialization(record: RunRecord, found: np.ndarray, crossed: np.ndarray) -> None:
    """Judge that good starting points are worth looking for, on the sine fit and the plateau."""
    fives = [best_of_five(reached) for reached in (found, crossed)]
    better = [stats.wilson_interval(int(five.sum()), five.size) for five in fives]
    record.judge(
        "D-remedy-initialization",
        f"better minimum from {found.mean():.0%} of single starts, {fives[0].mean():.0%} of the "
        f"best of 5; off the plateau from {crossed.mean():.0%} and {fives[1].mean():.0%}",
        holds=[better[0].low > found.mean(), better[1].low > crossed.mean()],
        how="Five random starts at a time, the one with the least loss kept; lecture A says the "
        "same, to look for good starting points again and again. 95% intervals of the best of 5: "
        + ", ".join(f"{low:.0%} to {high:.0%}" for low, high in better)
        + ".",
    )


def judge_other_rate(record: RunRecord, fit: landscapes.SineFit, starts: np.ndarray) -> None:
    """Judge that another learning rate helps, on the plateau and on the sine fit."""
    start, gradient = np.array(PLATEAU_START), landscapes.plateau_gradient
    stays, crosses, leaves = (
        float(landscapes.plateau(descend(gradient, start, PLATEAU_STEPS, rate)))
        for rate in PLATEAU_RATES
    )
    found = [is_found(descend(fit.gradient, starts, 300, rate)) for rate in SINE_RATES]
    lows = [stats.wilson_interval(int(f.sum()), f.size).low for f in found[1:]]
    record.judge(
        "D-remedy-rate",
        f"loss on the plateau {stays:.3f} with rate {PLATEAU_RATES[0]}, {crosses:.3f} with "
        f"{PLATEAU_RATES[1]}, {leaves:.3f} with {PLATEAU_RATES[2]:g}; the better minimum from "
        + ", ".join(f"{f.mean():.0%}" for f in found)
        + f" of the starts with {', '.join(map(str, SINE_RATES))}",
        holds=[crosses < 0.5 < stays, max(lows) > found[0].mean()],
        how=f"After {PLATEAU_STEPS} steps. A remedy on a plateau, if the rate is not so large that "
        "the first steep place throws descent out again. Against local minima it would be one if a "
        "larger rate found the better one more often.",
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
    sigmoid, linear = (descend_neuron(fit.x, name) for name in ("sigmoid", "identity"))
    record.judge(
        "D-remedy-architecture",
        f"all {len(losses)} starts end at loss {losses.max():.3f}, the worse minimum of the sine "
        f"is {worse:.2f}; a linear neuron comes down to {linear:.2f} where a sigmoid's plateau "
        f"stays at {sigmoid:.2f}",
        holds=[
            bool(np.ptp(losses) < 1e-9 and losses.max() < worse),
            linear < 0.5 < sigmoid,
        ],
        how=f"A polynomial of degree {config.degree} on the same 40 points, by plain descent. It "
        "is linear in its weights, so its loss is a bowl. So is that of one linear neuron that is "
        f"to give 1 where x > 0, else 0, in {PLATEAU_STEPS} steps from the weight {SATURATED:g}.",
    )


def descend_neuron(x: np.ndarray, name: str) -> float:
    """Return the squared error of a neuron σ(wx) that is to tell the sign of x, after descent."""
    y, activation = (x > 0).astype(float), ACTIVATIONS[name]

    def gradient(w: np.ndarray) -> Any:
        z = w * x
        return np.mean(2 * (activation.value(z) - y) * activation.derivative(z) * x)

    w = descend(gradient, np.array(SATURATED), PLATEAU_STEPS, 0.1)
    return float(np.mean((activation.value(w * x) - y) ** 2))


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


def count_gone(fit: landscapes.SineFit, worse: float, size: int, config: Config) -> int:
    """Count the samples of so many rows whose loss has no minimum near the worse one."""
    rng = np.random.default_rng((config.seed, size, 1))
    rows = [rng.permutation(len(fit.x))[:size] for _ in range(config.starts)]
    w = np.linspace(worse - 0.3, worse + 0.3, 61)
    losses = fit.losses(w)[:, np.array(rows)].mean(axis=-1)
    return int(np.isin(losses.argmin(axis=0), (0, len(w) - 1)).sum())


def judge_sampling(
    record: RunRecord,
    gone: Mapping[int, int],
    left: Mapping[int, tuple[int, int]],
    config: Config,
) -> None:
    """Judge that samples have losses of another shape, and so let descent go elsewhere."""
    (single, better), (full, _) = left[min(left)], left[max(left)]
    intervals = [stats.wilson_interval(n, config.starts) for n in (gone[min(gone)], single)]
    record.judge(
        "D-sgd-structure",
        f"the worse minimum is none in {gone[min(gone)] / config.starts:.0%} of the losses of "
        f"single rows, {gone[max(gone)] / config.starts:.0%} of all rows; {single} of "
        f"{config.starts} runs with one row a step leave it, {full} with all",
        holds=intervals[0].low > 1 / 3 and intervals[1].low > 0.5 and gone[max(gone)] == full == 0,
        how="The model and its weights stay; as another structure would, a sample gives the loss "
        "another shape, which the lecture says before. No minimum within .3 of the worse one: "
        + ", ".join(f"{count / config.starts:.0%} with {size} rows" for size, count in gone.items())
        + f". Rate {config.rate}, a tenth of it at the end: {better / config.starts:.0%} end in "
        "the better minimum, the others elsewhere: noise leads out, not to the best place.",
        interval=intervals[1],
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
