"""What lies between first and second order?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.quasi_newton
Quick: python -m labs.quasi_newton --quick
Try:   --rate 0.5       how much longer is plain descent's way through the ravine?
       --momentum 0     does momentum's path become that of plain descent?

Methods of order 1.5 learn something of the curvature from gradients: quasi-Newton methods from
their differences, conjugate gradients from the steps before, Levenberg-Marquardt from the
residuals. This lab lets them run on four problems, and measures how fast the error shrinks.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from labs import data, plots
from labs.running import Above, AtLeast, Below, LabConfig, Within, lab
from labs.studies import minimizers
from labs.studies.minimizers import (
    BFGS,
    CONJUGATE,
    DESCENT,
    LBFGS,
    LM,
    LOGISTIC,
    MOMENTUM,
    NEURON,
    NEWTON,
    ORDERS,
    RAVINE,
    ROSENBROCK,
)
from models.by_hand import optimization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

FASTER = 1.05
"""Order of convergence from which on it counts as above 1."""
TWO_READINGS = (
    "By 1.5 the lecture may mean what is used, first derivatives, for fewer iterations than "
    "momentum takes and more than Newton's method, or the order of convergence."
)
MEASURED = "Measured on logistic regression, 11 weights."


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab; nothing in it is random."""

    QUICK: ClassVar = {"iterations": 4000}

    iterations: Annotated[int, Within(4000, 1_000_000)] = 20000
    """Most iterations of one method on one problem."""
    rate: Annotated[float, Above(0), Below(2, because="from 2 on descent diverges")] = 1.8
    """Learning rate of the first order methods, in units of 1/λmax of the Hessian at the start."""
    momentum: Annotated[float, AtLeast(0), Below(1)] = 0.9
    """Share of the last step that momentum repeats."""


