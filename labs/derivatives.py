"""What are gradient, Hessian and Jacobian?

Topic: gradients                      Time: seconds
Run:   python -m labs.derivatives
Quick: python -m labs.derivatives --quick
Try:   --at 1 1     at the minimum the gradient is 0; what is left of the Hessian?
       --at 0 5     where does the Hessian bend down?

Lecture B defines the three by partial derivatives. This lab takes the definitions at their word,
by differences, on Rosenbrock's function and its two residuals, and sets them against automatic
differentiation and against formulas by hand.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import lazy_loader
import numpy as np

from labs import plots
from labs.running import Each, LabConfig, Such, Within, lab
from models.by_hand import problems
from models.by_hand.finite_differences import numerical_gradient, numerical_jacobian

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

tf = lazy_loader.load("tensorflow")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab; nothing in it is random."""

    at: Annotated[
        tuple[float, ...], Each(Within(-10, 10)), Such(lambda at: len(at) == 2, "two numbers")
    ] = (-1.2, 1.0)
    """Where Rosenbrock's function is differentiated."""


def experiment(config: Config, record: RunRecord) -> None:
    """Differentiate Rosenbrock's function at a point in three ways."""
    problem, point = problems.rosenbrock(), np.array(config.at)
    judge_derivatives(record, problem, point)
    low, high = np.linalg.eigvalsh(problem.hessian(point))
    record.add_figure(
        "point",
        plot_point(problem, point),
        caption="Rosenbrock's function in lines of equal value, the point, and the way straight "
        "down from it (arrow); the star is the minimum.",
    )
    record.answer(
        f"At {config.at} the gradient of Rosenbrock's function is "
        f"({', '.join(f'{slope:.4g}' for slope in problem.gradient(point))}), the direction of "
        f"steepest ascent; the Hessian says how it changes, here with curvatures {low:.3g} and "
        f"{high:.3g}, and the Jacobian holds the gradients of the residuals.",
        limits="One function of two numbers.",
    )


def autodiff_rosenbrock(point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradient, Hessian and Jacobian of the residuals as TensorFlow finds them."""
    p = tf.Variable(point)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            residuals = tf.stack([10 * (p[1] - p[0] ** 2), 1 - p[0]])
            value = tf.reduce_sum(residuals**2)
        gradient = inner.gradient(value, p)
    hessian, jacobian = outer.jacobian(gradient, p), outer.jacobian(residuals, p)
    return gradient.numpy(), hessian.numpy(), jacobian.numpy()


def judge_derivatives(record: RunRecord, problem: problems.Problem, point: np.ndarray) -> None:
    """Judge the slide's gradient, Hessian and Jacobian."""
    assert problem.residuals
    assert problem.jacobian
    gradient, hessian, jacobian = autodiff_rosenbrock(point)

    def judge(id: str, slide: np.ndarray, right: np.ndarray, by_hand: np.ndarray) -> None:
        record.judge(
            id,
            slide,
            right=right,
            how="Rosenbrock's function (for the Jacobian its two residuals) at "
            f"({', '.join(f'{x:g}'.replace('-', '−') for x in point)}): the slide's definition by "
            "differences against autodiff (measured). By hand it differs from autodiff by "
            f"{np.abs(by_hand - right).max():.1g}.",
        )

    by_differences = numerical_gradient(problem.value, point)
    judge("B-gradient", by_differences, gradient, problem.gradient(point))
    by_differences = numerical_jacobian(problem.gradient, point)
    judge("B-hessian", by_differences, hessian, problem.hessian(point))
    by_differences = numerical_jacobian(problem.residuals, point)
    judge("B-jacobian", by_differences, jacobian, problem.jacobian(point))


def plot_point(problem: problems.Problem, point: np.ndarray) -> Figure:
    """Draw the function around the point, and the way straight down."""
    looks = plots.style.looks(["point", "down"])

    def value(points: np.ndarray) -> np.ndarray:
        return np.apply_along_axis(problem.value, -1, points)

    ends = np.stack([point, [1.0, 1.0]])
    (left, low), (right, high) = ends.min(axis=0) - 1, ends.max(axis=0) + 1
    with plots.style.figure(9.0, 6.0) as figure:
        axes = figure.subplots()
        plots.draw_contours(axes, value, (left, right), (low, high), 4.0 ** np.arange(-2, 7))
        slope = problem.gradient(point)
        if slope.any():
            way = -slope / np.linalg.norm(slope) * 0.6
            axes.annotate(
                "",
                tuple(point + way),
                tuple(point),
                arrowprops={"arrowstyle": "-|>", "color": looks["down"].color, "lw": 2.5},
            )
        axes.plot(*point, "o", color=looks["point"].color, markersize=10)
        axes.plot(1, 1, "k*", markersize=16)
        axes.set(xlabel="x", ylabel="y", title="Rosenbrock's function and the way straight down")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
