"""Decide from the losses so far whether a noisy validation loss has begun to rise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

WINDOWS = (3, 4, *(round(5 * 2 ** (i / 2)) for i in range(14)))  # 3, 4, 5, 7, 10 … 453 epochs
LONG = 50  # planned epochs from which on the noise's memory is measured
FEWEST = 2 * WINDOWS[0]  # epochs
SMALLEST_RISE = 0.01  # relative to the loss before; less is of no practical interest
JUMPS = 20  # epochs: a jump that lasts so long is no burst
PLANNED = (10, 12, 15, 20, 30, 40, 49)  # epochs of short trainings, with the scores that a
CRITICAL_RISE = (2.87, 3.3, 3.7, 3.82, 4.7, 4.9, 4.9)  # rise must exceed in them
CRITICAL_TREND = (2.43, 2.65, 2.95, 3.3, 3.5, 3.72, 3.95)  # and a trend
PLANNED_LONG, CRITICAL_LONG = (50, 200, 1000), (6.0, 6.5, 7.1)
LAGS = (4, 8, 16)  # show how long the noise remembers
LEAST_MEMORY = 0.5  # φ that is assumed where it cannot be measured
LEAST_NOISE = 1e-6  # relative to the loss: the rounding of a mean of float32 numbers
MEAN_ABSOLUTE = math.sqrt(2 / math.pi)  # of normal noise with variance 1


class Turn(NamedTuple):
    """A rise of the validation loss.

    Attributes:
        onset: Index of the observation from which the loss rises.
        rise: Mean loss of the last epochs minus that of the lowest ones before.
        training_rise: The same of the training loss.
    """

    onset: int
    rise: float
    training_rise: float


def find_turn(
    losses: Sequence[float],
    val_losses: Sequence[float],
    planned: int,
    strictness: float = 1.0,
) -> Turn | None:
    """Test after an epoch whether the validation loss has begun to rise.

    1. The mean of the last h validation losses is compared with the lowest mean of h losses in
       a row among those shortly before, for h = 3, 4, 5, 7, 10, 14 … epochs.
    2. While a net still learns, or has stopped to, that difference is noise; the question is
       how large noise makes it.
    3. How noisy the curve is shows in its second differences, v_t − 2·v_{t−1} + v_{t−2} and the
       same over two epochs, because a straight rise or fall cancels in them.
    4. Noise has a memory, n_t = φ·n_{t−1} + e_t: a bad epoch is followed by bad ones, and a
       wandering curve looks like a rise.
    5. Second differences over 4, 8 and 16 epochs are larger than those over one the more the
       noise remembers, which gives φ, to which 1.5 standard errors are added.
    6. With fewer than 50 epochs planned that cannot be measured: φ = .5 is assumed, and a second
       test counts how many of all pairs of losses since the lowest one rise (Mann-Kendall), which
       single bad epochs cannot hide.
    7. The score of a rise is the rise over its standard deviation under that noise.
    8. It must exceed what a net that does not overfit exceeds in about 2 of 100 whole trainings,
       a number found by simulation that grows with the planned epochs, as many more looks are
       taken.
    9. The rise must last: nearly all of the last h losses lie above the typical loss of the
       lowest h by a third of the rise, and no single step makes up most of it, else it is a
       burst of bad epochs.
    10. The onset is where the best curve that falls and then rises turns (least squares).

    Critical values by simulation are those of Lilliefors (1967, On the Kolmogorov-Smirnov test for
    normality with mean and variance unknown); the trend test is that of Mann (1945, Nonparametric
    tests against trend); the variance of a mean of autoregressive noise is in Box & Jenkins (1970,
    Time series analysis). `python -m tests.benchmarks.monitor` measures how often a rise is found,
    and found wrongly.

    Args:
        losses: Training loss of each epoch so far, finite.
        val_losses: Validation loss of each epoch so far, finite.
        planned: Epochs that are to be validated in the whole training.
        strictness: What the critical score is multiplied by.
    """
    n = len(val_losses)
    if n < FEWEST:
        return None
    is_long = planned >= LONG
    values = np.asarray(val_losses, dtype=float)
    training = np.asarray(losses, dtype=float)
    if not is_long:
        low = _rising_since(values, strictness * _critical(planned, PLANNED, CRITICAL_TREND))
        if low is not None:
            return _turn(values, training, low, 3)
    sums = np.concatenate([[0.0], values.cumsum()])
    table = (PLANNED_LONG, CRITICAL_LONG) if is_long else (PLANNED, CRITICAL_RISE)
    critical = strictness * _critical(planned, *table)
    least = noise = None
    for h in WINDOWS:
        if 2 * h > n:
            break
        if (h < 5 and n >= LONG) or n % max(1, h // 10):
            continue  # wide windows hardly change from one epoch to the next
        first = max(0, n - 3 * h)
        means = (sums[first + h : n - h + 1] - sums[first : n - 2 * h + 1]) / h
        lowest = int(means.argmin())
        rise = float((sums[n] - sums[n - h]) / h - means[lowest])
        if rise <= SMALLEST_RISE * abs(means[lowest]):
            continue
        least = least or _Noise.of(values)
        if rise <= critical * least.deviation(h):
            continue
        noise = noise or (_Noise.of(values, _memory(values)) if is_long else least)
        low = slice(first + lowest, first + lowest + h)
        if rise > critical * noise.deviation(h) and _lasts(values, low, rise, h, is_long):
            return _turn(values, training, low, h)
    return None


def _critical(planned: int, epochs: tuple[int, ...], scores: tuple[float, ...]) -> float:
    return float(np.interp(math.log(planned), np.log(epochs), scores))


def _turn(values: np.ndarray, training: np.ndarray, low: slice, h: int) -> Turn:
    """Describe the rise of the last h epochs above the lowest ones."""
    start = max(0, low.start - h)
    rise, training_rise = (float(x[-h:].mean() - x[low].mean()) for x in (values, training))
    return Turn(start + _turning_point(values[start:]), rise, training_rise)


def _rising_since(values: np.ndarray, critical: float) -> slice | None:
    """Return the lowest three epochs if the losses since then have a rising trend."""
    threes = np.convolve(values, np.full(3, 1 / 3), "valid")
    lowest = int(threes.argmin())
    since = values[lowest + 1 :]
    k = len(since)
    if k < FEWEST or threes[-1] - threes[lowest] <= SMALLEST_RISE * abs(threes[lowest]):
        return None
    later_is_higher = np.triu(np.sign(since - since[:, None]))
    score = later_is_higher.sum() / math.sqrt(k * (k - 1) * (2 * k + 5) / 18)
    return slice(lowest, lowest + 3) if score > critical else None


def _lasts(values: np.ndarray, low: slice, rise: float, h: int, is_long: bool) -> bool:
    """Return whether nearly all of the last h values are higher, and not by one jump."""
    nearly_lowest = np.sort(values[-h:])[max(0, h // 4 - 1)]
    if nearly_lowest <= np.sort(values[low])[h // 2] + rise / 3:
        return False
    largest_step = np.diff(values[-2 * h :]).max()
    return h >= JUMPS or bool(largest_step < (0.6 if is_long else 0.8) * rise)


class _Noise(NamedTuple):
    """Autoregressive noise, n_t = φ·n_{t−1} + e_t, as estimated."""

    phi: float
    variance: float

    @classmethod
    def of(cls, values: np.ndarray, phi: float = 0.0) -> _Noise:
        """Estimate the noise from the latter half of a curve, given how long it remembers."""
        n = len(values)
        phi = max(phi, LEAST_MEMORY * min(1, LONG / n))
        half = max(6, n // 2)  # the early, steep fall is no noise
        one, two = _roughness(values, 1, half), _roughness(values, 2, half - 1)
        roughness = max((one + min(two, 2 * one)) / 2, LEAST_NOISE * abs(values[-1]))
        expected = (math.sqrt(_variance(phi, 1)) + math.sqrt(_variance(phi, 2))) / 2
        return cls(phi, (roughness / expected) ** 2)

    def deviation(self, h: int) -> float:
        """Return the standard deviation of the difference of adjacent means of h epochs."""
        phi = self.phi
        own = h * (1 - phi**2) - 2 * phi * (1 - phi**h)
        shared = phi * (1 - phi**h) ** 2
        return math.sqrt(2 * self.variance * (own - shared)) / ((1 - phi) * h)


def _memory(values: np.ndarray) -> float:
    """Return a cautious estimate of φ, by how much rougher the curve is over more epochs."""
    n, phi = len(values), 0.0
    recent = max(24, n // 2)
    once = max(_roughness(values, 1, recent), LEAST_NOISE * abs(values[-1]))
    for lag in LAGS:
        if n >= 6 * lag:
            ratio = _roughness(values, lag, recent) / once
            seen = float(np.interp(ratio**2, RATIOS[lag], PHIS))
            error = math.sqrt((1 - seen**2) / min(recent, n - 2 * lag))
            phi = max(phi, seen + 1.5 * error)
    return min(phi, PHIS[-1])


def _roughness(values: np.ndarray, lag: int, count: int) -> float:
    """Return the standard deviation of the last second differences over `lag` epochs."""
    change = values[2 * lag :] - 2 * values[lag:-lag] + values[: -2 * lag]
    return float(np.abs(change[-count:]).mean()) / MEAN_ABSOLUTE


def _variance(phi: float, lag: int) -> float:
    """Return Var(n_t − 2·n_{t−lag} + n_{t−2·lag}) for autoregressive noise of variance 1."""
    return 2 * (1 - phi**lag) * (3 - phi**lag)


PHIS = tuple(i / 100 for i in range(99))
RATIOS = {lag: [_variance(phi, lag) / _variance(phi, 1) for phi in PHIS] for lag in LAGS}


def _turning_point(losses: np.ndarray) -> int:
    """Return where the best curve that falls and then rises turns (least squares)."""

    def misfit(turn: int) -> float:
        falling = isotonic_regression(losses[: turn + 1], increasing=False).x
        rising = isotonic_regression(losses[turn:], increasing=True).x
        return float(
            np.sum((falling - losses[: turn + 1]) ** 2) + np.sum((rising - losses[turn:]) ** 2)
        )

    return min(range(len(losses) - 1), key=misfit)
