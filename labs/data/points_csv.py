"""Read a CSV file of points in a plane, with distrust."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from labs.data.points import Points
from labs.errors import InputError, shorten

LARGEST, LONGEST_HEADER = 2**24, 2**12
"""Bytes of a file, and of its first line."""
MOST_CLASSES, FEWEST_ROWS, FEWEST_OF_A_CLASS = 7, 20, 5
LONGEST_NAME = 40


def read_points(path: Path, *, classes: bool) -> Points:
    """Read two columns of numbers and a third one, the target, from a CSV file with a header.

    Args:
        path: The file, in UTF-8.
        classes: Whether the target names classes, in place of numbers.

    Raises:
        InputError: If the file cannot be read, is too large, or is no such table.
    """
    table = _read_table(path)
    names = tuple(str(name).strip() for name in table.columns)
    if len(names) != 3 or len(table) < FEWEST_ROWS or not isinstance(table.index, pd.RangeIndex):
        raise InputError(
            f"{path} has {len(names)} names of columns and {len(table)} rows, expected two columns "
            f"of numbers, the target as third one, and {FEWEST_ROWS} rows or more; keep these "
            "three."
        )
    if not all(map(_is_name, names)):
        raise InputError(
            f"{path} has the columns {shorten(names)}, expected names of 1 to {LONGEST_NAME} "
            "characters; rename them."
        )
    columns = [_numbers(path, table, column) for column in range(2 if classes else 3)]
    for name, column in zip(names, columns, strict=False):
        if np.ptp(column) == 0:
            raise InputError(
                f"{path} has {column[0]:g} in all rows of column {name}, expected numbers that "
                "differ; give another column."
            )
    points = np.column_stack(columns[:2])
    if not classes:
        return Points(points, columns[2], names, None, path.name)
    class_names, target, counts = np.unique(
        table.iloc[:, 2].str.strip(), return_inverse=True, return_counts=True
    )
    _require_classes(path, class_names, counts)
    return Points(points, target.astype(np.int64), names, tuple(map(str, class_names)), path.name)


def _read_table(path: Path) -> pd.DataFrame:
    """Return a file's table, all of it texts."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise InputError(
                f"{path} has {size:,} bytes, expected at most {LARGEST:,}; draw some of its rows."
            )
        with path.open("rb") as file:
            if len(file.readline(LONGEST_HEADER + 1)) > LONGEST_HEADER:
                raise InputError(
                    f"{path} begins with a line of more than {LONGEST_HEADER:,} bytes, expected "
                    "the names of three columns; keep these."
                )
        return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors.
        reason = shorten(" ".join(str(error).split()))
        raise InputError(
            f"{path} cannot be read as a CSV file ({reason}); save it as one, in UTF-8."
        ) from error


def _is_name(text: str) -> bool:
    return text.isprintable() and 0 < len(text) <= LONGEST_NAME


def _numbers(path: Path, table: pd.DataFrame, column: int) -> np.ndarray:
    """Return a column as finite numbers, `(rows,)` float64."""
    numbers = pd.to_numeric(table.iloc[:, column], errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(~(np.abs(numbers) < 1e30))  # Their squares must be float32, too.
    if wrong.size:
        raise InputError(
            f"{path} has {shorten(table.iat[int(wrong[0]), column])} in row {wrong[0] + 1}, column "
            f"{table.columns[column]}, expected a number; correct it, or leave such rows out."
        )
    return numbers


def _require_classes(path: Path, names: np.ndarray, counts: np.ndarray) -> None:
    listed = shorten(dict(zip(map(str, names), map(int, counts), strict=True)))
    if not 2 <= len(names) <= MOST_CLASSES or counts.min() < FEWEST_OF_A_CLASS:
        raise InputError(
            f"{path} has {len(names)} classes, {listed}, expected 2 to {MOST_CLASSES} with "
            f"{FEWEST_OF_A_CLASS} rows or more each; join rare ones, or ask for "
            "--problem regression if the target is a number."
        )
    if not all(map(_is_name, names)):
        raise InputError(
            f"{path} has the classes {listed}, expected names of 1 to {LONGEST_NAME} characters; "
            "rename them."
        )


def reading_code(path: Path, *, classes: bool) -> str:
    """Return code that does what `read_points` does: `points` and `target`."""
    name = json.dumps(str(path), ensure_ascii=False)
    target = "table.iloc[:, 2].astype(float).to_numpy()"
    if classes:
        target = "np.unique(table.iloc[:, 2].str.strip(), return_inverse=True)[1]"
    return f"""table = pd.read_csv({name}, dtype=str, keep_default_na=False)
points = table.iloc[:, :2].astype(float).to_numpy()
target = {target}"""
