"""Sign Language MNIST: which letter of the American manual alphabet is shown?"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from labs.data.dataset import Dataset
from labs.data.drawn_hands import load_drawn_hands
from labs.data.fingerprint import fingerprint
from labs.data.sign_cache import load_sign_parts
from labs.data.sign_csv import LETTERS
from labs.data.sources import UnavailableError, announce_stand_in, find_data_files

SignChoice = Literal["auto", "sign_mnist", "drawn_hands"]

FILES = ("sign_mnist_train.csv", "sign_mnist_test.csv")

OFFICIAL = "100f91ce133d4d2cd095912dfab54f26e5f392ba97edd09c2018b8aa364debfd"
"""Fingerprint of images and labels as published, whatever file they are packed into."""


def load_sign_language(choice: SignChoice = "auto") -> Dataset:
    """Load Sign Language MNIST, or with a notice a stand-in that needs no network.

    `"sign_mnist"` looks for `sign_mnist_train.csv` and `sign_mnist_test.csv`, gzipped or
    not, in the folder that `LABS_DATA_DIR` names, and else fetches them from Kaggle.
    `"auto"` does the same and, if Kaggle cannot be reached, goes on with `"drawn_hands"`.

    A group is one photo and all its slightly changed copies. The makers of the data left a
    few photos on both sides, in the training and in the test file; `known_problems` names
    this, so `labs.data.check` tells it.

    Args:
        choice: Which data set to load.

    Returns:
        `x` `(rows, 28, 28)` uint8 0–255, `y` `(rows,)` int64 0–23 for the letters A to Y
        without J, `groups` `(rows,)` int64; 27,455 training and 7,172 test rows for Sign
        Language MNIST. The name and the source say so if they are not the published ones.

    Raises:
        InputError: If the files in `LABS_DATA_DIR` cannot be used, or with `"sign_mnist"`
            if Kaggle cannot be reached.

    Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
    Learning, part 2), NVIDIA DLI; kaggle.com/datasets/datamunge/sign-language-mnist.
    """
    if choice not in get_args(SignChoice):
        raise ValueError(f"choice must be one of {get_args(SignChoice)}, got {choice!r}.")
    if choice == "drawn_hands":
        return load_drawn_hands()
    found = find_data_files(*FILES, endings=("", ".gz"))
    if found:
        return read_sign_language(*found)
    try:
        return read_sign_language(*_fetch())
    except UnavailableError as error:
        if choice == "sign_mnist":
            raise
        announce_stand_in("Sign Language MNIST", "drawn hands", error)
        return load_drawn_hands()


def read_sign_language(train_csv: Path, test_csv: Path) -> Dataset:
    """Read Sign Language MNIST, or images in its form, from two CSV files.

    Args:
        train_csv: CSV file of the training part, may be gzipped.
        test_csv: CSV file of the test part, may be gzipped.

    Raises:
        InputError: If a file cannot be read or holds anything but images of 24 letters.
    """
    train, test = load_sign_parts(train_csv, test_csv)
    digest = fingerprint(train.x, train.y, test.x, test.y)
    is_official = digest == OFFICIAL
    return Dataset(
        name="Sign Language MNIST" if is_official else "Sign Language MNIST (altered)",
        train=train,
        test=test,
        class_names=LETTERS,
        source=f"{train_csv.name} and {test_csv.name}, {'the' if is_official else 'NOT the'} "
        f"published arrays, sha256 {digest}",
        known_problems=("test-shares-groups",),
    )


def _fetch() -> list[Path]:
    # kagglehub takes time to start and talks on standard output; most runs do without it.
    from labs.data.kaggle import fetch_sign_files

    return fetch_sign_files(FILES)
