"""What do first, 1.5th and second order methods cost?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.optimization
Quick: python -m labs.optimization --quick
Try:   --rate 0.5      what does a careful rate cost the first order methods?
       --momentum 0    how much of the first order's speed is momentum?

The lecture sorts the ways to a minimum by the derivatives they use. This lab lets them run on
the same four problems, counts what each calls, and measures how fast the error shrinks. What
lies between the orders is the question of labs.quasi_newton.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, plots
from labs.running import Above, AtLeast, Below, LabConfig, Within, lab
from labs.studies import minimizers
from labs.studies.minimizers import (
    BFGS,
    CONJUGATE,
    DESCENT,
    LBFGS,
    LOGISTIC,
    MOMENTUM,
    NEWTON,
    ORDERS,
    RAVINE,
)
from models.by_hand import problems, update_rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")
tf = lazy_loader.load("tensorflow")

METHODS = (DESCENT, MOMENTUM, CONJUGATE, BFGS, LBFGS, NEWTON)
ADAPTIVE = {
    "AdaGrad": update_rules.adagrad,
    "RMSProp": update_rules.rmsprop,
    "Adam": update_rules.adam,
}
STEPS = 300
"""Of each of these."""
MEASURED = "Measured on logistic regression, 11 weights."


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"iterations": 4000}

    iterations: Annotated[int, Within(4000, 1_000_000)] = 20000
    """Most iterations of one method on one problem."""
    rate: Annotated[float, Above(0), Below(2, because="from 2 on descent diverges")] = 1.8
    """Learning rate of the first order methods, in units of 1/λmax of the Hessian at the start."""
    momentum: Annotated[float, AtLeast(0), Below(1)] = 0.9
    """Share of the last step that momentum repeats."""


def experiment(config: Config, record: RunRecord) -> None:
    """Let each method run on four problems, and count what it calls."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    limits = minimizers.Limits(config.iterations, config.rate, config.momentum)
    seen = minimizers.compare_methods(patients.train.x, patients.train.y, limits)
    record.add_table("cost", compare_costs(seen.traces))
    judge_first_order(record, seen)
    judge_newton(record, seen)
    record.add_findings(tell_pace(seen, config.rate))
    minimum = seen.minima[LOGISTIC]
    record.add_figure(
        "convergence",
        plot_convergence([seen.find(LOGISTIC, method) for method in METHODS], minimum),
        caption="Loss of a logistic regression above its minimum, by iterations and by "
        "evaluations, "
        "of which a Hessian counts one for each weight.",
    )
    told = ", ".join(f"{method} {describe_cost(seen.find(LOGISTIC, method))}" for method in METHODS)
    record.answer(
        f"To a gradient of {minimizers.SOLVED:.0e} {LOGISTIC} took, in evaluations: {told}. A "
        f"Hessian counts as {len(minimum)}, one for each weight; of a net with a million weights "
        "it "
        "would cost a million, and would not fit into memory.",
        limits="Problems of 2 and 11 weights without noise; nets are trained on few rows a step.",
    )


def compare_costs(traces: Sequence[minimizers.Trace]) -> list[dict[str, Any]]:
    """Return the evaluations that each method took to solve each problem, None if it has not."""
    rows: dict[str, dict[str, Any]] = {method: {"method": method} for method in ORDERS}
    for made in traces:
        rows[made.method]["order"] = ORDERS[made.method]
        rows[made.method][made.problem.name] = made.costs[-1] if made.solved else None
    return list(rows.values())


