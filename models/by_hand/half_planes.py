"""Regions of the plane by layers of perceptrons: half-planes, votes among them, unions.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .perceptron import step


class HalfPlanes(NamedTuple):
    """A first layer of K perceptrons of the plane: x·directionsₖ + biasesₖ ≥ 0.

    Attributes:
        directions: `(K, 2)`.
        biases: `(K,)`.
    """

    directions: np.ndarray
    biases: np.ndarray


def polygon(sides: int, radius: float = 1.0, center: ArrayLike = (0.0, 0.0)) -> HalfPlanes:
    """Return the half-planes whose common part is a regular polygon, its top side level.

    Args:
        sides: 3 or more.
        radius: Distance of each side from the center.
        center: `(2,)`.
    """
    angles = np.pi / 2 + 2 * np.pi * np.arange(sides) / sides
    inward = -np.column_stack([np.cos(angles), np.sin(angles)])
    return HalfPlanes(inward, radius - inward @ np.asarray(center))


def vote(half_planes: HalfPlanes, x: ArrayLike, at_least: int) -> np.ndarray:
    """Return 1 where at least so many neurons of the first layer fire: a second layer, `(n,)`.

    All weights of the second layer are 1 and its bias is ½ − `at_least`. With `at_least`
    the number of half-planes it is AND, with 1 it is OR.

    Args:
        half_planes: The first layer.
        x: Points, `(n, 2)`.
        at_least: 1 to the number of half-planes.
    """
    # A row for each neuron: NumPy adds long rows several times faster than short ones.
    hidden = step(half_planes.directions @ np.asarray(x).T + half_planes.biases[:, None])
    return step(hidden.sum(axis=0) - at_least + 0.5)


def union(parts: Sequence[HalfPlanes], x: ArrayLike) -> np.ndarray:
    """Return 1 inside any of the convex parts: layers of half-planes, ANDs and one OR, `(n,)`."""
    second = [vote(part, x, at_least=len(part.biases)) for part in parts]
    return step(np.sum(second, axis=0) - 0.5)
