"""Read one CSV file of Sign Language MNIST, strictly."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path

import numpy as np

from labs.errors import InputError, shorten

LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")
"""The 24 letters whose sign needs no motion: without J and Z."""

COLUMNS = ("label", *(f"pixel{number}" for number in range(1, 785)))

RAW_LABELS = tuple(ord(letter) - ord("A") for letter in LETTERS)
"""Labels in the file: place in the alphabet from 0, so without 9 and 25."""

LARGEST = 2**28
"""Bytes of an unpacked file; the published training file has 83 million."""
LONGEST_LINE = 2**14
"""Bytes; the published header has 6,980."""
BLOCK_ROWS = 1000  # of text at a time, which takes far more memory than numbers


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
    blocks = [np.empty((0, len(COLUMNS)), dtype=np.uint8)]
    row = 1
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            lines = _lines(path, file)
            _require_columns(path, next(lines, b""))
            while block := list(islice(lines, BLOCK_ROWS)):
                blocks.append(_numbers(path, block, row))
                row += len(block)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read ({error}); it may be cut short: fetch it again."
        ) from error
    return np.concatenate(blocks)


def _lines(path: Path, file: gzip.GzipFile | BufferedReader) -> Iterator[bytes]:
    """Give the lines of a file, and stop where it gets too large."""
    left = LARGEST
    while line := file.readline(LONGEST_LINE + 1):
        left -= len(line)
        if left < 0 or len(line) > LONGEST_LINE:
            what = f"more than {LARGEST:,} bytes" if left < 0 else "longer lines than such a table"
            raise InputError(f"{path} has {what}; take the file as it is on Kaggle.")
        if not line.strip() and not file.read(LONGEST_LINE).strip():
            return  # Empty lines at the end.
        yield line


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


def _require_columns(path: Path, header: bytes) -> None:
    text = header.decode("utf-8-sig", errors="replace").rstrip()
    columns = tuple(text.split(",")) if text else ()
    if columns != COLUMNS:
        place = next(
            (i for i, pair in enumerate(zip(columns, COLUMNS, strict=False)) if pair[0] != pair[1]),
            min(len(columns), len(COLUMNS)),
        )
        found = shorten(columns[place]) if place < len(columns) else "nothing"
        raise InputError(
            f"{path} has {len(columns)} columns with {found} in place {place + 1}, expected "
            "label, pixel1, …, pixel784; take the file as it is on Kaggle."
        )


def _numbers(path: Path, lines: list[bytes], first_row: int) -> np.ndarray:
    """Return lines of text as `(lines, 785)` uint8."""
    try:
        table: np.ndarray = np.loadtxt(
            lines, np.uint8, delimiter=",", comments=None, ndmin=2, encoding="ascii"
        )
    except ValueError:
        table = np.empty((0, 0))
    if table.shape != (len(lines), len(COLUMNS)):
        raise _first_problem(path, lines, first_row)  # What NumPy says counts from the block.
    return table


def _first_problem(path: Path, lines: list[bytes], first_row: int) -> InputError:
    """Return an error for the first line that is not 785 whole numbers 0–255."""
    for row, line in enumerate(lines, start=first_row):
        values = line.decode(errors="replace").rstrip("\r\n").split(",")
        if len(values) != len(COLUMNS):
            return InputError(
                f"{path} has {len(values)} values in row {row}, expected {len(COLUMNS)}; fetch it "
                "again."
            )
        for column, value in zip(COLUMNS, values, strict=True):
            if not re.fullmatch(r"[ \t]*\+?[0-9]{1,9}[ \t]*", value) or int(value) > 255:
                return InputError(
                    f"{path} has {shorten(value)} in row {row}, column {column}, expected a whole "
                    "number from 0 to 255; correct it."
                )
    return InputError(f"{path} has no whole numbers in and after row {first_row}; fetch it again.")