def judge_first_order(record: RunRecord, seen: minimizers.Comparison) -> None:
    """Judge that descent needs gradients alone, and pays for it with iterations."""
    linear = [seen.order(LOGISTIC, DESCENT), seen.order(LOGISTIC, MOMENTUM)]
    descent, momentum, newton = (
        seen.find(LOGISTIC, method).iterations for method in (DESCENT, MOMENTUM, NEWTON)
    )
    counted, calls = problems.count_calls(seen.find(LOGISTIC, DESCENT).problem)
    start = counted.value(counted.start)
    ends = {name: counted.value(follow(rule, counted)[-1]) for name, rule in ADAPTIVE.items()}
    told = ", ".join(f"{name} {end:.4f}" for name, end in ends.items())
    record.judge(
        "B-first-order",
        f"no second derivative, order {linear[0]:.2f}, {descent:,} iterations "
        f"({momentum:,} with momentum) to Newton's {newton}",
        holds=seen.matrices(DESCENT, MOMENTUM) + calls["matrices"] == 0
        and calls["gradients"] == STEPS * len(ends)
        and max(ends.values()) < start
        and bool(np.allclose(linear, 1, atol=0.05))
        and min(descent, momentum) > 10 * newton,
        how="An iteration costs one gradient and takes the same share off the error each time. "
        f"{MEASURED} There {STEPS} gradients each take the loss from {start:.4f} to {told}; SGD's "
        "are those of few rows.",
    )


def follow(rule: update_rules.Rule, problem: problems.Problem) -> np.ndarray:
    """Follow a rule downhill, `(STEPS + 1, n)`."""
    return update_rules.descend(
        rule, lambda point, step: problem.gradient(point), problem.start, STEPS, rate=0.05
    )


def judge_newton(record: RunRecord, seen: minimizers.Comparison) -> None:
    """Judge that Newton's method converges quadratically, with a Hessian at each iteration."""
    newton, order = seen.find(LOGISTIC, NEWTON), seen.order(LOGISTIC, NEWTON)
    on_ravine = seen.find(RAVINE, NEWTON).iterations
    record.judge(
        "B-newton",
        f"order {order:.2f}, {newton.iterations} iterations, {on_ravine} on the ravine",
        holds=newton.calls["matrices"] == newton.iterations
        and abs(order - 2) < 0.2
        and on_ravine == 1,
        how=f"A gradient and a Hessian at each iteration; the number of right digits doubles. "
        f"{MEASURED}",
    )


def tell_pace(seen: minimizers.Comparison, rate: float) -> str:
    """Say what sets the pace of gradient descent."""
    descent, minimum = seen.find(LOGISTIC, DESCENT), seen.minima[LOGISTIC]
    steepest = np.linalg.eigvalsh(descent.problem.hessian(descent.problem.start)).max()
    flattest, *_, largest = np.linalg.eigvalsh(descent.problem.hessian(minimum))
    errors = minimizers.errors_of(descent, minimum)
    return (
        f"Gradient descent there leaves {errors[-1] / errors[-2]:.5f} of the error at each step; "
        f"1 − α λmin foretells {1 - rate / steepest * flattest:.5f}. The Hessian's eigenvalues are "
        f"{largest / flattest:.0f} to 1, and the smallest sets the pace."
    )


def describe_cost(made: minimizers.Trace) -> str:
    """Return what a method cost, in words."""
    cost = f"{made.costs[-1]:,}"
    return cost if made.solved else f"more than {cost}"


def plot_convergence(traces: Sequence[minimizers.Trace], minimum: np.ndarray) -> Figure:
    """Draw the loss above its minimum against iterations and against cost."""
    problem = traces[0].problem
    lowest = problem.value(minimum)
    with plots.style.figure(12.5, 5.8) as figure:
        by_iteration, by_cost = figure.subplots(1, 2, sharey=True)
        looks = plots.style.looks(METHODS)
        for made in traces:
            gaps = np.array([problem.value(point) - lowest for point in made.points])
            drawing = looks[made.method].line
            drawing["label"] = f"{made.method} (order {ORDERS[made.method]})"
            costs = np.array(made.costs)
            places = np.unique(np.geomspace(1, len(gaps), 8).astype(int) - 1)
            for axes, x in ((by_iteration, np.arange(len(gaps))), (by_cost, costs)):
                axes.loglog(x + 1, gaps.clip(1e-16), markevery=list(places), **drawing)
        by_iteration.set(xlabel="iterations + 1", ylabel="loss above its minimum")
        by_iteration.set_title("by iterations")
        by_cost.set(xlabel=f"evaluations + 1 (a Hessian counts {len(minimum)})")
        by_cost.set_title("by cost")
        handles, labels = by_iteration.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        figure.suptitle(f"{problem.name.capitalize()} on the patients, {len(minimum)} weights")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
