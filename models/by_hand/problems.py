"""Functions to minimize, each with its derivatives by hand.

Source: lecture B, 신경망 학습 (Training Neural Networks), for gradient, Hessian and Jacobian; the
problems are the usual ones of Nocedal and Wright (2006), "Numerical Optimization", and one neuron.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from . import losses
from .activations import logistic
from .optimization import newton

Vector = np.ndarray
Matrix = np.ndarray


@dataclass(frozen=True)
class Problem:
    """A function to minimize, with its derivatives by hand.

    Attributes:
        name: As in tables and pictures.
        start: First point, `(n,)`.
        value: The function itself.
        gradient: ∇J, `(n,)`.
        hessian: ∇²J, `(n, n)`.
        residuals: r with J = Σ r², `(m,)`; None where J is no such sum.
        jacobian: ∂r/∂x, `(m, n)`.
    """

    name: str
    start: Vector
    value: Callable[[Vector], float]
    gradient: Callable[[Vector], Vector]
    hessian: Callable[[Vector], Matrix]
    residuals: Callable[[Vector], Vector] | None = None
    jacobian: Callable[[Vector], Matrix] | None = None


def find_minimum(problem: Problem) -> Vector:
    """Return the point where the gradient vanishes and the Hessian is positive, `(n,)`."""
    *_, point = islice(newton(problem.gradient, problem.hessian, problem.start), 30)
    lowest = np.linalg.eigvalsh(problem.hessian(point)).min()
    if np.linalg.norm(problem.gradient(point)) > 1e-12 or lowest <= 0:
        raise ArithmeticError(f"Newton's method has found no minimum of {problem.name}: {point}.")
    return point


def count_calls(problem: Problem) -> tuple[Problem, Counter[str]]:
    """Return the problem with functions that count their calls, and the counts.

    Returns:
        The problem, and how many "values" (residuals are such too), "gradients" and
        "matrices" (Hessians and Jacobians) it has been asked for.
    """
    calls = Counter(values=0, gradients=0, matrices=0)

    def counting(kind: str, function: Callable[[Vector], Any]) -> Callable[[Vector], Any]:
        def call(point: Vector) -> Any:
            calls[kind] += 1
            return function(point)

        return call

    counted = replace(
        problem,
        value=counting("values", problem.value),
        gradient=counting("gradients", problem.gradient),
        hessian=counting("matrices", problem.hessian),
        residuals=problem.residuals and counting("values", problem.residuals),
        jacobian=problem.jacobian and counting("matrices", problem.jacobian),
    )
    return counted, calls


def ravine(steepness: float = 100.0, degrees: float = 30.0) -> Problem:
    """Return ½ xᵀAx with eigenvalues 1 and `steepness`, a valley turned by some degrees."""
    angle = np.deg2rad(degrees)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    a = axes @ np.diag([1.0, steepness]) @ axes.T
    root = np.diag(np.sqrt([0.5, steepness / 2])) @ axes.T
    return Problem(
        "ravine",
        start=axes @ np.array([-10.0, 1.0]),
        value=lambda x: float(x @ a @ x / 2),
        gradient=lambda x: a @ x,
        hessian=lambda x: a,
        residuals=lambda x: root @ x,
        jacobian=lambda x: root,
    )


def rosenbrock() -> Problem:
    """Return Rosenbrock's banana 100 (y − x²)² + (1 − x)² with its usual start."""

    def residuals(p: Vector) -> Vector:
        return np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]])

    def jacobian(p: Vector) -> Matrix:
        return np.array([[-20 * p[0], 10.0], [-1.0, 0.0]])

    def hessian(p: Vector) -> Matrix:
        bent = residuals(p)[0] * np.array([[-20.0, 0.0], [0.0, 0.0]])
        return 2 * (jacobian(p).T @ jacobian(p) + bent)

    return Problem(
        "Rosenbrock",
        start=np.array([-1.2, 1.0]),
        value=lambda p: float(residuals(p) @ residuals(p)),
        gradient=lambda p: 2 * jacobian(p).T @ residuals(p),
        hessian=hessian,
        residuals=residuals,
        jacobian=jacobian,
    )


def logistic_regression(x: Matrix, y: Vector) -> Problem:
    """Return the mean cross-entropy of one neuron σ(wᵀx), convex in w, from w = 0.

    Args:
        x: Inputs, a column of ones for the bias among them, `(rows, n)`.
        y: Labels 0 and 1, `(rows,)`.
    """
    return Problem(
        "logistic regression",
        start=np.zeros(x.shape[1]),
        value=lambda w: float(np.mean(np.logaddexp(0, x @ w) - y * (x @ w))),
        gradient=lambda w: x.T @ losses.cross_entropy_slope(x @ w, y) / len(y),
        hessian=lambda w: losses.hessian(x, losses.cross_entropy_curvature(x @ w)),
    )


def neuron(x: Matrix, y: Vector) -> Problem:
    """Return the mean squared error of one neuron σ(wᵀx), not convex in w, from w = 0.

    Args:
        x: Inputs, a column of ones for the bias among them, `(rows, n)`.
        y: Labels 0 and 1, `(rows,)`.
    """

    def residuals(w: Vector) -> Vector:
        return (logistic(x @ w) - y) / np.sqrt(len(y))

    def jacobian(w: Vector) -> Matrix:
        slope = losses.cross_entropy_curvature(x @ w)  # σ(1 − σ), the slope of σ too.
        return slope[:, None] * x / np.sqrt(len(y))

    return Problem(
        "neuron, squared error",
        start=np.zeros(x.shape[1]),
        value=lambda w: float(residuals(w) @ residuals(w)),
        gradient=lambda w: x.T @ losses.squared_error_slope(x @ w, y) / len(y),
        hessian=lambda w: losses.hessian(x, losses.squared_error_curvature(x @ w, y)),
        residuals=residuals,
        jacobian=jacobian,
    )
