"""The two CSV files of Sign Language MNIST as arrays, parsed once."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np

from labs.data.dataset import Part
from labs.data.fingerprint import file_fingerprint, fingerprint
from labs.data.npz_files import read_npz, write_npz
from labs.data.photo_groups import find_photo_groups
from labs.data.sign_csv import read_sign_csv
from labs.data.sources import cache_folder
from labs.errors import InputError

FORMAT = 1
"""Raise it when the arrays made from the same CSV files change."""

KEYS = ("x_train", "y_train", "groups_train", "x_test", "y_test", "groups_test")

logger = logging.getLogger(__name__)


def load_sign_parts(train_csv: Path, test_csv: Path) -> tuple[Part, Part]:
    """Return the training and the test part, with photo groups numbered over both.

    The arrays are kept in the user's cache under the checksum of the CSV files, sealed
    with a checksum of their own. A cache that is broken or was made from other files is
    made again; that is logged.

    Args:
        train_csv: CSV file of the training part, may be gzipped.
        test_csv: CSV file of the test part, may be gzipped.

    Raises:
        InputError: If a file cannot be used.
    """
    keys = [file_fingerprint(path) for path in (train_csv, test_csv)]
    if keys[0] == keys[1]:
        raise InputError(f"{train_csv} and {test_csv} have the same content; replace one of them.")
    key = hashlib.sha256(f"{FORMAT} {' '.join(keys)}".encode()).hexdigest()
    cache = cache_folder() / f"sign-language-{key[:16]}.npz"
    arrays = _read_cache(cache, key)
    if arrays is None:
        arrays = _parse(train_csv, test_csv)
        _write_cache(cache, key, arrays)
    train, test = (
        Part(arrays[f"x_{part}"], arrays[f"y_{part}"], arrays[f"groups_{part}"])
        for part in ("train", "test")
    )
    return train, test


def _parse(train_csv: Path, test_csv: Path) -> dict[str, np.ndarray]:
    x_train, y_train = read_sign_csv(train_csv)
    x_test, y_test = read_sign_csv(test_csv)
    groups = find_photo_groups(np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]))
    rows = len(x_train)
    values = x_train, y_train, groups[:rows], x_test, y_test, groups[rows:]
    return dict(zip(KEYS, values, strict=True))


def _read_cache(cache: Path, key: str) -> dict[str, np.ndarray] | None:
    if not cache.exists():
        return None
    try:
        stored = read_npz(cache, (*KEYS, "seal"))
    except InputError as error:
        logger.info("Making the cache again: %s", error)
        return None
    arrays = {name: stored[name] for name in KEYS}
    if str(stored["seal"]) != _seal(key, arrays):
        logger.info("Making the cache again: %s has another checksum.", cache)
        return None
    return arrays


def _write_cache(cache: Path, key: str, arrays: dict[str, np.ndarray]) -> None:
    try:
        write_npz(cache, {**arrays, "seal": np.array(_seal(key, arrays))})
    except OSError as error:  # The arrays are here; only the next start takes longer.
        logger.warning("The cache cannot be written: %s", error)


def _seal(key: str, arrays: dict[str, np.ndarray]) -> str:
    return fingerprint(np.array(key), *(arrays[name] for name in KEYS))
