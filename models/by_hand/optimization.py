"""Ways to a minimum, each an endless iterator over the points it visits, and problems for them.

    path = list(itertools.islice(gradient_descent(gradient, start, 0.1), 100))

An iterator begins with the starting point and computes the next point when asked for it, so
whoever asks decides when to stop, and can count what a step costs.

Source: lecture B, 신경망 학습 (Training Neural Networks), which names the methods by the
derivatives they use; the formulas are in Nocedal and Wright (2006), "Numerical Optimization".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np

Vector = np.ndarray
Matrix = np.ndarray


def gradient_descent(
    gradient: Callable[[Vector], Vector], start: Vector, rate: float, momentum: float = 0.0
) -> Iterator[Vector]:
    """Step against the gradient: θ⁺ = θ − α ∇J, first order.

    With momentum β the velocity v⁺ = βv − α ∇J is added in place of −α ∇J.

    Args:
        gradient: ∇J of a point, `(n,)`.
        start: First point, `(n,)`.
        rate: The step size α, above 0.
        momentum: β, 0 to below 1.
    """
    point, velocity = start, np.zeros_like(start)
    while True:
        yield point
        velocity = momentum * velocity - rate * gradient(point)
        point = point + velocity


def conjugate_gradient(
    product: Callable[[Vector], Vector], right_side: Vector, start: Vector
) -> Iterator[Vector]:
    """Minimize ½ xᵀAx − bᵀx along directions d with dᵢᵀ A dⱼ = 0, order 1.5.

    It asks for products Ad, never for the matrix A, and is done after n steps at most.

    Args:
        product: The product of A, symmetric and positive definite, with a vector, `(n,)`.
        right_side: b, `(n,)`.
        start: First point, `(n,)`.
    """
    point = start
    residual = right_side - product(point)  # The negative gradient.
    direction = residual
    while True:
        yield point
        squared = residual @ residual
        if squared == 0:  # At the minimum; a further step would divide 0 by 0.
            continue
        curved = product(direction)
        length = squared / (direction @ curved)
        point = point + length * direction
        residual = residual - length * curved
        direction = residual + (residual @ residual) / squared * direction


def levenberg_marquardt(
    residuals: Callable[[Vector], Vector],
    jacobian: Callable[[Vector], Matrix],
    start: Vector,
    damping: float = 1e-3,
) -> Iterator[Vector]:
    """Minimize Σ r² with JᵀJ in place of the Hessian: (JᵀJ + μI) s = −Jᵀr, order 1.5.

    Where a step does not make the sum smaller, the damping μ grows tenfold, which turns the
    step towards the negative gradient and shortens it; where it does, μ falls to a tenth.
    With μ = 0 it is the Gauss-Newton method.

    Args:
        residuals: r of a point, `(m,)`.
        jacobian: ∂r/∂x of a point, `(m, n)`.
        start: First point, `(n,)`.
        damping: The first μ, above 0.
    """
    point, r = start, residuals(start)
    while True:
        yield point
        j = jacobian(point)
        for power in range(30):  # So short a step as with 10³⁰ μ changes nothing any more.
            tried = damping * 10.0**power
            step = np.linalg.solve(j.T @ j + tried * np.eye(len(point)), -j.T @ r)
            r_there = residuals(point + step)
            if r_there @ r_there < r @ r:
                point, r, damping = point + step, r_there, tried / 10
                break


def newton(
    gradient: Callable[[Vector], Vector], hessian: Callable[[Vector], Matrix], start: Vector
) -> Iterator[Vector]:
    """Step to the minimum of the parabola that touches here: ∇²J s = −∇J, second order.

    Args:
        gradient: ∇J of a point, `(n,)`.
        hessian: ∇²J of a point, `(n, n)`.
        start: First point, `(n,)`.
    """
    point = start
    while True:
        yield point
        point = point - np.linalg.solve(hessian(point), gradient(point))


def interior_point(
    c: Vector, a: Matrix, b: Vector, start: Vector, growth: float = 10.0
) -> Iterator[tuple[float, Vector]]:
    """Minimize cᵀx subject to Ax ≥ b from the inside, by Newton's method, second order.

    The barrier function t cᵀx − Σ log(Ax − b) is finite only inside. Its minimum costs at
    most m/t more than the optimum, for m conditions, and y = 1/(t (Ax − b)) there solves the
    dual problem. Each minimum is the start for the next, larger t.

    Args:
        c: Cost of a unit, `(n,)`.
        a: Conditions, `(m, n)`, those on the signs included.
        b: Least values, `(m,)`.
        start: A point with Ax > b in each row, `(n,)`.
        growth: Factor from one t to the next, above 1.

    Yields:
        t and the point after each of Newton's steps; the last point for a t is the minimum.

    Raises:
        ValueError: If the start is not inside, or the cost has no minimum.
    """
    if not np.all(a @ start > b):
        raise ValueError(
            f"The start must meet each condition with room to spare, got {a @ start - b} left; "
            "begin with more of everything."
        )
    center = start
    for exponent in count():
        t = growth**exponent
        for point in _center(t * c, a, b, center):
            yield t, point
        center = point


def _center(cost: Vector, a: Matrix, b: Vector, point: Vector) -> Iterator[Vector]:
    """Yield the steps of Newton's method to the minimum of costᵀx − Σ log(Ax − b)."""
    for _ in range(200):
        room = a @ point - b
        gradient = cost - a.T @ (1 / room)
        step = -np.linalg.solve((a.T / room**2) @ a, gradient)
        decrement = np.sqrt(max(0.0, -gradient @ step))
        # Shortened by 1 + decrement a step stays inside and gains; near the minimum the
        # whole step does.
        point = point + step / (1 + decrement if decrement > 0.25 else 1)
        yield point
        if decrement < 1e-4:  # The step squares it.
            return
    raise ValueError(
        f"No minimum within 200 steps, at last {point}; the cost falls for ever inside these "
        "conditions: check the signs of cost and conditions."
    )


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

    def hessian(w: Vector) -> Matrix:
        p = _sigmoid(x @ w)
        return (x.T * (p * (1 - p))) @ x / len(y)

    return Problem(
        "logistic regression",
        start=np.zeros(x.shape[1]),
        value=lambda w: float(np.mean(np.logaddexp(0, x @ w) - y * (x @ w))),
        gradient=lambda w: x.T @ (_sigmoid(x @ w) - y) / len(y),
        hessian=hessian,
    )


def neuron(x: Matrix, y: Vector) -> Problem:
    """Return the mean squared error of one neuron σ(wᵀx), not convex in w, from w = 0.

    Args:
        x: Inputs, a column of ones for the bias among them, `(rows, n)`.
        y: Labels 0 and 1, `(rows,)`.
    """

    def residuals(w: Vector) -> Vector:
        return (_sigmoid(x @ w) - y) / np.sqrt(len(y))

    def jacobian(w: Vector) -> Matrix:
        p = _sigmoid(x @ w)
        return (p * (1 - p))[:, None] * x / np.sqrt(len(y))

    def hessian(w: Vector) -> Matrix:
        p = _sigmoid(x @ w)
        slope = p * (1 - p)
        return 2 * (x.T * (slope**2 + (p - y) * slope * (1 - 2 * p))) @ x / len(y)

    return Problem(
        "neuron, squared error",
        start=np.zeros(x.shape[1]),
        value=lambda w: float(residuals(w) @ residuals(w)),
        gradient=lambda w: 2 * jacobian(w).T @ residuals(w),
        hessian=hessian,
        residuals=residuals,
        jacobian=jacobian,
    )


def _sigmoid(z: Vector) -> Vector:
    return 1 / (1 + np.exp(-z))
