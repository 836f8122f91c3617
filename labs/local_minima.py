"""Where does descent stop?

Run:   python -m labs.local_minima           about 4 s on 2 cores
Smoke: python -m labs.local_minima --quick   about 3 s

The lecture's update rules walk down a ravine, over a saddle and across a plateau, and fit a
sine, whose loss has two minima. Then the remedies: momentum, other starts, another learning
rate, another model, and steps of single rows, whose noise leads out of a minimum that holds the
full gradient.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import landscapes
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

RULES: Mapping[str, tuple[rules.Rule, float]] = {
    "gradient descent": (rules.gradient_descent, 0.018),
    "momentum": (rules.momentum, 0.1),
    "Adagrad": (rules.adagrad, 0.5),
    "RMSProp": (rules.rmsprop, 0.03),
    "Adam": (rules.adam, 0.05),
}
"""The lecture's rules, each with a rate that takes it down the ravine."""
PATH_STEPS = 150
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
TRUE_FREQUENCY, SINE_RATE = 2.0, 0.1
BATCHES = (1, 4, 10, 40)
PLATEAU_RATES, SINE_RATES = (1.9, 10.0), (0.1, 0.3, 0.6)
"""Rates to try in place of plain descent's own: one that crosses, one too large; three that fit."""
DEGREE = 11


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"starts": 100}

    starts: int = 400
    """Starting points, and runs with noise, on the loss with two minima, at least 20."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("starts", self.starts >= 20, "20 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    paths = walk_landscapes()
    record.add_claims(check_saddle(config.seed), check_plateau(paths["plateau"]))

    fit = make_sine_fit(config.seed)
    ends = end_points(fit, config)
    record.add_claims(*check_local_minima(ends))
    record.add_claims(check_other_rate(fit, config), check_other_model(fit, config))
    left = count_left(leave_local_minimum(fit, config), local_minimum(fit))
    record.add_claims(check_leaving(left, config.starts))
    record.add_figures(
        landscapes=plot_landscapes(paths, fit, ends),
        leaving=plot_leaving(fit, left, config.starts),
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


def check_saddle(seed: int) -> Claim:
    """Check that momentum gets away from a saddle."""
    starts = np.stack([np.full(200, -1.5), np.random.default_rng(seed).normal(0, 1e-3, 200)], 1)
    medians = []
    for name in ("gradient descent", "momentum"):
        path = follow(name, landscapes.saddle_gradient, starts, 2000)
        medians.append(float(np.median(np.argmax(np.abs(path[..., 1]) > 0.5, axis=0))))
    ridge = follow("momentum", landscapes.saddle_gradient, np.array([-1.5, 0.0]), 2000)
    return results.judge_statement(
        "A-momentum-saddle",
        "Momentum solves the problem of saddle points.",
        holds=0 < medians[1] < medians[0],
        measured=f"{medians[1]:.0f} steps with momentum, {medians[0]:.0f} without, the medians",
        note="200 starts within about .001 of the ridge, each rule with its rate for the ravine: "
        "there momentum bears a larger one, and that is the gain. From the ridge itself it ends "
        f"at height {ridge[-1, 1]:.0f}, on the saddle: where the gradient is 0, so is its average.",
    )


def check_plateau(paths: Mapping[str, np.ndarray]) -> Claim:
    """Check that gradient descent stops on a plateau."""
    last = {name: float(landscapes.plateau(path[-1])) for name, path in paths.items()}
    across = [name for name, loss in last.items() if loss < 0.5]
    return results.judge_statement(
        "D-plateau",
        "Gradient descent can stop on a plateau.",
        holds=last["gradient descent"] > 0.99,
        measured=f"loss {last['gradient descent']:.3f} of 1 after {PATH_STEPS} steps",
        note="It does not stop for good, but where the gradient is 5e-4, it hardly moves. Down the "
        f"hole came {', '.join(across) or 'none'}: rules that divide by the size of the gradient.",
    )


def make_sine_fit(seed: int) -> landscapes.SineFit:
    """Return 40 points of sin(2x) with noise; the frequency is to be found again."""
    x = np.linspace(-3, 3, 40)
    noise = np.random.default_rng(seed).normal(0, 0.3, len(x))
    return landscapes.SineFit(x, np.sin(TRUE_FREQUENCY * x) + noise)


def local_minimum(fit: landscapes.SineFit) -> float:
    """Return the worse minimum, which lies between 3.6 and 5.6."""
    w = np.linspace(3.6, 5.6, 2001)
    return float(w[np.argmin(fit.loss(w))])


def is_found(frequency: np.ndarray) -> np.ndarray:
    """Tell whether a frequency is that of the better minimum."""
    return np.abs(frequency - TRUE_FREQUENCY) < 0.3


def draw_starts(config: Config) -> np.ndarray:
    """Return frequencies between 0 and 6 to start from, `(starts,)`."""
    return np.random.default_rng(config.seed).uniform(0, 6, config.starts)


def end_points(fit: landscapes.SineFit, config: Config) -> dict[str, np.ndarray]:
    """Let each rule fit the frequency from many starts, `(starts,)` each."""
    starts = draw_starts(config)
    return {name: follow(name, fit.gradient, starts, 300)[-1] for name in RULES}


def check_local_minima(ends: Mapping[str, np.ndarray]) -> Iterator[Claim]:
    """Check that every rule gets stuck, and that other starts help."""
    found: dict[str, np.ndarray] = {name: is_found(end) for name, end in ends.items()}
    plain, heavy = found["gradient descent"], found["momentum"]
    tries = plain.size
    stuck = ", ".join(f"{name} {1 - f.mean():.0%}" for name, f in found.items())
    yield results.judge_statement(
        "A-local-minima",
        "The gradient becomes 0 although the loss is not at its best, for all kinds of descent.",
        holds=all(not f.all() for f in found.values()),
        measured=f"in a worse place after 300 steps: {stuck}",
        note=f"A sine's frequency fitted to 40 points from {tries} random starts between 0 and 6.",
    )
    yield results.judge_statement(
        "A-momentum-local-minima",
        "Momentum solves the problem of local minima.",
        holds=bool(heavy.all()),
        measured=f"{heavy.mean():.0%} of the starts find the better minimum, {plain.mean():.0%} "
        "without momentum",
        note="The same starts. Momentum rolls over bumps that are small against its way; here the "
        "wall between the minima is higher than what it brings along.",
    )
    missed = tries - int(plain.sum())
    interval = results.wilson_interval(missed, tries)
    yield results.judge_statement(
        "D-local-minima",
        "Gradient descent can end in a local minimum.",
        holds=interval.low > 0 and missed > 0,
        measured=f"{missed} of {tries} starts",
        note="The full gradient on the sine fit; the interval is that of the share of starts.",
        interval=interval,
    )
    of_five = np.any(plain[: tries // 5 * 5].reshape(-1, 5), axis=1)
    better = results.wilson_interval(int(of_five.sum()), of_five.size)
    yield results.judge_statement(
        "D-remedy-initialization",
        "A good initialization is a remedy.",
        holds=better.low > plain.mean(),
        measured=f"{plain.mean():.0%} of single starts, {of_five.mean():.0%} of the best of 5",
        note="Five random starts at a time, the one with the least loss kept; lecture A says the "
        "same, to look for good starting points again and again. The interval is that of five.",
        interval=better,
    )


def check_other_rate(fit: landscapes.SineFit, config: Config) -> Claim:
    """Check that another learning rate helps, on the plateau and on the sine fit."""

    def end(gradient: Callable[..., Any], start: np.ndarray, steps: int, rate: float) -> np.ndarray:
        return rules.descend(
            rules.gradient_descent, lambda theta, step: gradient(theta), start, steps, rate=rate
        )[-1]

    _, gradient, start = LANDSCAPES["plateau"]
    own = RULES["gradient descent"][1]
    stays, crosses, leaves = (
        float(landscapes.plateau(end(gradient, np.array(start), PATH_STEPS, rate)))
        for rate in (own, *PLATEAU_RATES)
    )
    found = [is_found(end(fit.gradient, draw_starts(config), 300, r)).mean() for r in SINE_RATES]
    return results.judge_statement(
        "D-remedy-rate",
        "Another learning rate is a remedy.",
        holds=crosses < 0.5 < stays,
        measured=f"loss on the plateau {stays:.3f} with rate {own}, {crosses:.3f} with "
        f"{PLATEAU_RATES[0]}, {leaves:.3f} with {PLATEAU_RATES[1]:g}",
        note=f"After {PATH_STEPS} steps. A remedy on a plateau, if the rate is not so large that "
        "the first steep place throws descent out again. Not against local minima: with rates "
        f"{', '.join(map(str, SINE_RATES))} the sine fit finds the better one from "
        f"{min(found):.0%} to {max(found):.0%} of the starts.",
    )


def check_other_model(fit: landscapes.SineFit, config: Config) -> Claim:
    """Check that another model, whose loss has another shape, helps."""
    powers = np.polynomial.chebyshev.chebvander(fit.x / 3, DEGREE)
    basis = np.linalg.qr(powers).Q * np.sqrt(len(fit.x))  # Curvature 2 in every direction.

    def gradient(w: np.ndarray, step: int) -> np.ndarray:
        return 2 * (w @ basis.T - fit.y) @ basis / len(fit.x)

    starts = np.random.default_rng(config.seed).normal(0, 1, (config.starts, DEGREE + 1))
    w = rules.descend(rules.gradient_descent, gradient, starts, 300, rate=SINE_RATE)[-1]
    losses = np.mean((w @ basis.T - fit.y) ** 2, axis=1)
    worse = float(fit.loss(np.array(local_minimum(fit))))
    return results.judge_statement(
        "D-remedy-architecture",
        "Another model, which changes the shape of the loss, is a remedy.",
        holds=bool(np.ptp(losses) < 1e-9 and losses.max() < worse),
        measured=f"all {len(losses)} starts end at loss {losses.max():.3f}; the worse minimum of "
        f"the sine is {worse:.2f}",
        note=f"A polynomial of degree {DEGREE} on the same 40 points, by plain descent. It is "
        "linear in its weights, so its loss is a bowl.",
    )


def leave_local_minimum(fit: landscapes.SineFit, config: Config) -> dict[int, np.ndarray]:
    """Start in the local minimum and take steps of few rows, for each batch size.

    Returns:
        Where the runs end, `(starts,)` frequencies, after 700 steps and 300 more with a
        tenth of the rate. A batch of all rows is the full gradient.
    """
    start = np.full(config.starts, local_minimum(fit))
    rows = len(fit.x)
    ends = {}
    for size in BATCHES:
        rng = np.random.default_rng((config.seed, size))

        def sampled(w: np.ndarray, step: int, size: int = size, rng: Any = rng) -> np.ndarray:
            if size == rows:
                return fit.gradient(w)
            return fit.gradient(w, rng.integers(0, rows, (len(w), size)))

        w = rules.descend(rules.gradient_descent, sampled, start, 700, rate=SINE_RATE)[-1]
        w = rules.descend(rules.gradient_descent, sampled, w, 300, rate=SINE_RATE / 10)[-1]
        ends[size] = w
    return ends


def count_left(ends: Mapping[int, np.ndarray], start: float) -> dict[int, tuple[int, int]]:
    """Count the runs out of the worse minimum's basin, and those in the better minimum."""
    return {
        size: (int((np.abs(w - start) > 0.8).sum()), int(is_found(w).sum()))
        for size, w in ends.items()
    }


