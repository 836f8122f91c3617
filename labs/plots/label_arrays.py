"""What every picture of predictions asks of its labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def require_labels(
    y_true: ArrayLike, y_pred: ArrayLike, num_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return true and predicted labels as arrays `(samples,)` of integers 0..K−1.

    Args:
        y_true: True labels.
        y_pred: Predicted labels.
        num_classes: Number of classes K.

    Raises:
        ValueError: If there are no labels, if their lengths differ, or one is outside 0..K−1.
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    outside = np.setdiff1d(np.append(true, predicted), range(num_classes))
    if true.ndim != 1 or true.shape != predicted.shape or outside.size or not true.size:
        raise ValueError(
            f"Expected two arrays of labels 0..{num_classes - 1} of one length, got shapes "
            f"{true.shape} and {predicted.shape} with the strange labels {outside[:5]}; "
            "take argmax(axis=1) of probabilities first."
        )
    return true.astype(np.int64), predicted.astype(np.int64)
