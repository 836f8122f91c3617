"""scikit-learn's estimators, fitted in other processes while this one trains nets."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from models.processes import process_pool


@dataclass(frozen=True)
class EstimatorFit:
    """What is left of a fitted estimator.

    Attributes:
        train_labels: Its prediction for each training row, `(rows,)`.
        test_labels: Its prediction for each test row, `(rows,)`.
        seconds: Wall time of `fit` on one core, while others were busy.
        parameters: Number of weights and biases of an MLPClassifier, else None.
    """

    train_labels: np.ndarray
    test_labels: np.ndarray
    seconds: float
    parameters: int | None


@contextmanager
def fitting_estimators(
    estimators: Sequence[ClassifierMixin], x: np.ndarray, y: np.ndarray, x_test: np.ndarray
) -> Iterator[Iterator[EstimatorFit]]:
    """Fit classifiers to the same rows in the background, one a core.

    Within the `with` block, asking for the next result waits for it; leaving the block, by
    an exception too, ends what is still running. That a fit used up its
    iterations is no warning here: how many is part of the question.

    Args:
        estimators: Classifiers, each with its own `random_state`.
        x: Training inputs, `(rows, features)`.
        y: Integer labels, `(rows,)`.
        x_test: Rows to predict once fitted, `(rows, features)`.

    Yields:
        An iterator over the results, in the order of the estimators.
    """
    with process_pool() as pool:
        yield pool.imap(partial(_fit, x=x, y=y, x_test=x_test), estimators)


def _fit(
    estimator: ClassifierMixin, x: np.ndarray, y: np.ndarray, x_test: np.ndarray
) -> EstimatorFit:
    start = time.perf_counter()
    # One thread each: there is a process a core, and sums in one order give the same bits.
    with (
        threadpool_limits(1),
        warnings.catch_warnings(action="ignore", category=ConvergenceWarning),
    ):
        estimator.fit(x, y)
    seconds = time.perf_counter() - start
    parameters = None
    if isinstance(estimator, MLPClassifier):
        parameters = sum(w.size for w in [*estimator.coefs_, *estimator.intercepts_])
    return EstimatorFit(estimator.predict(x), estimator.predict(x_test), seconds, parameters)