def check_leaving(left: Mapping[int, tuple[int, int]], runs: int) -> Claim:
    """Check that noise leads out of a place where the full gradient stays."""
    (single, better), (full, _) = left[min(left)], left[max(left)]
    interval = results.wilson_interval(single, runs)
    return results.judge_statement(
        "D-sgd-leaves",
        "Sampling lets SGD leave places where the full gradient stays.",
        holds=interval.low > 0.5 and full == 0,
        measured=f"{single} of {runs} runs with one row a step leave the local minimum, "
        f"{full} with all rows",
        note=f"Rate {SINE_RATE}, a tenth of it at the end. {better / runs:.0%} end in the better "
        "minimum, the others elsewhere: noise leads out, not to the best place.",
        interval=interval,
    )


def plot_landscapes(
    paths: Mapping[str, Mapping[str, np.ndarray]],
    fit: landscapes.SineFit,
    ends: Mapping[str, np.ndarray],
) -> Figure:
    """Draw the paths on three landscapes, and where all starts end on the fourth."""
    with results.style.figure(12.0, 9.0) as figure:
        *panels, last = figure.subplots(2, 2).flat
        for axes, place in zip(panels, paths, strict=True):
            left, right, bottom, top = WINDOWS[place]
            x, y = np.meshgrid(np.linspace(left, right, 160), np.linspace(bottom, top, 160))
            height = LANDSCAPES[place][0](np.stack([x, y], axis=-1))
            levels = np.quantile(height, np.linspace(0.01, 0.98, 14))
            axes.contour(x, y, height, levels, colors=results.style.FAINT, linewidths=0.8)
            for index, path in enumerate(paths[place].values()):
                axes.plot(
                    *path.T,
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    markevery=[len(path) - 1],  # A large mark at its end.
                    markersize=12 - 1.2 * index,
                    markeredgecolor="white",
                    linewidth=1.3,
                )
            axes.plot(*LANDSCAPES[place][2], "k*", markersize=20, zorder=1.5)
            axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="θ₁", ylabel="θ₂", title=place)
        draw_sine_ends(last, fit, ends)
        handles = panels[0].get_lines()[: len(RULES)]
        names = [f"{name}, λ = {rate}" for name, (_, rate) in RULES.items()]
        figure.legend(handles, names, loc="outside lower center", ncols=3)
        figure.suptitle("Plain descent stays on the plateau; no rule gets out of a local minimum")
    return figure


