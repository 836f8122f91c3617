"""Read one CSV file of Sign Language MNIST, strictly."""

from __future__ import annotations

import zlib
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from labs.errors import InputError

LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")
"""The 24 letters whose sign needs no motion: without J and Z."""

COLUMNS = ("label", *(f"pixel{number}" for number in range(1, 785)))

RAW_LABELS = tuple(ord(letter) - ord("A") for letter in LETTERS)
"""Labels in the file: place in the alphabet from 0, so without 9 and 25."""

CHUNK_ROWS = 1000  # of text at a time, which takes far more memory than numbers


def read_sign_csv(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read images and labels.

    Args:
        path: A CSV file with the columns label, pixel1, …, pixel784, gzipped if its name
            ends in `.gz`.

    Returns:
        Images `(rows, 28, 28)` uint8, and labels `(rows,)` int64 renumbered to 0–23, the
        places in `LETTERS`.

    Raises:
        InputError: If the file cannot be read, or holds anything but whole numbers 0–255
            in these columns and the 24 labels, each at least once.
    """
    table = _read_table(path)
    letters = _renumber(path, table[:, 0])
    return table[:, 1:].reshape(-1, 28, 28), letters


def _read_table(path: Path) -> np.ndarray:
    """Return the whole file as `(rows, 785)` uint8."""
    try:
        _require_columns(path, tuple(pd.read_csv(path, nrows=0).columns))
        return _read_numbers(path)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); it may be cut short: fetch it again."
        ) from error
    except pd.errors.ParserError as error:
        raise InputError(
            f"{path} is no table of {len(COLUMNS)} columns ({str(error).strip()}); fetch it again."
        ) from error


def _renumber(path: Path, labels: np.ndarray) -> np.ndarray:
    """Return the places in `LETTERS` of labels that are places in the alphabet."""
    wrong = np.setdiff1d(labels, RAW_LABELS)
    if wrong.size:
        row = int(np.flatnonzero(labels == wrong[0])[0])
        raise InputError(
            f"{path} has the label {wrong[0]} in row {row + 1}, expected 0 to 24 without 9 "
            "(the place of the letter in the alphabet; J and Z do not occur); correct it."
        )
    missing = np.setdiff1d(RAW_LABELS, labels)
    if missing.size:
        raise InputError(
            f"{path} has no row of label {missing[0]}, expected each of the 24 letters; "
            "fetch the whole file."
        )
    return np.searchsorted(RAW_LABELS, labels).astype(np.int64)


def _require_columns(path: Path, columns: tuple[str, ...]) -> None:
    if columns != COLUMNS:
        place = next(
            (i for i, pair in enumerate(zip(columns, COLUMNS, strict=False)) if pair[0] != pair[1]),
            min(len(columns), len(COLUMNS)),
        )
        found = repr(columns[place]) if place < len(columns) else "nothing"
        raise InputError(
            f"{path} has {len(columns)} columns with {found} in place {place + 1}, expected "
            "label, pixel1, …, pixel784; take the file as it is on Kaggle."
        )


def _read_numbers(path: Path) -> np.ndarray:
    try:
        with np.errstate(invalid="ignore"):  # pandas casts infinity before it refuses it.
            table = pd.read_csv(path, dtype=np.uint8)
    except (ValueError, OverflowError):
        _report_first_bad_value(path)  # What pandas says names no row.
        raise
    if not isinstance(table.index, pd.RangeIndex):  # pandas makes an index of surplus values.
        raise pd.errors.ParserError("its rows have more values")
    return table.to_numpy()


def _report_first_bad_value(path: Path) -> None:
    """Raise an `InputError` for the first value that is no whole number 0–255."""
    with pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=CHUNK_ROWS) as chunks:
        for start, chunk in zip(count(1, CHUNK_ROWS), chunks, strict=False):
            text = chunk.to_numpy(dtype=str)
            numbers = pd.to_numeric(text.ravel(), errors="coerce").reshape(text.shape)
            bad = np.argwhere(~np.isin(numbers, range(256)))
            if len(bad):
                row, column = (int(index) for index in bad[0])
                raise InputError(
                    f"{path} has {str(text[row, column])!r} in row {start + row}, column "
                    f"{COLUMNS[column]}, expected a whole number from 0 to 255; correct it."
                )