def experiment(config: Config, record: RunRecord) -> None:
    """Let each method run on four problems, and measure its order of convergence."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    limits = minimizers.Limits(config.iterations, config.rate, config.momentum)
    seen = minimizers.compare_methods(patients.train.x, patients.train.y, limits)
    record.add_table("orders", compare_orders(seen), formats={"order seen": ".2f"})
    judge_quasi_newton(record, seen)
    judge_conjugate_gradient(record, seen)
    judge_levenberg_marquardt(record, seen)
    record.add_figure(
        "ravine",
        plot_ravine([trace for trace in seen.traces if trace.problem.name == RAVINE]),
        caption="The way of four methods through a ravine to the star: the gradient points across "
        "it, curvature shows the way along.",
    )
    told = ", ".join(
        f"{method} {seen.find(LOGISTIC, method).iterations:,}"
        for method in (DESCENT, CONJUGATE, BFGS, LBFGS, NEWTON)
    )
    record.answer(
        "Methods that learn the curvature from gradients alone: on a logistic regression they take "
        f"fewer iterations than descent and more than Newton's method ({told}), without a Hessian.",
        limits="Problems of 2 and 11 weights without noise.",
    )


def compare_orders(seen: minimizers.Comparison) -> list[dict[str, object]]:
    """Give a row for each method on logistic regression."""
    return [
        {
            "method": method,
            "iterations": seen.find(LOGISTIC, method).iterations,
            "order by the lecture": order,
            "order seen": seen.order(LOGISTIC, method),
        }
        for method, order in ORDERS.items()
        if method != LM
    ]


def lies_between(seen: minimizers.Comparison, problem: str, method: str) -> bool:
    """Return whether a method needs no Hessian, and iterations between the other orders'.

    Levenberg-Marquardt's matrices are the residuals' first derivatives.
    """
    first, made, second = (
        seen.find(problem, name).iterations for name in (MOMENTUM, method, NEWTON)
    )
    return (method == LM or not seen.matrices(method)) and second < made < first


def judge_quasi_newton(record: RunRecord, seen: minimizers.Comparison) -> None:
    """Judge that quasi-Newton methods lie between the orders, by what they use and by speed."""
    orders = {method: seen.order(LOGISTIC, method) for method in (BFGS, LBFGS)}
    told = ", ".join(
        f"{method} {seen.find(LOGISTIC, method).iterations} iterations, order {order:.2f}"
        for method, order in orders.items()
    )
    record.judge(
        "B-quasi-newton",
        f"no Hessian; {told}",
        holds=[
            all(lies_between(seen, LOGISTIC, method) for method in orders),
            *(FASTER < order < seen.order(LOGISTIC, NEWTON) for order in orders.values()),
        ],
        how=f"BFGS learns the Hessian from differences of gradients, L-BFGS keeps ten of them. "
        f"{TWO_READINGS} {MEASURED}",
    )


def judge_conjugate_gradient(record: RunRecord, seen: minimizers.Comparison) -> None:
    """Judge that conjugate gradients need n steps and no matrix, on two quadratics."""
    on_ravine, newton = seen.find(RAVINE, CONJUGATE), seen.find(LOGISTIC, NEWTON)
    a = newton.problem.hessian(newton.points[-1])
    right_side = -newton.problem.gradient(newton.problem.start)
    steps = optimization.conjugate_gradient(lambda v: a @ v, right_side, 0 * right_side)
    left = [float(np.linalg.norm(a @ x - right_side)) for x in islice(steps, len(a) + 1)]
    order = seen.order(LOGISTIC, CONJUGATE)
    record.judge(
        "B-conjugate-gradient",
        f"{on_ravine.iterations} steps for n = 2; of the gradient {left[-1] / left[0]:.0e}"
        f" is left after {len(a)} steps for n = {len(a)}; order {order:.2f} beyond quadratics",
        holds=[
            on_ravine.calls["matrices"] == 0
            and on_ravine.solved
            and on_ravine.iterations == len(on_ravine.problem.start)
            and left[-1] < 1e-6 * left[0],
            lies_between(seen, LOGISTIC, CONJUGATE),
            order > FASTER,
        ],
        how="Exact on a quadratic after n products with the Hessian, which is never formed: the "
        f"ravine, and the quadratic of {LOGISTIC} at its minimum. {TWO_READINGS}",
    )


def judge_levenberg_marquardt(record: RunRecord, seen: minimizers.Comparison) -> None:
    """Judge that Levenberg-Marquardt lies between the orders, by what it uses and by speed."""
    vanishing, staying = seen.order(ROSENBROCK, LM), seen.order(NEURON, LM)
    record.judge(
        "B-levenberg-marquardt",
        f"order {vanishing:.2f} where the residuals vanish, {staying:.2f} where they stay",
        holds=[
            seen.find(problem, LM).solved and lies_between(seen, problem, LM)
            for problem in (ROSENBROCK, NEURON)
        ]
        + [FASTER < order < 2.2 for order in (vanishing, staying)],
        how="It needs the Jacobian of the residuals and no second derivative. JᵀJ is all of the "
        f"Hessian only where the residuals vanish: {ROSENBROCK} against {NEURON}. {TWO_READINGS}",
    )


def plot_ravine(traces: Sequence[minimizers.Trace]) -> Figure:
    """Draw the paths of some methods through the ravine."""
    shown = (DESCENT, MOMENTUM, CONJUGATE, NEWTON)
    chosen = [made for made in traces if made.method in shown]
    with plots.style.figure(12.5, 6.5) as figure:
        panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
        looks = plots.style.looks(shown)
        for axes, made in zip(panels, chosen, strict=True):

            def value(points: np.ndarray, made: minimizers.Trace = made) -> np.ndarray:
                return np.apply_along_axis(made.problem.value, -1, points)

            plots.draw_contours(axes, value, (-11, 3), (-7, 3), 4.0 ** np.arange(-1, 6))
            path = np.array(made.points[:61])
            axes.plot(
                *path.T,
                **looks[made.method].line,
                markersize=5,
                linewidth=1.3,
            )
            axes.plot(0, 0, "*", color="black", markersize=14)
            more = ", 60 shown" if made.iterations > 60 else ""
            axes.set_title(f"{made.method}, iterations: {made.iterations:,}{more}")
        for axes in panels[2:]:
            axes.set_xlabel("x₁")
        for axes in panels[::2]:
            axes.set_ylabel("x₂")
        figure.suptitle("Four methods in a ravine")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
