"""Which learning rate brings a line to its points?

Topic: gradients                      Time: seconds
Run:   python -m labs.line_descent
Quick: python -m labs.line_descent --quick
Try:   --rate 0.29       is the best rate much quicker than the lecture's .1?
       --steps 100000    does the slow rate get there in the end?

The lecture draws a line y = mx + b through two points by gradient descent, with learning rates
that are too large, too small and right. This lab follows each, and one just below and one just
above the rate from which on the steps diverge.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import plots
from labs.running import Above, AtMost, LabConfig, Within, lab
from models.by_hand import line_fit, optimization
from models.by_hand.line_fit import START, X, Y

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.records import RunRecord

MINIMUM = np.array([2.0, 1.0])
SMALL, LARGE = 0.005, 0.5
MARGIN = 0.01
"""How far below and above the largest stable rate two more are tried, as a share of it."""
ARRIVED = 1e-4
"""MSE from which on a line counts as arrived: RMSE .01, on points that lie 2 apart."""
STARTS, SPREAD = 50, 10.0
"""Lines drawn at random, and the standard deviation of their slopes and intercepts."""
LOST = 1e8
"""MSE beyond which a path is not followed any further."""
Paths = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab; only lines to start from are random."""

    QUICK: ClassVar = {"steps": 1000}

    steps: Annotated[int, Within(500, 1_000_000)] = 10000
    """Most steps that are taken with one learning rate."""
    rate: Annotated[float, Above(0), AtMost(1)] = 0.1
    """The rate that is said to arrive; the lecture's is .1."""


def experiment(config: Config, record: RunRecord) -> None:
    """Follow five learning rates, and judge what the slides say of three."""
    threshold = line_fit.largest_stable_rate(X)
    rates = {
        "small": SMALL,
        "middle": config.rate,
        "below": threshold * (1 - MARGIN),
        "above": threshold * (1 + MARGIN),
        "large": LARGE,
    }
    paths = {name: walk(rate, config.steps) for name, rate in rates.items()}
    record.add_table("rates", [describe_path(rates[name], path) for name, path in paths.items()])
    judge_rates(record, paths, config.rate)
    judge_start(record, config.rate, config.seed)
    record.add_figure(
        "paths",
        plot_paths(paths, rates),
        caption="Left the ways of three rates from the start over lines of equal loss to the star; "
        "right the loss along each way.",
    )
    record.add_figure(
        "lines",
        plot_lines(paths["middle"], config.rate),
        caption="The line itself at some steps of the middle rate: it turns slowly.",
    )
    low, high = np.linalg.eigvalsh(line_fit.hessian(X))
    best = 2 / (high + low)
    record.answer(
        f"Any below 2/λmax = {threshold:.4f}, above which the steps diverge: {config.rate:g} takes "
        f"{tell_steps(paths['middle'])} to an RMSE of .01, {SMALL} "
        f"{tell_steps(paths['small'])}, and the best, {best:.4f}, "
        f"{tell_steps(walk(best, 1000))}. The bowl bends {high / low:.0f} times more across than "
        "along, so no rate is quick both ways.",
        limits="One line through two points, where the loss is a bowl.",
    )


def mse(lines: np.ndarray) -> Any:
    """Return the MSE of one line or of many on the lecture's points."""
    return line_fit.mean_squared_error(lines, X, Y)


def tell_steps(path: np.ndarray) -> str:
    """Say how many steps a path takes to arrive."""
    steps = steps_to_arrive(path)
    return f"more than {len(path) - 1:,} steps" if steps is None else f"{steps:,} steps"


def walk(rate: float, steps: int, start: np.ndarray = START) -> np.ndarray:
    """Return the lines of gradient descent as far as they make sense, `(steps + 1, 2)`."""
    lines = optimization.gradient_descent(lambda line: line_fit.gradient(line, X, Y), start, rate)
    followed = takewhile(lambda line: mse(line) < LOST, lines)
    return np.array(list(islice(followed, steps + 1)))


def steps_to_arrive(path: np.ndarray) -> int | None:
    """Return the number of steps to an RMSE of .01, None if the path does not get there."""
    arrived = np.flatnonzero(mse(path) < ARRIVED)
    return int(arrived[0]) if len(arrived) else None


