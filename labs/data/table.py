"""A table of the user's own as something to learn from: target, columns, test rows set aside."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from labs.data.dataset import Part
from labs.data.fingerprint import file_fingerprint
from labs.data.splits import split
from labs.data.table_columns import as_numbers, as_texts, convert, find_odd_columns, is_mostly
from labs.data.table_files import read_table
from labs.errors import InputError, shorten

Task = Literal["auto", "classification", "regression"]

FEWEST_ROWS = 20
MOST_CLASSES = 100
FEW_NUMBERS = 10
"""A target of whole numbers with at most so many different ones is one of classes."""
LONGEST_NAME = 40
"""Characters of a class's name."""


@dataclass(frozen=True)
class Table:
    """Rows to search on, and test rows that nothing has looked at but the division into the two.

    Attributes:
        name: Of the file, without its ending.
        source: The file and its checksum.
        target: Name of the target's column.
        frame: All rows of the columns to learn from: float64 with NaN for a missing value, or
            texts, empty for a missing value.
        y: Classes 0..K−1, or numbers as float64, `(rows,)`.
        class_names: K names; empty for numbers.
        groups: For each row the number of its group, or None.
        search: Row numbers to search on.
        test: Row numbers to test on.
        remarks: What was done and what is odd, in sentences.
    """

    name: str
    source: str
    target: str
    frame: pd.DataFrame
    y: np.ndarray
    class_names: tuple[str, ...]
    groups: np.ndarray | None
    search: np.ndarray
    test: np.ndarray
    remarks: tuple[str, ...]

    @property
    def is_classification(self) -> bool:
        """Whether the target is one of classes."""
        return bool(self.class_names)

    def groups_of(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the groups of some rows."""
        return None if self.groups is None else self.groups[rows]

    def describe_columns(self) -> list[dict[str, Any]]:
        """Return a row for each column: what it is, and what the search's rows hold."""
        return [_describe(str(name), self.frame[name].iloc[self.search]) for name in self.frame]


def load_table(
    path: Path,
    target: str,
    *,
    task: Task = "auto",
    group: str = "",
    drop: Collection[str] = (),
    categories: Collection[str] = (),
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Table:
    """Read a table, set test rows aside, and tell what the columns are from the others.

    Args:
        path: A CSV, TSV or Parquet file.
        target: The column to predict. Rows without it are left out.
        task: Whether it holds classes or numbers; `"auto"` goes by what it holds.
        group: A column whose equal values keep rows on one side of every split; empty if rows are
            independent.
        drop: Columns to leave out.
        categories: Columns of numbers that are names, such as codes.
        test_fraction: Share of the rows to set aside.
        seed: Seed of the draw.

    Raises:
        InputError: If the file cannot be read, a column is not there, or there is nothing to
            learn from it.
    """
    frame = read_table(path)
    _require_columns(
        path,
        frame,
        target=[target],
        group=[group] if group else [],
        drop=drop,
        categories=categories,
    )
    known = frame[target].notna()
    frame = frame[known].reset_index(drop=True)
    if len(frame) < FEWEST_ROWS:
        raise InputError(
            f"{path} has {len(frame)} rows with a value of {shorten(target)}, expected "
            f"{FEWEST_ROWS} or more; fewer show nothing."
        )
    y, class_names = _target(frame[target], task)
    groups = pd.factorize(as_texts(frame[group]))[0] if group else None
    rows = np.arange(len(frame))
    strata = y if class_names else np.zeros(len(y), int)
    try:
        search, test = split(Part(rows, strata, groups), test_fraction, seed)
    except ValueError as error:  # Too few rows or groups of a class.
        raise InputError(f"Test rows cannot be set aside. {error}") from error
    columns = frame.drop(columns=list({target, *([group] if group else []), *drop}))
    columns = _convert(columns, search.x, categories)
    remarks = (
        []
        if known.all()
        else [f"{(~known).sum():,} rows without a value of {shorten(target)} are left out."]
    )
    odd = find_odd_columns(
        columns.iloc[search.x], y[search.x], is_classification=bool(class_names), seed=seed
    )
    return Table(
        name=path.stem,
        source=f"{path}, sha256 {file_fingerprint(path)}",
        target=target,
        frame=columns,
        y=y,
        class_names=class_names,
        groups=groups,
        search=search.x,
        test=test.x,
        remarks=(*remarks, *odd),
    )


def _require_columns(path: Path, frame: pd.DataFrame, **options: Collection[str]) -> None:
    for option, names in options.items():
        missing = [name for name in names if name not in frame]
        if missing:
            found = ", ".join(frame.columns[:20])
            raise InputError(
                f"--{option} must name a column of {path}, got {shorten(missing[0])}; it has "
                f"{found}{' and more' if len(frame.columns) > 20 else ''}."
            )


def _target(column: pd.Series, task: Task) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the target as classes with their names, or as numbers without."""
    numbers, named = as_numbers(column), f"The target {shorten(column.name)}"
    count = column.nunique()
    if count < 2:
        raise InputError(
            f"{named} is {shorten(str(column.iloc[0]))} in every row, expected two classes or "
            "more, or different numbers; choose another with --target."
        )
    are_numbers = column.dtype != bool and bool(np.isfinite(numbers).all())
    if task == "auto":
        whole = are_numbers and bool((numbers % 1 == 0).all())
        few = whole and count <= FEW_NUMBERS
        task = "regression" if are_numbers and not few else "classification"
        if not are_numbers and column.dtype != bool and is_mostly(numbers):
            text = str(column[~np.isfinite(numbers)].iloc[0])
            raise InputError(
                f"{named} mixes numbers with texts such as {shorten(text)}; correct them, or give "
                "--task classification."
            )
    if task == "regression":
        if not are_numbers:
            raise InputError(
                f"{named} holds {shorten(str(column[~np.isfinite(numbers)].iloc[0]))}, expected "
                "finite numbers only; correct it or give --task classification."
            )
        return numbers.to_numpy(), ()
    if count > min(MOST_CLASSES, len(column) / 2):
        raise InputError(
            f"{named} has {count:,} classes in {len(column):,} rows, expected at most "
            f"{MOST_CLASSES} and two rows of each; choose another with --target, or give --task "
            "regression if it holds numbers."
        )
    texts = as_texts(column)
    names = sorted(texts.unique(), key=float if are_numbers else str)
    long = [name for name in names if len(name) > LONGEST_NAME or not name.isprintable()]
    if long:
        raise InputError(
            f"{named} has the class {shorten(long[0])}, expected names of at most {LONGEST_NAME} "
            "printable characters; shorten them."
        )
    return pd.Categorical(texts, names).codes.astype(np.int64), tuple(names)


def _convert(frame: pd.DataFrame, search: np.ndarray, categories: Collection[str]) -> pd.DataFrame:
    """Return columns of numbers and texts, as the search's rows have them.

    Raises:
        InputError: Naming every column of no use.
    """
    converted = {
        str(name): convert(column, search, is_category=name in categories)
        for name, column in frame.items()
    }
    useless = {name: why for name, (_, why) in converted.items() if why is not None}
    if not converted:
        raise InputError("No column is left to learn from; leave out fewer with --drop.")
    if useless:
        reasons = "; ".join(f"{shorten(name)} {why}" for name, why in list(useless.items())[:5])
        more = f"; and {len(useless) - 5} more" if len(useless) > 5 else ""
        raise InputError(
            f"Nothing can be learned from {len(useless)} of {len(converted)} columns ({reasons}"
            f"{more}); mend them, or leave them out: --drop {shlex.join(useless)}"
        )
    return pd.DataFrame({name: values for name, (values, _) in converted.items()})


def _describe(name: str, column: pd.Series) -> dict[str, Any]:
    if column.dtype == np.float64:
        missing, kind = int(column.isna().sum()), "number"
        holds = f"{column.min():.4g} to {column.max():.4g}, median {column.median():.4g}"
        done = "standardized"
    else:
        missing, kind = int((column == "").sum()), "category"
        counts = column[column != ""].value_counts()
        shown = ", ".join(f"{shorten(text)[1:-1]} {count:,}" for text, count in counts[:3].items())
        holds = f"{len(counts):,} different: {shown}{', …' if len(counts) > 3 else ''}"
        done = "one-hot"
    filled = {"number": ", gaps by the median and a mark", "category": ", gaps a category"}
    return {
        "column": name,
        "is": kind,
        "missing": missing,
        "holds": holds,
        "becomes": done + (filled[kind] if missing else ""),
    }
