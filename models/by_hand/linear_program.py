"""The linear program min cᵀx, Ax ≥ b: the interior point method, and the proof of an optimum.

Source: lecture B, 신경망 학습 (Training Neural Networks), the diet problem and the interior point
method; Boyd and Vandenberghe (2004), "Convex Optimization", chapter 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np

Vector = np.ndarray
Matrix = np.ndarray


class Program(NamedTuple):
    """The diet problem min cᵀx subject to Dx ≥ d, x ≥ 0.

    Attributes:
        prices: Of a unit of each food, c, `(foods,)`.
        contents: Nutrients in a unit of each food, D, `(nutrients, foods)`.
        needs: Of each nutrient, d, `(nutrients,)`.
    """

    prices: Vector
    contents: Matrix
    needs: Vector


FOODS = ("rice", "tofu", "milk", "egg", "spinach", "mandarin")
NUTRIENTS = {"energy": "kcal", "protein": "g", "calcium": "mg", "iron": "mg", "vitamin C": "mg"}
"""With the unit that each is counted in."""
# The lecture prints no numbers. Contents of 100 g are typical values of food tables, rounded;
# prices in won for 100 g and the day's needs are our own choice.
DIET = Program(
    prices=np.array([300.0, 500.0, 250.0, 600.0, 700.0, 500.0]),
    contents=np.array(
        [
            [365.0, 76.0, 61.0, 143.0, 23.0, 53.0],
            [7.1, 8.1, 3.2, 12.6, 2.9, 0.8],
            [28.0, 350.0, 113.0, 56.0, 99.0, 37.0],
            [0.8, 5.4, 0.03, 1.75, 2.7, 0.15],
            [0.0, 0.1, 0.0, 0.0, 28.0, 26.7],
        ]
    ),
    needs=np.array([2000.0, 55.0, 800.0, 10.0, 100.0]),
)


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


def central_path(
    c: Vector, a: Matrix, b: Vector, start: Vector, growth: float = 2.0
) -> tuple[Matrix, Vector, int]:
    """Follow the interior point method until the cost is within a millionth of the optimum.

    Args:
        c: Cost of a unit, `(n,)`.
        a: Conditions, `(m, n)`, those on the signs included.
        b: Least values, `(m,)`.
        start: A point with Ax > b in each row, `(n,)`.
        growth: Factor from one t to the next, above 1.

    Returns:
        The minimum for each t, `(ts, n)`, the dual prices y at the last, `(m,)`, and the
        number of Newton's steps.
    """
    scale = np.abs(c).sum()  # So small a cost lets the path begin far inside, at t = 1.
    centers: dict[float, Vector] = {}
    steps = 0
    for t, point in interior_point(c / scale, a, b, start, growth):
        if t not in centers and centers and len(b) / max(centers) < 1e-6 * (c @ point) / scale:
            break
        centers[t] = point
        steps += 1
    last = max(centers)
    return np.array(list(centers.values())), scale / (last * (a @ centers[last] - b)), steps


def violations(x: Vector, y: Vector, c: Vector, a: Matrix, b: Vector) -> Vector:
    """Return by how much x ≥ 0 and its dual prices y fail to be optimal, all 0 if they are.

    Ax ≥ b and x ≥ 0; Aᵀy ≤ c and y ≥ 0; cᵀx = bᵀy; complementary slackness y (Ax − b) = 0
    and x (c − Aᵀy) = 0. Each is relative to the size of its right side.

    Args:
        x: The solution, `(n,)`.
        y: A price of each condition, `(m,)`.
        c: Cost of a unit, above 0, `(n,)`.
        a: Conditions, without those on the signs, `(m, n)`.
        b: Least values, above 0, `(m,)`.

    Returns:
        Failures of x, of y, of the equal values and of the slackness, `(4,)`.
    """
    spare, saved, cost = a @ x - b, c - a.T @ y, c @ x
    return np.array(
        [
            max(0.0, *(-spare / b), *-x),
            max(0.0, *(-saved / c), *-y),
            abs(cost - b @ y) / cost,
            max(abs(y * spare).max(), abs(x * saved).max()) / cost,
        ]
    )
