"""Where does descent stop?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.local_minima
Quick: python -m labs.local_minima --quick
Try:   --starts 40    how wide do the shares scatter with few starts?
       --seed 1       other starts, the same two minima

The lecture's update rules walk down a ravine, over a saddle and across a plateau, and fit a
sine, whose loss has two minima. What leads out is the question of
labs.leaving_minima.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture B,
신경망 학습 (Training Neural Networks); lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import plots, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import landscapes
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.records import RunRecord

RULES: Mapping[str, tuple[rules.Rule, float]] = {
    "gradient descent": (rules.gradient_descent, 0.018),
    "momentum": (rules.momentum, 0.1),
    "Adagrad": (rules.adagrad, 0.5),
    "RMSProp": (rules.rmsprop, 0.03),
    "Adam": (rules.adam, 0.05),
}
"""The lecture's rules, each with a rate that takes it down the ravine."""
PATH_STEPS = 150
SADDLE_RATES = (0.03, 0.1, 0.3)
LANDSCAPES: Mapping[str, tuple[Callable[..., Any], Callable[..., Any], tuple[float, float]]] = {
    "ravine": (landscapes.ravine, landscapes.ravine_gradient, (-4.0, 1.2)),
    "saddle": (landscapes.saddle, landscapes.saddle_gradient, (-1.5, 1e-3)),
    "plateau": (landscapes.plateau, landscapes.plateau_gradient, (-3.0, 2.5)),
}
"""Loss, gradient and starting point."""
WINDOWS = {
    "ravine": (-4.6, 1.4, -1.6, 1.6),
    "saddle": (-1.9, 1.1, -1.6, 1.6),
    "plateau": (-4.0, 1.5, -1.2, 3.2),
}
TRUE_FREQUENCY, WORSE = 2.0, (3.6, 5.6)
"""The sine's frequency, and where the loss has its worse minimum."""
SINE_STEPS, TRIES, FLAT = 300, 5, 1e-2
HEIGHTS = np.linspace(0.01, 0.98, 14)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"starts": 100}

    starts: Annotated[int, AtLeast(20)] = 400
    """Starting points on the loss with two minima."""


def experiment(config: Config, record: RunRecord) -> None:
    """Walk down landscapes by each rule, then fit a sine from many starts."""
    paths = walk_landscapes()
    judge_saddle(record, config.seed)
    judge_plateau(record, paths["plateau"])
    fit = landscapes.SineFit.draw(TRUE_FREQUENCY, np.random.default_rng(config.seed))
    judge_zero_gradient(record, fit)
    starts = np.random.default_rng(config.seed).uniform(0, 6, config.starts)
    ends = {name: follow(name, fit.gradient, starts, SINE_STEPS)[-1] for name in RULES}
    judge_local_minima(record, ends)
    record.add_figure(
        "landscapes",
        plot_landscapes(paths, fit, ends),
        caption="The way of each rule from the star, with a mark at its end, down a ravine, over a "
        "saddle and across a plateau; below right where all starts of the sine fit end.",
    )
    stuck = [1 - is_found(end).mean() for end in ends.values()]
    across = [name for name, path in paths["plateau"].items() if landscapes.plateau(path[-1]) < 0.5]
    record.answer(
        f"Where the gradient is 0 or nearly so: on a plateau stay all rules but "
        f"{', '.join(across) or 'none'}, and in a worse place of the sine fit end "
        f"{min(stuck):.0%} to {max(stuck):.0%} of the starts, whatever the rule.",
        limits="Losses of one and two parameters, one rate for each rule; what leads out is the "
        "question of labs.leaving_minima.",
    )


def follow(
    name: str, gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int
) -> np.ndarray:
    """Follow one of `RULES` from a start, `(steps + 1, *shape of the start)`."""
    rule, rate = RULES[name]
    return rules.descend(rule, lambda theta, step: gradient(theta), start, steps, rate=rate)


def walk_landscapes() -> dict[str, dict[str, np.ndarray]]:
    """Follow each rule on each landscape, `(PATH_STEPS + 1, 2)` each."""
    return {
        place: {name: follow(name, gradient, np.array(start), PATH_STEPS) for name in RULES}
        for place, (_, gradient, start) in LANDSCAPES.items()
    }


