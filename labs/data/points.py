"""Points in a plane, each with a number that says what it is, or by its sign of which class it is.

The data sets are those of TensorFlow Playground, and moons as scikit-learn has them. What draws
them is plain NumPy: the script that a run leaves shows its source.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def draw_circle(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a disk and a ring around it; the number falls with the radius."""
    inside, outside = generator.uniform(0, 2.5, rows), generator.uniform(3.5, 5, rows)
    radius = np.where(np.arange(rows) % 2, inside, outside)
    angle = generator.uniform(0, 2 * np.pi, rows)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), 3 - radius


def draw_xor(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a square; the number is x1 · x2, positive in two of its corners."""
    points = generator.uniform(-5, 5, (rows, 2))
    points += 0.3 * np.sign(points)
    return points, points[:, 0] * points[:, 1]


def draw_gaussians(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two clouds, of -1 and of 1."""
    number = np.where(np.arange(rows) % 2, 1.0, -1.0)
    return generator.normal(2 * number[:, None], 1, (rows, 2)), number


def draw_spiral(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two arms of a spiral, of -1 and of 1."""
    number = np.where(np.arange(rows) % 2, 1.0, -1.0)
    way = generator.uniform(0.05, 1, rows)
    angle = 1.75 * 2 * np.pi * way + np.pi * (number > 0)
    return 5 * way[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]), number


def draw_moons(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two crescents that reach into each other, of -1 and of 1."""
    number = np.where(np.arange(rows) % 2, 1.0, -1.0)
    angle = generator.uniform(0, np.pi, rows)
    x1 = 3 * number * np.cos(angle) + 1.5 * number
    return np.column_stack([x1, 3 * number * np.sin(angle) - 0.75 * number]), number


Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
DRAWN: dict[str, Draw] = {
    "circle": draw_circle,
    "xor": draw_xor,
    "gaussians": draw_gaussians,
    "spiral": draw_spiral,
    "moons": draw_moons,
}


class Points(NamedTuple):
    """Points and what is to be learned of them.

    Attributes:
        points: `(rows, 2)` float64.
        target: A number each, `(rows,)` float64, or the number of its class, int64.
        names: Of the two columns and of the target.
        class_names: None where the target is a number.
        source: Where they come from.
    """

    points: np.ndarray
    target: np.ndarray
    names: tuple[str, str, str]
    class_names: tuple[str, ...] | None
    source: str


def draw_points(name: str, rows: int, noise: float, seed: int, *, classes: bool) -> Points:
    """Draw one of the data sets.

    Args:
        name: Which, a key of `DRAWN`.
        rows: How many points, in the square from -6 to 6.
        noise: Standard deviation of what is added to both coordinates.
        seed: Seed of the draw.
        classes: Whether the target is the sign of the number, 0 where it is positive.
    """
    generator = np.random.default_rng(seed)
    points, number = DRAWN[name](generator, rows)
    points += generator.normal(scale=noise, size=points.shape)
    target = (number <= 0).astype(np.int64) if classes else number
    class_names = ("positive", "negative") if classes else None
    source = f"{rows} points drawn by labs.data.points, noise {noise:g}, seed {seed}"
    return Points(points, target, ("x1", "x2", "y"), class_names, source)


def drawing_code(name: str, rows: int, noise: float, *, classes: bool) -> str:
    """Return code that does what `draw_points` does from `SEED`: `points` and `target`."""
    draw = DRAWN[name]
    return f"""{inspect.getsource(draw)}

generator = np.random.default_rng(SEED)
points, number = {draw.__name__}(generator, {rows})
points += generator.normal(scale={noise}, size=points.shape)
target = {"(number <= 0).astype(int)" if classes else "number"}"""
