"""A table of the user's own as points in a plane: two columns of numbers, and a target."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from labs.data.points import Points
from labs.data.table_files import find_delimiter, read_table
from labs.errors import InputError, shorten

MOST_CLASSES, FEWEST_ROWS, MOST_ROWS, FEWEST_OF_A_CLASS = 7, 20, 100_000, 5
LONGEST_NAME = 40


def read_points(path: Path, *, classes: bool) -> Points:
    """Read two columns of numbers and a third one, the target, from a table.

    Args:
        path: The file, as for `read_table`.
        classes: Whether the target names classes, in place of numbers.

    Raises:
        InputError: If the file cannot be read, is too large, or is no such table.
    """
    table = read_table(path)
    names = tuple(table.columns)
    if len(names) != 3 or not FEWEST_ROWS <= len(table) <= MOST_ROWS:
        raise InputError(
            f"{path} has {len(names)} columns and {len(table):,} rows, expected two columns of "
            f"numbers, the target as third one, and {FEWEST_ROWS} to {MOST_ROWS:,} rows; keep "
            "these three, and a part of the rows."
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
    _require_all(path, table, 2, table.iloc[:, 2].notna().to_numpy(), "the name of a class")
    class_names, target, counts = np.unique(
        table.iloc[:, 2].astype(str).str.strip(), return_inverse=True, return_counts=True
    )
    _require_classes(path, class_names, counts)
    return Points(points, target.astype(np.int64), names, tuple(map(str, class_names)), path.name)


def _is_name(text: str) -> bool:
    return text.isprintable() and 0 < len(text) <= LONGEST_NAME


def _numbers(path: Path, table: pd.DataFrame, column: int) -> np.ndarray:
    """Return a column as finite numbers, `(rows,)` float64."""
    numbers = pd.to_numeric(table.iloc[:, column], errors="coerce").to_numpy(np.float64)
    # Their squares must be float32, too.
    _require_all(path, table, column, np.abs(numbers) < 1e30, "a number")
    return numbers


def _require_all(
    path: Path, table: pd.DataFrame, column: int, right: np.ndarray, expected: str
) -> None:
    """Refuse a column with values that are not right, naming the first of them."""
    wrong = np.flatnonzero(~right)
    if wrong.size:
        raise InputError(
            f"{path} has {shorten(table.iat[int(wrong[0]), column])} in row {wrong[0] + 1}, column "
            f"{table.columns[column]}, expected {expected}; correct it, or leave such rows out."
        )


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
    if path.suffix.lower() == ".parquet":
        read = f"pd.read_parquet({name})"
    else:
        separated = json.dumps(find_delimiter(path))
        read = f"pd.read_csv({name}, sep={separated}, dtype=str, skipinitialspace=True)"
    target = "table.iloc[:, 2].astype(float).to_numpy()"
    if classes:
        target = "np.unique(table.iloc[:, 2].astype(str).str.strip(), return_inverse=True)[1]"
    return f"""table = {read}
points = table.iloc[:, :2].astype(float).to_numpy()
target = {target}"""