def judge_saddle(record: RunRecord, seed: int) -> None:
    """Judge that momentum gets away from a saddle."""
    starts = np.stack([np.full(200, -1.5), np.random.default_rng(seed).normal(0, 1e-3, 200)], 1)
    medians = {
        (name, rate): float(
            np.median(np.argmax(np.abs(over_saddle(rule, starts, rate)[..., 1]) > 0.5, axis=0))
        )
        for name, (rule, _) in list(RULES.items())[:2]
        for rate in SADDLE_RATES
    }
    plain, heavy = ([medians[name, rate] for rate in SADDLE_RATES] for name in list(RULES)[:2])
    ridge = over_saddle(rules.momentum, np.array([-1.5, 0.0]), SADDLE_RATES[-1])
    record.judge(
        "A-momentum-saddle",
        "; ".join(
            f"{with_it:.0f} steps with momentum, {without:.0f} without at λ = {rate:g}"
            for rate, with_it, without in zip(SADDLE_RATES, heavy, plain, strict=True)
        ),
        holds=[with_it < without for with_it, without in zip(heavy, plain, strict=True)],
        how="Medians of 200 starts within about .001 of the ridge. Plain descent leaves no later: "
        "momentum with the slide's (1 − β₁) has to gather way first. From the ridge itself it ends "
        f"at height {ridge[-1, 1]:.0f}, on the saddle: where the gradient is 0, so is its average.",
    )


def over_saddle(rule: rules.Rule, start: np.ndarray, rate: float) -> np.ndarray:
    """Follow a rule over the saddle, `(steps + 1, *shape of the start)`."""
    return rules.descend(
        rule, lambda theta, step: landscapes.saddle_gradient(theta), start, 2000, rate=rate
    )


def judge_plateau(record: RunRecord, paths: Mapping[str, np.ndarray]) -> None:
    """Judge that gradient descent stops on a plateau."""
    last = {name: float(landscapes.plateau(path[-1])) for name, path in paths.items()}
    across = [name for name, loss in last.items() if loss < 0.5]
    record.judge(
        "D-plateau",
        f"loss {last['gradient descent']:.3f} of 1 after {PATH_STEPS} steps",
        holds=last["gradient descent"] > 0.99,
        how="Where the gradient is 5e-4 it hardly moves. Down the hole came "
        f"{', '.join(across) or 'none'}: rules that divide by the size of the gradient.",
    )


def is_found(frequency: np.ndarray) -> np.ndarray:
    """Tell whether a frequency is that of the better minimum."""
    return np.abs(frequency - TRUE_FREQUENCY) < 0.3


