"""scikit-learn's 8×8 digits, enlarged: small and at hand without a network."""

from __future__ import annotations

from functools import cache

import numpy as np
import sklearn
import sklearn.datasets
from sklearn.model_selection import train_test_split

from labs.data.dataset import Dataset, Part
from labs.data.fingerprint import fingerprint
from labs.data.pictures import prepare_digit


def load_digits() -> Dataset:
    """Load scikit-learn's digits, made as like MNIST's as 8×8 pixels allow.

    Each digit is enlarged to 20×20 pixels and placed by its center of mass, as MNIST's
    were. The test part is a fifth of the rows, classes in proportion, always the same.

    Returns:
        1,437 training and 360 test rows, `x` `(rows, 28, 28)` uint8, light strokes on
        black, `y` `(rows,)` int64, ten classes.
    """
    x, y = _enlarged()
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.2, stratify=y, random_state=0
    )
    return Dataset(
        name="digits (8×8, enlarged)",
        train=Part(x_train, y_train),
        test=Part(x_test, y_test),
        class_names=tuple("0123456789"),
        source=f"sklearn.datasets.load_digits of scikit-learn {sklearn.__version__}, enlarged, "
        f"sha256 {fingerprint(x_train, y_train, x_test, y_test)}",
    )


def shrink(x: np.ndarray) -> np.ndarray:
    """Average squares of 2×2 pixels of images 0 to 255; return features 0 to 1, `(rows, 196)`."""
    rows, height, width = x.shape
    squares = x.reshape(rows, height // 2, 2, width // 2, 2)
    small: np.ndarray = squares.mean(axis=(2, 4)).reshape(rows, -1) / 255
    return small


@cache
def _enlarged() -> tuple[np.ndarray, np.ndarray]:
    digits = sklearn.datasets.load_digits()
    small = np.round(digits.images * (255 / 16)).astype(np.uint8)
    framed = np.pad(small, ((0, 0), (1, 1), (1, 1)))  # The border is background for sure.
    return np.stack([prepare_digit(picture) for picture in framed]), digits.target.astype(np.int64)
