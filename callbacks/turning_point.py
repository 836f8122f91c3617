"""Decide, epoch after epoch, whether a noisy loss has begun to rise."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

FALSE_ALARM_RATE = 0.01  # for the whole training, not for one epoch
SMALLEST_RISE = 0.01  # relative to the loss before; less is of no practical interest
WINDOWS = tuple(round(5 * 2 ** (i / 2)) for i in range(14))  # 5, 7, 10, 14 … 453 epochs
LAGS = (4, 8)  # show how long the noise remembers
NOISE_EPOCHS = 24  # the noise is measured on the latter half, at least on so many epochs
LEAST_NOISE = 1e-6  # relative to the loss: the rounding of a mean of float32 numbers
PHI = np.linspace(0.0, 0.9, 91)  # beyond, noise cannot be told from a trend


def _roughness(phi: Any, lag: int) -> Any:
    """Return Var(n_t − 2·n_{t−lag} + n_{t−2·lag}) for autoregressive noise of variance 1."""
    return 2 * (1 - phi**lag) * (3 - phi**lag)


ROUGHNESS_RATIO = {lag: _roughness(PHI, lag) / _roughness(PHI, 1) for lag in LAGS}


class TurningPointTest:
    """Sequential test for the turn of a validation loss, see `OverfittingMonitor`.

    After each epoch, for windows of h = 5, 7, 10, 14, 20 … epochs, the mean of the last h
    validation losses is compared with the mean of the h before. Their difference d must be

    1. significant. Where the loss improves or has flattened, the expectation of d is not
       positive. Its variance is that of autoregressive noise, n_t = φ·n_{t−1} + e_t, with φ
       and the noise level taken from medians of |v_t − 2·v_{t−k} + v_{t−2k}|, which a trend
       hardly changes and an outlier does not either. d over its standard deviation has
       Student's distribution; turned into a normal score z (Wallace 1959, Bounds on normal
       approximations to Student's and the chi-square distributions) it must satisfy

           exp(−z²/2) < FALSE_ALARM_RATE / (n·(n + 1)·windows),

       a bound for the normal tail. As 1/(n·(n + 1)) sums to 1 over all n, the chance of a
       false alarm in the whole training is bounded (union bound), however long it is.
    2. no matter of a few outliers: the lower quartile of the last h losses lies above
       the median of the h before, by at least d/3.
    3. at least 1% of the loss before.
    4. accompanied by a training loss whose mean over the same windows has not risen. Where
       both rise, training diverges.

    Epochs whose losses are not finite are left to the caller. One call takes O(log n) steps
    and a few microseconds.

    Attributes:
        onset: Index of the observation at which the loss began to rise, None before it did.
    """

    def __init__(self) -> None:
        self.onset: int | None = None
        self._losses: list[float] = []
        self._val_sums = [0.0]  # prefix sums, so that each window's mean costs O(1)
        self._train_sums = [0.0]
        self._roughness = {lag: _RecentMedian() for lag in (1, *LAGS)}

    def add(self, loss: float, val_loss: float) -> bool:
        """Take the losses of one epoch, both finite; return whether the rise is found now."""
        if self.onset is not None:
            return False
        losses = self._losses
        losses.append(val_loss)
        self._val_sums.append(self._val_sums[-1] + val_loss)
        self._train_sums.append(self._train_sums[-1] + loss)
        n = len(losses)
        for lag, roughness in self._roughness.items():
            if n > 2 * lag:
                change = losses[-1] - 2 * losses[-1 - lag] + losses[-1 - 2 * lag]
                roughness.add(abs(change), keep=max(NOISE_EPOCHS, n // 2))
        window = self._rising_window(n)
        if window is not None:
            start = max(0, n - 3 * window)
            self.onset = start + _turning_point(np.array(losses[start:]))
        return window is not None

    def _rising_window(self, n: int) -> int | None:
        """Return the shortest window that shows a rise."""
        val, train = self._val_sums, self._train_sums
        windows = bisect_left(WINDOWS, n // 2 + 1)
        bound = 2 * math.log(n * (n + 1) * max(windows, 1) / FALSE_ALARM_RATE)
        noise: _Noise | None = None
        for h in WINDOWS[:windows]:
            before = (val[n - h] - val[n - 2 * h]) / h
            rise = (val[n] - val[n - h]) / h - before
            improves = train[n] - 2 * train[n - h] + train[n - 2 * h] <= 0
            if rise > SMALLEST_RISE * abs(before) and improves:
                noise = noise or self._noise(abs(before) + rise)
                if noise.score(rise, h) ** 2 > bound and self._persists(rise, h):
                    return h
        return None

    def _noise(self, level: float) -> _Noise:
        """Estimate the noise of a validation loss of this level."""
        roughness = max(self._roughness[1].value, LEAST_NOISE * level)
        phi = 0.0
        for lag in LAGS:
            # Where there is no estimate yet, a random walk is the cautious assumption.
            seen = self._roughness[lag].value if len(self._losses) > 2 * lag else math.inf
            ratio = min(seen / roughness, 1e3) ** 2
            phi = max(phi, float(np.interp(ratio, ROUGHNESS_RATIO[lag], PHI)))
        # Neighbors among the second differences share two of their three losses.
        return _Noise(phi, roughness**2 / _roughness(phi, 1), len(self._roughness[1]) / 2)

    def _persists(self, rise: float, h: int) -> bool:
        last, before = sorted(self._losses[-h:]), sorted(self._losses[-2 * h : -h])
        return last[h // 4 - 1] - before[h // 2] > rise / 3


class _Noise(NamedTuple):
    """Autoregressive noise, n_t = φ·n_{t−1} + e_t, as estimated."""

    phi: float
    variance: float
    freedom: float  # degrees of freedom of the estimate

    def score(self, rise: float, h: int) -> float:
        """Return the normal score of a rise between the means of two windows of h epochs."""
        own = h * (1 - self.phi**2) - 2 * self.phi * (1 - self.phi**h)
        shared = self.phi * (1 - self.phi**h) ** 2
        variance_of_rise = 2 * self.variance * (own - shared) / ((1 - self.phi) * h) ** 2
        shrink = (8 * self.freedom + 1) / (8 * self.freedom + 3)
        t_squared = rise**2 / variance_of_rise
        return shrink * math.sqrt(self.freedom * math.log1p(t_squared / self.freedom))


class _RecentMedian:
    """Median of the last values, scaled to the standard deviation of normal noise."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, value: float, keep: int) -> None:
        self._recent.append(value)
        insort(self._sorted, value)
        while len(self._sorted) > keep:
            del self._sorted[bisect_left(self._sorted, self._recent.popleft())]

    @property
    def value(self) -> float:
        return self._sorted[len(self._sorted) // 2] / 0.6745


def _turning_point(losses: np.ndarray) -> int:
    """Return where the best curve that falls and then rises turns (least squares)."""

    def misfit(turn: int) -> float:
        falling = isotonic_regression(losses[: turn + 1], increasing=False).x
        rising = isotonic_regression(losses[turn:], increasing=True).x
        return float(
            np.sum((falling - losses[: turn + 1]) ** 2) + np.sum((rising - losses[turn:]) ** 2)
        )

    return min(range(1, len(losses) - 1), key=misfit)
