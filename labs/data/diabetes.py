"""Diabetes: 442 patients, ten features, does the disease progress strongly?"""

from __future__ import annotations

import numpy as np
import sklearn
import sklearn.datasets
from sklearn.model_selection import train_test_split

from labs.data.dataset import Dataset, Part, RowsCode
from labs.data.fingerprint import fingerprint

PROGRESSION_THRESHOLD = 140
"""Score of disease progression one year after baseline, from which the label is 1."""

DIABETES_SCALE = 442**0.5
"""What standardizes the features: the table's makers centered each, and scaled its sum of squares
to 1 over 442 patients."""
DIABETES_CODE = RowsCode(
    """table = load_diabetes()
labels = np.where(table.target < 140, 0, 1)
x_train, x_test, y_train, y_test = train_test_split(
    table.data, labels, test_size=0.4, random_state=42
)""",
    [
        "from sklearn.datasets import load_diabetes",
        "from sklearn.model_selection import train_test_split",
    ],
)
"""The same rows without this project."""


def load_diabetes(*, scaled: bool = True) -> Dataset:
    """Load the diabetes table, labeled and divided as in the lecture.

    The score of disease progression (25 to 346) becomes the label: 0 below 140, else 1.
    The test part is the lecture's: 40% of the rows, drawn with `random_state=42` and
    without regard to the classes.

    The makers of the table centered each feature and scaled its sum of squares to 1 over
    all 442 patients, so test rows had a hand in the scaling of the training rows; this is
    named in `known_problems`.

    Args:
        scaled: Whether to take the table so scaled, as the lecture does, or in its raw units
            (years, mg/dl, ...).

    Returns:
        265 training and 177 test rows, `x` `(rows, 10)` float64, `y` `(rows,)` int64,
        two classes.

    Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University;
    the table is from Efron, Hastie, Johnstone and Tibshirani (2004), "Least Angle
    Regression", Annals of Statistics 32.
    """
    table = sklearn.datasets.load_diabetes(scaled=scaled)
    labels = np.where(table.target < PROGRESSION_THRESHOLD, 0, 1).astype(np.int64)
    x_train, x_test, y_train, y_test = _divide(table.data, labels)
    return Dataset(
        name="diabetes" if scaled else "diabetes, raw units",
        train=Part(x_train, y_train),
        test=Part(x_test, y_test),
        class_names=(f"below {PROGRESSION_THRESHOLD}", f"{PROGRESSION_THRESHOLD} or more"),
        source=(
            f"sklearn.datasets.load_diabetes{'' if scaled else '(scaled=False)'} of scikit-learn "
            f"{sklearn.__version__}, "
            f"sha256 {fingerprint(x_train, y_train, x_test, y_test)}"
        ),
        feature_names=tuple(table.feature_names),
        known_problems=("pooled-scaling",) if scaled else (),
    )


def load_progression_scores() -> tuple[np.ndarray, np.ndarray]:
    """Load the scores of disease progression themselves, for regression.

    Returns:
        Those of `load_diabetes`'s training rows `(265,)` and test rows `(177,)`, in its order.
    """
    train, test = _divide(sklearn.datasets.load_diabetes().target)
    return train, test


def _divide(*arrays: np.ndarray) -> list[np.ndarray]:
    """Divide each array into the lecture's training and test part."""
    parts: list[np.ndarray] = train_test_split(*arrays, test_size=0.4, random_state=42)
    return parts