def judge_local_minima(record: RunRecord, ends: Mapping[str, np.ndarray]) -> None:
    """Judge that iterating leads to the optimum, that rules get stuck, and that starts help."""
    found: dict[str, np.ndarray] = {name: is_found(end) for name, end in ends.items()}
    plain, heavy = found["gradient descent"], found["momentum"]
    tries = plain.size
    stuck = ", ".join(f"{name} {1 - f.mean():.0%}" for name, f in found.items())
    record.judge(
        "A-local-minima",
        f"in a worse place after 300 steps: {stuck}",
        holds=all(not f.all() for f in found.values()),
        how=f"A sine's frequency fitted to 40 points from {tries} random starts between 0 and 6.",
    )
    record.judge(
        "A-momentum-local-minima",
        f"{heavy.mean():.0%} of the starts find the better minimum, {plain.mean():.0%} "
        "without momentum",
        holds=bool(heavy.all()),
        how="The same starts. The wall between the minima is higher than what momentum brings.",
    )
    loss, gradient, start = LANDSCAPES["ravine"]
    low = float(loss(follow("gradient descent", gradient, np.array(start), 2000)[-1]))
    record.judge(
        "B-optimum",
        f"loss {low:.0e} in the ravine; {plain.mean():.0%} of the starts of the sine fit",
        holds=[low < 1e-6, bool(plain.all())],
        how="Plain descent on a loss with one minimum, and to the better one of two.",
    )
    tried = plain[: tries // TRIES * TRIES].reshape(-1, TRIES).any(axis=1)
    one, best = (stats.wilson_interval(int(own.sum()), own.size) for own in (plain, tried))
    record.judge(
        "A-restarts",
        f"{plain.mean():.0%} of single starts, {tried.mean():.0%} of the best of {TRIES}",
        holds=best.low > one.high,
        how="Plain descent to the better minimum; the intervals must not overlap.",
    )
    missed = tries - int(plain.sum())
    interval = stats.wilson_interval(missed, tries)
    record.judge(
        "D-local-minima",
        f"{missed} of {tries} starts",
        holds=interval.low > 0 and missed > 0,
        how="The full gradient on the sine fit; the interval is that of the share of starts.",
        interval=interval,
    )


def judge_zero_gradient(record: RunRecord, fit: landscapes.SineFit) -> None:
    """Judge that where the loss is least its derivatives are 0, and whether they are so there only.

    A minimum is found as the least loss of many places around it, not by the gradient.
    """
    edges = [(-0.9, 0.9), (0.1, 1.9)]
    y = [np.linspace(low, high, 20_001) for low, high in edges]
    at = {
        "the ravine's minimum": (landscapes.ravine, landscapes.ravine_gradient, 0),
        "the saddle's minimum": (landscapes.saddle, landscapes.saddle_gradient, 1),
    }
    gradients = {}
    for place, (loss, gradient, which) in at.items():
        line = np.stack([np.zeros_like(y[which]), y[which]], axis=-1)
        gradients[place] = float(np.abs(gradient(line[loss(line).argmin()])).max())
    saddle = float(np.abs(landscapes.saddle_gradient(np.zeros(2))).max())
    w = np.linspace(0, 6, 200_001)
    losses = fit.loss(w)
    turns = 1 + np.flatnonzero(np.diff(np.sign(np.diff(losses))) > 0)
    best = losses[turns].argmin()
    sine = np.abs(fit.gradient(w[turns]))
    gradients["the sine fit's best place"] = float(sine[best])
    others = int(np.sum(np.delete(sine, best) < FLAT))
    record.judge(
        "A-minimum-gradient",
        "; ".join(f"{place} {value:.0e}" for place, value in gradients.items())
        + f"; the saddle itself {saddle:g}, and {others} worse places of the sine fit below {FLAT}",
        holds=[max(gradients.values()) < FLAT, saddle > FLAT and not others],
        how="Largest |derivative| where the loss is least on a fine line. A gradient of 0 is "
        "needed, and not enough: saddles, worse minima and maxima have it too.",
    )


def plot_landscapes(
    paths: Mapping[str, Mapping[str, np.ndarray]],
    fit: landscapes.SineFit,
    ends: Mapping[str, np.ndarray],
) -> Figure:
    """Draw the paths on three landscapes, and where all starts end on the fourth."""
    looks = plots.style.looks(RULES)
    with plots.style.figure(12.0, 9.0) as figure:
        *panels, last = figure.subplots(2, 2).flat
        for axes, place in zip(panels, paths, strict=True):
            left, right, bottom, top = WINDOWS[place]
            loss, _, start = LANDSCAPES[place]
            sides = (left, right), (bottom, top)
            plots.draw_contours(axes, loss, *sides, lambda height: np.quantile(height, HEIGHTS))
            for index, (name, path) in enumerate(paths[place].items()):
                axes.plot(
                    *path.T,
                    **looks[name].line,
                    markevery=[len(path) - 1],  # A large mark at its end.
                    markersize=12 - 1.2 * index,
                    markeredgecolor="white",
                    linewidth=1.3,
                )
            axes.plot(*start, "k*", markersize=20, zorder=1.5)
            axes.set(xlabel="θ₁", ylabel="θ₂", title=place)
        draw_sine_ends(last, fit, ends)
        handles = panels[0].get_lines()[: len(RULES)]
        names = [f"{name}, λ = {rate}" for name, (_, rate) in RULES.items()]
        figure.legend(handles, names, loc="outside lower center", ncols=3)
        figure.suptitle("Where each rule goes and ends")
    return figure


def draw_sine_ends(axes: Axes, fit: landscapes.SineFit, ends: Mapping[str, np.ndarray]) -> None:
    """Draw the loss of the sine fit and the share of starts that end in each minimum."""
    w = np.linspace(0, 6, 400)
    axes.plot(w, fit.loss(w), color="black")
    for place in (TRUE_FREQUENCY, fit.lowest_between(*WORSE)):
        shares = [np.mean(np.abs(end - place) < 0.3) for end in ends.values()]
        ends_here = " to ".join(dict.fromkeys(f"{f(shares):.0%}" for f in (min, max)))
        axes.annotate(
            f"{ends_here}\nof the starts\nend here",
            (place, fit.loss(np.array(place))),
            xytext=(place, 1.6),
            ha="center",
            arrowprops={"arrowstyle": "->", "color": plots.style.NEUTRAL},
        )
    axes.set(xlabel="frequency w", ylabel="mean squared error", ylim=(0, 2.2))
    axes.set_title("two minima, each rule from many starts")


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
