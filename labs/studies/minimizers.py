"""Methods of optimization on the same problems, with what each calls counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import lazy_loader
import numpy as np
from threadpoolctl import threadpool_limits

from models.by_hand import normalization, optimization, problems

scipy = lazy_loader.load("scipy")

RAVINE, ROSENBROCK = "ravine", "Rosenbrock"
LOGISTIC, NEURON = "logistic regression", "neuron, squared error"
DESCENT, MOMENTUM = "gradient descent", "momentum"
CONJUGATE, BFGS, LBFGS, LM = "conjugate gradient", "BFGS", "L-BFGS", "Levenberg-Marquardt"
NEWTON = "Newton"
ORDERS = {DESCENT: 1, MOMENTUM: 1, CONJUGATE: 1.5, BFGS: 1.5, LBFGS: 1.5, LM: 1.5, NEWTON: 2}
"""The order under which the lecture lists each method."""
SOLVED = 1e-8
"""Norm of the gradient at which a problem counts as solved."""


@dataclass(frozen=True)
class Limits:
    """How the methods run.

    Attributes:
        iterations: Most iterations of one method on one problem.
        rate: Learning rate of the first order methods, in units of 1/λmax of the Hessian at the
            start.
        momentum: Share of the last step that momentum repeats.
    """

    iterations: int
    rate: float
    momentum: float


@dataclass
class Trace:
    """What one method did on one problem.

    Attributes:
        method: Name of the method.
        problem: The problem.
        calls: Evaluations of values, gradients and matrices.
        points: The points visited, the start first.
        costs: What had been spent when each was reached, in evaluations: 1 for a value or a
            gradient, n for a matrix of second or of residuals' derivatives.
    """

    method: str
    problem: problems.Problem
    calls: dict[str, int]
    points: list[np.ndarray] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)

    @property
    def solved(self) -> bool:
        """Whether the gradient has all but vanished at the last point."""
        return bool(np.linalg.norm(self.problem.gradient(self.points[-1])) <= SOLVED)

    @property
    def iterations(self) -> int:
        """Number of points after the start."""
        return len(self.points) - 1


@dataclass(frozen=True)
class Comparison:
    """All methods on all problems.

    Attributes:
        traces: One for each problem and method.
        minima: The minimum of each problem, `(n,)`.
    """

    traces: Sequence[Trace]
    minima: Mapping[str, np.ndarray]

    def find(self, problem: str, method: str) -> Trace:
        """Return what a method did on a problem."""
        (found,) = (t for t in self.traces if (t.problem.name, t.method) == (problem, method))
        return found

    def order(self, problem: str, method: str) -> float:
        """Return the order of convergence seen, NaN if there were too few errors for one."""
        order = optimization.observed_order(
            errors_of(self.find(problem, method), self.minima[problem])
        )
        return float("nan") if order is None else order

    def matrices(self, *methods: str) -> int:
        """Return how many Hessians and Jacobians the methods asked for, on all problems."""
        return sum(t.calls["matrices"] for t in self.traces if t.method in methods)


def compare_methods(x: np.ndarray, y: np.ndarray, limits: Limits) -> Comparison:
    """Let each method run on two textbook problems and on one neuron with two losses.

    Args:
        x: Rows, `(rows, features)`, to be standardized here.
        y: Labels 0 and 1, `(rows,)`.
        limits: How long and how fast.
    """
    rows = np.column_stack([np.ones(len(x)), normalization.standardize(x)])
    compared = [
        problems.ravine(),
        problems.rosenbrock(),
        problems.logistic_regression(rows, y),
        problems.neuron(rows, y),
    ]
    with threadpool_limits(1):  # On so small matrices threads only wait for each other.
        traces = [
            trace(method, problem, limits)
            for problem in compared
            for method in ORDERS
            if method != LM or problem.residuals
        ]
    return Comparison(
        traces, {problem.name: problems.find_minimum(problem) for problem in compared}
    )


def trace(method: str, problem: problems.Problem, limits: Limits) -> Trace:
    """Let a method run until the problem is solved or the iterations are used up."""
    counted, calls = problems.count_calls(problem)
    made = Trace(method, problem, calls)

    def visit(point: np.ndarray) -> None:
        made.points.append(np.array(point))
        made.costs.append(calls["values"] + calls["gradients"] + len(point) * calls["matrices"])
        if made.solved or made.iterations >= limits.iterations:
            raise StopIteration  # SciPy takes it for the wish to stop, as below.

    rate = limits.rate / float(np.linalg.eigvalsh(problem.hessian(problem.start)).max())
    momentum = limits.momentum if method == MOMENTUM else 0.0
    by_hand = iterate_by_hand(method, counted, rate, momentum)
    try:
        if by_hand is None:
            visit(problem.start)
            minimize_by_scipy(method, counted, visit)
        else:
            for point in by_hand:
                visit(point)
    except StopIteration:
        pass
    return made


def iterate_by_hand(
    method: str, problem: problems.Problem, rate: float, momentum: float
) -> Iterator[np.ndarray] | None:
    """Return the iterator of a method that we have by hand, None for one of SciPy's."""
    if method in (DESCENT, MOMENTUM):
        return optimization.gradient_descent(problem.gradient, problem.start, rate, momentum)
    if method == CONJUGATE and problem.name == RAVINE:  # There the gradient is the product Ax.
        return optimization.conjugate_gradient(problem.gradient, 0 * problem.start, problem.start)
    if method == LM and problem.residuals and problem.jacobian:
        return optimization.levenberg_marquardt(problem.residuals, problem.jacobian, problem.start)
    if method == NEWTON:
        return optimization.newton(problem.gradient, problem.hessian, problem.start)
    return None


def minimize_by_scipy(
    method: str, problem: problems.Problem, visit: Callable[[np.ndarray], None]
) -> None:
    """Run a method of `scipy.optimize.minimize`; `visit` decides when it ends."""
    name = {CONJUGATE: "CG", BFGS: "BFGS", LBFGS: "L-BFGS-B"}[method]
    scipy.optimize.minimize(
        problem.value,
        problem.start,
        jac=problem.gradient,
        method=name,
        options={"gtol": 0.0} | ({"ftol": 0.0} if method == LBFGS else {}),
        callback=lambda intermediate_result: visit(intermediate_result.x),
    )


def errors_of(made: Trace, minimum: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the minimum, `(iterations + 1,)`."""
    return np.linalg.norm(np.array(made.points) - minimum, axis=1)
