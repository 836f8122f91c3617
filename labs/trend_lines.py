"""Which trend line is better?

Run:   python -m labs.trend_lines           about 2 s on 2 cores
Smoke: python -m labs.trend_lines --quick   about 2 s

Polynomials of growing degree are fitted to 15 points of a sine with noise. The training error
always falls; new points tell which line is better. A degree chosen on validation points looks
better on these than it is, which is why there is a third part of the data, for the test.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴
네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

DEGREES = range(13)
POINTS, TEST_POINTS, NOISE = 15, 500, 0.3
PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 60}

    draws: int = 300
    """Draws of points, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("draws", self.draws >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    errors = fit_lines(config)
    record.add_claims(check_trend_line(errors), *check_three_parts(errors))
    chosen = errors[:, :, 1].argmin(axis=1)
    record.add_findings(
        f"Validation points choose degree {np.median(chosen):g} in the median (of up to "
        f"{DEGREES[-1]}); training points would always choose {DEGREES[-1]}."
    )
    record.add_figures(trend_lines=plot_lines(config.seed, errors))


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


def check_trend_line(errors: np.ndarray) -> Claim:
    """Check that the line nearest to the training points is not the better one."""
    training, _, test = np.median(errors, axis=0).T
    best = int(test.argmin())
    falls = bool(np.all(np.diff(errors[:, :, 0], axis=1) <= 1e-9))
    last = len(DEGREES) - 1
    return results.judge_statement(
        "C-trend-line",
        "Which trend line is better? Not the one that passes through every point.",
        holds=falls and 0 < best < last,
        measured=f"median test error {test[best]:.3f} at degree {best}, {test[1]:.3f} at degree 1, "
        f"{test[last]:.3g} at degree {last}; training error {training[1]:.3f} to "
        f"{training[last]:.4f}",
        note=f"{len(errors)} draws of {POINTS} points of a sine with noise of variance "
        f"{NOISE**2:.2f}, which no line can be below on new points. The training error fell with "
        f"every degree in {'each draw' if falls else 'most draws'}.",
    )


def check_three_parts(errors: np.ndarray) -> Iterator[Claim]:
    """Check that training rows flatter the fit, and validation rows the choice."""
    draws = np.arange(len(errors))
    chosen = errors[:, :, 1].argmin(axis=1)
    training, validation, test = errors[draws, chosen].T
    for name, statement, seen, part in (
        ("B-three-parts", "Observed data are split: fitted points do not tell the error.",
         training, "training"),
        ("C-three-parts", "Test data beside validation data: after a choice, these are used up.",
         validation, "validation"),
    ):  # fmt: skip
        ratio = np.log(test / seen)
        interval = results.mean_interval(ratio)
        yield results.judge_statement(
            name,
            statement,
            holds=interval.low > 0,
            measured=f"new points' error is {np.exp(ratio.mean()):.2f} times the {part} error "
            f"({np.exp(interval.low):.2f} to {np.exp(interval.high):.2f})",
            note=f"The degree with the lowest validation error of {len(DEGREES)} in each of "
            f"{len(errors)} draws; geometric mean of test error over {part} error, "
            f"{TEST_POINTS} test points. The interval is that of the logarithm.",
            interval=interval,
        )


def plot_lines(seed: int, errors: np.ndarray) -> Figure:
    """Draw three trend lines through one draw of points, and the errors by degree."""
    x, y = draw_points(POINTS, np.random.default_rng(seed))
    medians = np.median(errors, axis=0)
    best = int(medians[:, 2].argmin())
    grid = np.linspace(0, 1, 400)
    lines = dict(zip((1, best, DEGREES[-1]), (":", "-", "--"), strict=True))
    with results.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(x, y, "o", color=results.style.NEUTRAL, label="training points")
        for (degree, line), color in zip(lines.items(), results.style.COLORS, strict=False):
            values = fit_line(x, y, degree)(grid)
            left.plot(grid, values, line, color=color, label=f"degree {degree}")
        left.set(xlabel="x", ylabel="y", ylim=(-2, 2), title="Which trend line is better?")
        left.legend()
        for part, line, color, marker in zip(
            PARTS, ("--", "-", ":"), results.style.COLORS, results.style.MARKERS, strict=False
        ):
            right.semilogy(
                DEGREES, medians[:, PARTS.index(part)], line, color=color, marker=marker, label=part
            )
        right.set(xlabel="degree", ylabel="median of mean squared error", ylim=(0.005, 20),
                  title=f"{len(errors)} draws of {POINTS} points")  # fmt: skip
        right.legend()
        figure.suptitle(f"The training error always falls; new points are best at degree {best}")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