def draw_sine_ends(axes: Axes, fit: landscapes.SineFit, ends: Mapping[str, np.ndarray]) -> None:
    """Draw the loss of the sine fit and the share of starts that end in each minimum."""
    w = np.linspace(0, 6, 400)
    axes.plot(w, fit.loss(w), color="black")
    for place in (TRUE_FREQUENCY, local_minimum(fit)):
        shares = [np.mean(np.abs(end - place) < 0.3) for end in ends.values()]
        low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
        axes.annotate(
            f"{low if low == high else f'{low} to {high}'}\nof the starts\nend here",
            (place, fit.loss(np.array(place))),
            xytext=(place, 1.6),
            ha="center",
            arrowprops={"arrowstyle": "->", "color": results.style.NEUTRAL},
        )
    axes.set(xlabel="frequency w", ylabel="mean squared error", ylim=(0, 2.2))
    axes.set_title("two minima, each rule from many starts")


def plot_leaving(fit: landscapes.SineFit, left: Mapping[int, tuple[int, int]], runs: int) -> Figure:
    """Draw the loss of single rows beside the mean, and which batch sizes get out."""
    w = np.linspace(0, 6, 400)
    with results.style.figure(12.0, 5.2) as figure:
        losses, bars = figure.subplots(1, 2)
        single = fit.losses(w)[:, [3, 16, 34]]
        lines = losses.plot(w, single, color=results.style.COLORS[5], linestyle="--", linewidth=1.2)
        (mean,) = losses.plot(w, fit.loss(w), color="black", linewidth=2.4)
        start = local_minimum(fit)
        (mark,) = losses.plot(start, fit.loss(np.array(start)), "k*", markersize=16)
        losses.legend(
            [mean, lines[0], mark], ["all rows", "single rows", "start"], loc="upper left"
        )
        losses.set(xlabel="frequency w", ylabel="squared error", ylim=(0, single.max() * 1.3))
        looks = (("left", ""), ("in the better minimum", "//"))
        for number, (label, hatch) in enumerate(looks):
            counts = np.array([pair[number] for pair in left.values()])
            ranges = np.array([results.wilson_interval(count, runs) for count in counts])
            bars.bar(
                np.arange(len(left)) + 0.4 * number - 0.2,
                counts / runs,
                0.4,
                yerr=np.abs(ranges.T - counts / runs),
                capsize=4,
                hatch=hatch,
                edgecolor="white",
                color=results.style.COLORS[number],
                label=label,
            )
        names = [str(size) for size in left]
        names[-1] += " (all)"
        bars.set_xticks(range(len(left)), names)
        bars.set(xlabel="rows a step", ylabel="share of runs (95% interval)", ylim=(0, 1.05))
        bars.legend()
        figure.suptitle("Single rows have other valleys: noisy steps leave the local minimum")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
