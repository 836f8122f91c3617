"""scikit-learn's estimators, fitted in other processes while this one trains nets."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier


@dataclass(frozen=True)
class EstimatorFit:
    """What is left of a fitted estimator.

    Attributes:
        train_labels: Its prediction for each training row, `(rows,)`.
        test_labels: Its prediction for each test row, `(rows,)`.
        seconds: Wall time of `fit`, while others were fitted beside it.
        parameters: Number of weights and biases of an MLPClassifier, else None.
    """

    train_labels: np.ndarray
    test_labels: np.ndarray
    seconds: float
    parameters: int | None


def fit_estimators(
    estimators: Sequence[ClassifierMixin], x: np.ndarray, y: np.ndarray, x_test: np.ndarray
) -> Iterator[EstimatorFit]:
    """Fit classifiers to the same rows, as many at a time as there are cores.

    They are fitted from now on, in the background; asking for the next result waits for it.
    That a fit used up its iterations is no warning here: how many is part of the question.

    Args:
        estimators: Classifiers, each with its own `random_state`.
        x: Training inputs, `(rows, features)`.
        y: Integer labels, `(rows,)`.
        x_test: Rows to predict once fitted, `(rows, features)`.

    Returns:
        An iterator over the results, in the order of the estimators.
    """
    parallel = joblib.Parallel(n_jobs=-1, return_as="generator", pre_dispatch="all")
    return parallel(joblib.delayed(_fit)(estimator, x, y, x_test) for estimator in estimators)


def _fit(
    estimator: ClassifierMixin, x: np.ndarray, y: np.ndarray, x_test: np.ndarray
) -> EstimatorFit:
    start = time.perf_counter()
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        estimator.fit(x, y)
    seconds = time.perf_counter() - start
    parameters = None
    if isinstance(estimator, MLPClassifier):
        parameters = sum(w.size for w in [*estimator.coefs_, *estimator.intercepts_])
    return EstimatorFit(estimator.predict(x), estimator.predict(x_test), seconds, parameters)
