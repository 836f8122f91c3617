"""MNIST: which of the ten digits was written here?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from labs.data.dataset import Dataset, Part
from labs.data.digits import load_digits
from labs.data.download import download
from labs.data.fingerprint import fingerprint
from labs.data.npz_files import read_npz
from labs.data.sources import UnavailableError, announce_stand_in, find_data_files
from labs.errors import InputError

MnistChoice = Literal["auto", "mnist", "digits"]

FILE = "mnist.npz"
URL = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{FILE}"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
NUM_BYTES = 11_490_434

KEYS = ("x_train", "y_train", "x_test", "y_test")
OFFICIAL = "c9c899568825c0192b158204e056115690ebe9e01a8a467321a8e34a416b7a26"
"""Fingerprint of the arrays as published, whatever file they are packed into."""


def load_mnist(choice: MnistChoice = "auto") -> Dataset:
    """Load MNIST, or with a notice a stand-in that needs no network.

    `"mnist"` looks for `mnist.npz` in the folder that `LABS_DATA_DIR` names, then in the
    user's cache, and downloads it if it is in neither. `"auto"` does the same and, if the
    download fails, goes on with `"digits"`: scikit-learn's 8×8 digits, enlarged.

    Args:
        choice: Which data set to load.

    Returns:
        `x` `(rows, 28, 28)` uint8 0–255, light strokes on black, `y` `(rows,)` int64,
        ten classes; 60,000 training and 10,000 test rows for MNIST. The name and the
        source say so if the arrays are not the published ones.

    Raises:
        InputError: If the file in `LABS_DATA_DIR` cannot be used, or with `"mnist"` if the
            download fails.

    Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식
    (Fundamentals of Deep Learning, part 2), NVIDIA DLI; LeCun, Cortes and Burges, "The MNIST
    database of handwritten digits".
    """
    if choice not in get_args(MnistChoice):
        raise ValueError(f"choice must be one of {get_args(MnistChoice)}, got {choice!r}.")
    if choice == "digits":
        return _digits_instead()
    found = find_data_files(FILE)
    if found:
        return read_mnist(found[0])
    try:
        return read_mnist(download(URL, SHA256, NUM_BYTES))
    except UnavailableError as error:
        if choice == "mnist":
            raise
        announce_stand_in("MNIST", "scikit-learn's 8×8 digits, enlarged", error)
        return _digits_instead()


def _digits_instead() -> Dataset:
    digits = load_digits()
    return replace(digits, name=f"{digits.name}, in place of MNIST")


def read_mnist(path: Path) -> Dataset:
    """Read MNIST, or images of digits in its form, from an .npz file.

    Args:
        path: A file with the arrays `x_train`, `y_train`, `x_test` and `y_test`.

    Raises:
        InputError: If the file cannot be read or its arrays are not images of ten digits.
    """
    arrays = read_npz(path, KEYS)
    for part in ("train", "test"):
        _require_digits(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
    train, test = (
        Part(arrays[f"x_{part}"], arrays[f"y_{part}"].astype(np.int64))
        for part in ("train", "test")
    )
    digest = fingerprint(train.x, train.y, test.x, test.y)
    is_official = digest == OFFICIAL
    return Dataset(
        name="MNIST" if is_official else "MNIST (altered)",
        train=train,
        test=test,
        class_names=tuple("0123456789"),
        source=f"{path.name}, {'the' if is_official else 'NOT the'} published arrays, "
        f"sha256 {digest}",
    )


def _require_digits(path: Path, part: str, x: np.ndarray, y: np.ndarray) -> None:
    shapes_fit = x.shape == (len(y), 28, 28) if y.ndim == 1 and len(y) else False
    if not shapes_fit or x.dtype != np.uint8 or y.dtype != np.uint8:
        raise InputError(
            f"{path}: x_{part} is {x.dtype} {x.shape} and y_{part} is {y.dtype} {y.shape}, "
            "expected uint8 (rows, 28, 28) and uint8 (rows,); save raw pixels and integer labels."
        )
    labels = np.unique(y).tolist()
    if labels != list(range(10)):
        raise InputError(
            f"{path}: y_{part} holds the labels {_listed(labels)}, expected each of 0 to 9; "
            "number the digits so."
        )


def _listed(labels: list[int]) -> str:
    return ", ".join(map(str, labels[:12])) + (", …" if len(labels) > 12 else "")
