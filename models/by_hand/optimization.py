"""Ways to a minimum, each an endless iterator over the points it visits, and their order.

    path = list(itertools.islice(gradient_descent(gradient, start, 0.1), 100))

An iterator begins with the starting point and computes the next point when asked for it, so
whoever asks decides when to stop, and can count what a step costs.

Source: lecture B, 신경망 학습 (Training Neural Networks), which names the methods by the
derivatives they use; the formulas are in Nocedal and Wright (2006), "Numerical Optimization".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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


def observed_order(errors: np.ndarray) -> float | None:
    """Estimate the order q of convergence, e⁺ ≈ C eᵠ, from a sequence of errors.

    It is the slope of log e⁺ over log e from where the error is a hundredth of the first down
    to the rounding: 1 is linear, 2 quadratic, between them superlinear.

    Returns:
        The order, None if fewer than three errors lie in that range.
    """
    small = errors[(errors < errors[0] / 100) & (errors > 1e-11)]
    if len(small) < 3:
        return None
    logs = np.log(small)
    return float(np.polyfit(logs[:-1], logs[1:], 1)[0])