def judge_rates(record: RunRecord, paths: Paths, rate: float) -> None:
    """Judge what the slides' three learning rates do."""
    note = f"From m = −1, b = 5; arrived means an RMSE below {np.sqrt(ARRIVED):.2f}."
    large, middle, small = (paths[name] for name in ("large", "middle", "small"))
    needed = steps_to_arrive(middle)
    before, after = (line_fit.gradient(line, X, Y) for line in large[:2])
    record.judge(
        "C-rate-large",
        "MSE " + ", ".join(f"{loss:.3g}" for loss in mse(large[:5])),
        holds=bool(before @ after < 0 and np.all(np.diff(mse(large)) > 0)),
        how=(
            "The slope along the first step has changed its sign behind it, and each later step "
            "raises the MSE. " + note
        ),
    )
    at = len(small) - 1 if needed is None else needed
    arrives = steps_to_arrive(small)
    later = f"it has not arrived after {len(small) - 1:,} steps"
    if arrives is not None:
        later = f"it arrives after {arrives:,} steps"
    record.judge(
        "C-rate-small",
        f"MSE {mse(small[at]):.3g} after {at} steps",
        holds=bool(np.all(np.diff(mse(small)) < 0) and mse(small[at]) > 100 * ARRIVED),
        how=f"So far it is when {rate:.2g} has arrived; {later}. {note}".replace(
            "0.1 has", ".1 has"
        ),
    )
    record.judge(
        "C-rate-middle",
        f"arrives after {needed} steps",
        holds=bool(needed is not None and np.all(np.diff(mse(middle[: needed + 1])) < 0)),
        how=(f"MSE {mse(middle[1]):.3g} after 1 step, {mse(middle[10]):.3g} after 10. {note}"),
    )


def judge_start(record: RunRecord, rate: float, seed: int) -> None:
    """Judge that a line may start at random, by where it ends."""
    starts = np.random.default_rng(seed).normal(scale=SPREAD, size=(STARTS, 2))
    needed = [steps_to_arrive(walk(rate, 1000, start)) for start in starts]
    arrived = [steps for steps in needed if steps is not None]
    record.judge(
        "C-random-start",
        f"{len(arrived)} of {STARTS} lines arrive"
        + (f", after {min(arrived)} to {max(arrived)} steps" if arrived else ""),
        holds=len(arrived) == STARTS,
        how=f"Slopes and intercepts drawn with a standard deviation of {SPREAD:g}, up to 1,000 "
        f"steps with rate {rate:g}. The loss is a bowl, so all ways lead to one line.",
    )


def describe_path(rate: float, path: np.ndarray) -> dict[str, Any]:
    """Return how one learning rate did, for a table."""
    losses = mse(path)
    return {
        "learning rate": rate,
        "MSE after 1 step": float(losses[1]),
        "in the end": float(losses[-1]),
        "steps": len(path) - 1,
        "steps to arrive": steps_to_arrive(path),
    }


def plot_paths(paths: Paths, rates: Mapping[str, float]) -> Figure:
    """Draw the loss surface with the paths on it, and the loss along each path."""
    notes = {"above": "just above 2/λmax", "below": "just below"}
    looks = plots.style.looks(rates)
    with plots.style.figure(12.5, 5.8) as figure:
        surface, curves = figure.subplots(1, 2)
        plots.draw_contours(surface, mse, (-6, 6), (-4, 9.5), 2.0 ** np.arange(-6, 9))
        for name in ("large", "above", "below", "middle", "small"):
            losses, label = mse(paths[name]), f"{rates[name]:.3g} {notes.get(name, '')}"
            marks = np.array([0, 1, 3, 10, 30, 100, 300, 1000, 3000])
            marks = marks[marks < len(losses)]
            if name not in notes:
                path = paths[name][: 4 if name == "large" else 101]
                shown = list(marks[marks < len(path)])
                surface.plot(*path.T, markevery=shown, **looks[name].line)
            curves.loglog(
                losses.clip(1e-12), markevery=list(marks), label=label, **looks[name].line
            )
        surface.plot(*MINIMUM, "*", color="black", markersize=15)
        surface.set(title="3 steps of the largest, 100 of the others", xlabel="slope m")
        surface.set(ylabel="intercept b")
        curves.set(title="The loss along each path", xlabel="step", ylabel="MSE")
        curves.set(xlim=(0.8, None), ylim=(1e-7, LOST))
        handles, labels = curves.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, title="learning rate")
        figure.suptitle("Gradient descent on a line with five learning rates")
    return figure


def plot_lines(path: np.ndarray, rate: float) -> Figure:
    """Draw the line at some steps, and the points it is to go through."""
    with plots.style.figure(9.0, 5.6) as figure:
        axes: Axes = figure.subplots()
        needed = steps_to_arrive(path)
        steps = [0, 1, 10, 100, len(path) - 1 if needed is None else needed]
        ends, dashes = np.array([0.5, 2.5]), [":", "-.", "--", (0, (5, 1)), "-"]
        looks = plots.style.looks(map(str, range(len(steps)))).values()
        for step, dash, look in zip(steps, dashes, looks, strict=True):
            line = path[min(step, len(path) - 1)]
            label = f"step {step}: MSE {mse(line):.2g}"
            axes.plot(ends, line_fit.predict(line, ends), color=look.color, ls=dash, label=label)
        axes.plot(X, Y, "o", color="black", markersize=11)
        axes.set(title=f"The line on its way, rate {rate:g}", xlabel="x", ylabel="y")
        axes.legend()
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
