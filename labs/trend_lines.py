"""Which trend line is better?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.trend_lines
Quick: python -m labs.trend_lines --quick
Try:   --draws 1000    does the best degree stay the same?
       --seed 1        other points, the same valley of the validation error

Polynomials of growing degree are fitted to 15 points of a sine with noise. The training error
always falls; new points tell which line is better. A degree chosen on validation points looks
better on these than it is, which is why there is a third part of the data, for the test.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴
네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import plots, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

DEGREES = range(13)
POINTS, TEST_POINTS, NOISE = 15, 500, 0.3
PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 60}

    draws: Annotated[int, AtLeast(2)] = 300
    """Draws of points."""


def experiment(config: Config, record: RunRecord) -> None:
    """Fit polynomials to draws of points, and compare the errors on three parts."""
    errors = fit_lines(config)
    judge_trend_line(record, errors)
    judge_three_parts(record, errors)
    chosen = errors[:, :, 1].argmin(axis=1)
    training, _, test = np.median(errors, axis=0).T
    record.answer(
        f"The one that is nearest to new points, not to the old ones: the training error falls to "
        f"{training[-1]:.4f} at degree {DEGREES[-1]}, the test error is lowest at degree "
        f"{test.argmin()} with {test.min():.3f}. Validation points choose degree "
        f"{np.median(chosen):g} in the median.",
        limits="One sine, one amount of noise, 15 points.",
    )
    record.add_figure(
        "trend_lines",
        plot_lines(config.seed, errors),
        caption="Left three polynomials through one draw of points; right the median errors by "
        "degree: on training points they always fall.",
    )


def draw_points(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of a sine wave with noise, x from 0 to 1."""
    x = rng.uniform(size=n)
    return x, np.sin(2 * np.pi * x) + rng.normal(scale=NOISE, size=n)


def fit_line(x: np.ndarray, y: np.ndarray, degree: int) -> Any:
    """Fit a polynomial by least squares, well conditioned by Chebyshev's basis."""
    return np.polynomial.Chebyshev.fit(x, y, degree, domain=[0, 1])


def fit_lines(config: Config) -> np.ndarray:
    """Fit lines of each degree to many draws of points.

    Returns:
        Mean squared errors, `(draws, degrees, 3)`, the last axis as in `PARTS`.
    """
    rng = np.random.default_rng(config.seed)
    errors = np.empty((config.draws, len(DEGREES), len(PARTS)))
    for draw in range(config.draws):
        parts = [draw_points(n, rng) for n in (POINTS, POINTS, TEST_POINTS)]
        for degree in DEGREES:
            line = fit_line(*parts[0], degree)
            errors[draw, degree] = [losses.mean_squared_error(y, line(x)) for x, y in parts]
    return errors


def judge_trend_line(record: RunRecord, errors: np.ndarray) -> None:
    """Judge that the line nearest to the training points is not the better one."""
    training, _, test = np.median(errors, axis=0).T
    best = int(test.argmin())
    falls = bool(np.all(np.diff(errors[:, :, 0], axis=1) <= 1e-9))
    last = len(DEGREES) - 1
    record.judge(
        "C-trend-line",
        f"median test error {test[best]:.3f} at degree {best}, {test[1]:.3f} at degree 1, "
        f"{test[last]:.3g} at degree {last}; training error {training[1]:.3f} to "
        f"{training[last]:.4f}",
        holds=falls and 0 < best < last,
        how=f"{len(errors)} draws of {POINTS} points of a sine with noise of variance "
        f"{NOISE**2:.2f}, which no line can be below on new points. The training error fell "
        "with "
        f"every degree in {'each draw' if falls else 'most draws'}.",
    )


def judge_three_parts(record: RunRecord, errors: np.ndarray) -> None:
    """Judge that training rows flatter the fit, and validation rows the choice."""
    draws = np.arange(len(errors))
    chosen = errors[:, :, 1].argmin(axis=1)
    training, validation, test = errors[draws, chosen].T

    def judge(id: str, parts: dict[str, np.ndarray]) -> None:
        ratios = [np.log(test / seen) for seen in parts.values()]
        intervals = [stats.mean_interval(ratio) for ratio in ratios]
        told = ", ".join(
            f"{np.exp(ratio.mean()):.2f} times the {part} error "
            f"({np.exp(interval.low):.2f} to {np.exp(interval.high):.2f})"
            for part, ratio, interval in zip(parts, ratios, intervals, strict=True)
        )
        record.judge(
            id,
            f"new points' error is {told}",
            above=0,
            how=f"The degree with the lowest validation error of {len(DEGREES)} in each of "
            f"{len(errors)} draws; geometric mean of test error over that of a part, {TEST_POINTS} "
            "test points. The interval is the lowest of the logarithms.",
            interval=min(intervals),
        )

    judge("B-three-parts", {"training": training, "validation": validation})
    judge("C-three-parts", {"validation": validation})


def plot_lines(seed: int, errors: np.ndarray) -> Figure:
    """Draw three trend lines through one draw of points, and the errors by degree."""
    x, y = draw_points(POINTS, np.random.default_rng(seed))
    medians = np.median(errors, axis=0)
    best = int(medians[:, 2].argmin())
    grid = np.linspace(0, 1, 400)
    lines = dict(zip((1, best, DEGREES[-1]), (":", "-", "--"), strict=True))
    with plots.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(x, y, "o", color=plots.style.NEUTRAL, label="training points")
        looks = plots.style.looks([*map(str, lines), *PARTS])
        for degree, line in lines.items():
            values = fit_line(x, y, degree)(grid)
            left.plot(grid, values, line, color=looks[str(degree)].color, label=f"degree {degree}")
        left.set(xlabel="x", ylabel="y", ylim=(-2, 2), title="Which trend line is better?")
        left.legend()
        for part, line, values in zip(PARTS, ("--", "-", ":"), medians.T, strict=True):
            right.semilogy(DEGREES, values, linestyle=line, label=part, **looks[part].line)
        right.set(xlabel="degree", ylabel="median of mean squared error", ylim=(0.005, 20),
                  title=f"{len(errors)} draws of {POINTS} points")  # fmt: skip
        right.legend()
        figure.suptitle(
            f"Polynomials of degree 0 to {DEGREES[-1]}; on new points degree {best} is best"
        )
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
