"""Loss landscapes on which the troubles of gradient descent can be seen one at a time.

Points are `(..., 2)` for the first three and `(...)` for `SineFit`; gradients have the shape
of the points.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University, and lecture D,
Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab, which name the troubles; the
formulas are the simplest that have them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEEPNESS = 100.0
"""Curvature across the ravine; along it the curvature is 1."""


def ravine(point: np.ndarray, steepness: float = STEEPNESS) -> np.ndarray:
    """Return (x² + steepness · y²)/2, whose minimum 0 lies at the origin."""
    x, y = np.moveaxis(point, -1, 0)
    return (x**2 + steepness * y**2) / 2


def ravine_gradient(point: np.ndarray, steepness: float = STEEPNESS) -> np.ndarray:
    """Return (x, steepness · y)."""
    return point * np.array([1.0, steepness])


def saddle(point: np.ndarray) -> np.ndarray:
    """Return (x² − y²)/2 + y⁴/4: a saddle at the origin, minima −1/4 at (0, ±1)."""
    x, y = np.moveaxis(point, -1, 0)
    return (x**2 - y**2) / 2 + y**4 / 4


def saddle_gradient(point: np.ndarray) -> np.ndarray:
    """Return (x, y³ − y)."""
    x, y = np.moveaxis(point, -1, 0)
    return np.stack([x, y**3 - y], axis=-1)


def plateau(point: np.ndarray) -> np.ndarray:
    """Return 1 − exp(−(x² + y²)/2): a hole of depth 1 in a plane."""
    return 1 - np.exp(-(point**2).sum(axis=-1) / 2)


def plateau_gradient(point: np.ndarray) -> np.ndarray:
    """Return θ exp(−|θ|²/2), nearly 0 far from the hole."""
    return point * np.exp(-(point**2).sum(axis=-1, keepdims=True) / 2)


@dataclass(frozen=True)
class SineFit:
    """Fit y = sin(wx), one parameter w: the mean squared error has several minima.

    Attributes:
        x: Inputs, `(rows,)`.
        y: Targets, `(rows,)`.
    """

    x: np.ndarray
    y: np.ndarray

    def loss(self, w: np.ndarray) -> np.ndarray:
        """Return the mean of (sin(wx) − y)² over the rows, shape of w."""
        return self.losses(w).mean(axis=-1)

    def losses(self, w: np.ndarray) -> np.ndarray:
        """Return (sin(wx) − y)² of each row, shape of w and `(rows,)`."""
        return (np.sin(np.multiply.outer(w, self.x)) - self.y) ** 2

    def gradient(self, w: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the mean of 2 (sin(wx) − y) cos(wx) x, shape of w.

        Args:
            w: Frequencies.
            rows: For each w the rows to take the mean over, shape of w and `(n,)`; None
                takes all.
        """
        x, y = (self.x, self.y) if rows is None else (self.x[rows], self.y[rows])
        wx = np.expand_dims(w, -1) * x
        return (2 * (np.sin(wx) - y) * np.cos(wx) * x).mean(axis=-1)

    @classmethod
    def draw(cls, frequency: float, generator: np.random.Generator) -> SineFit:
        """Draw 40 points of a sine between −3 and 3, with noise of deviation .3."""
        x = np.linspace(-3, 3, 40)
        return cls(x, np.sin(frequency * x) + generator.normal(0, 0.3, len(x)))

    def lowest_between(self, low: float, high: float) -> float:
        """Return the frequency of the least loss in a range."""
        w = np.linspace(low, high, 2001)
        return float(w[np.argmin(self.loss(w))])
