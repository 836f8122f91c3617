"""Read a table from a file of the user's own, with distrust: CSV, TSV or Parquet."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import InputError, shorten

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".tsv", ".parquet")
LARGEST = 2**29
"""Bytes of a file, and of what a Parquet file unpacks to."""
MOST_COLUMNS = 2000
MOST_CELLS = 50_000_000
LONGEST_FIELD = 10_000
"""Characters of a field, or of a column's name."""
LONGEST_HEADER = 2**20
"""Characters; two thousand names of five hundred."""
MISSING = ("?",)
"""What stands for a missing value, besides what pandas takes for it: nothing, NA, NaN, null, …"""


def is_table(path: str | os.PathLike[str]) -> bool:
    """Tell whether a name is that of a table."""
    return Path(path).suffix.lower() in ENDINGS


def read_table(path: Path) -> pd.DataFrame:
    """Read a table whose first row names the columns.

    Args:
        path: A file whose name ends in `.csv` (fields divided by commas or semicolons), `.tsv`
            (by tabs) or `.parquet`.

    Returns:
        A data frame whose columns are texts as they stand in the file, or what Parquet has them
        as; a missing value is NaN.

    Raises:
        InputError: If the file cannot be read, is too large, has rows of unlike length, or
            columns without names of their own.
    """
    if not is_table(path):
        raise InputError(
            f"A table is a file that ends in {', '.join(ENDINGS)}, got {str(path)!r}; save it as "
            "one of them."
        )
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise _too_much(path, f"{size:,} bytes", f"{LARGEST:,}")
        frame = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}); correct it."
        ) from error
    frame.columns = frame.columns.map(str).str.strip()
    if not len(frame):
        raise InputError(f"{path} has no rows below the names of its columns; add some.")
    return frame


def _read_text(path: Path) -> pd.DataFrame:
    import pandas as pd

    with _as_text(path):
        delimiter = find_delimiter(path)
        _check_lines(path, delimiter)
        return pd.read_csv(
            path,
            sep=delimiter,
            dtype=str,
            na_values=MISSING,
            encoding="utf-8-sig",
            skipinitialspace=True,
            index_col=False,
        )


@contextmanager
def _as_text(path: Path) -> Iterator[None]:
    """Within the block, what is no text in UTF-8 or no table is the user's to mend."""
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not text in UTF-8 (byte {error.object[error.start]:#04x}); save it as "
            "'CSV UTF-8', or convert it with iconv."
        ) from error
    except (csv.Error, ValueError) as error:  # pandas raises several kinds of ValueError.
        raise InputError(
            f"{path} cannot be read as a table ({str(error).splitlines()[0]}); mend the file."
        ) from error
    finally:
        csv.field_size_limit(limit)


def find_delimiter(path: Path) -> str:
    """Return what divides the fields of a text file, by its first line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline(LONGEST_HEADER + 1)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=header.count)
    if len(header) > LONGEST_HEADER:
        found = f"{header.count(delimiter) + 1:,} columns or more"
        raise _too_much(path, found, f"{MOST_COLUMNS:,} with names of a few words")
    return delimiter


def _check_lines(path: Path, delimiter: str) -> None:
    """Go through a file line by line.

    pandas fills up rows that are too short, renames a column whose name stands twice, and takes
    lines of any length.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
        columns = next(rows, [])
        _check_names(path, columns)
        cells = 0
        for row in rows:
            if row and len(row) != len(columns):
                raise InputError(
                    f"{path} has {len(row)} fields in line {rows.line_num:,}, expected "
                    f"{len(columns)} as in the first line; correct it, or put texts that hold "
                    f"{shorten(delimiter)} into quotes."
                )
            cells += len(row)
            if cells > MOST_CELLS:
                raise _too_much(path, "more fields", f"{MOST_CELLS:,}")


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            facts = file.metadata
            _check_names(path, file.schema_arrow.names)
            size = sum(facts.row_group(n).total_byte_size for n in range(facts.num_row_groups))
            if size > LARGEST or facts.num_rows * facts.num_columns > MOST_CELLS:
                raise _too_much(path, f"{size:,} bytes unpacked", f"{LARGEST:,}")
            nested = [f.name for f in file.schema_arrow if pa.types.is_nested(f.type)]
            if nested:
                raise InputError(
                    f"{path} has the column {shorten(nested[0])} of lists or structures, expected "
                    "one value a row; flatten it."
                )
            return file.read().to_pandas(ignore_metadata=True)
    except (InputError, OSError):
        raise
    except Exception as error:  # What a changed file makes pyarrow raise is of any type.
        raise InputError(
            f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); replace it."
        ) from error


def _check_names(path: Path, columns: list[str]) -> None:
    """Require a name for each column, of its own and not too long, and not too many of them."""
    if len(columns) > MOST_COLUMNS:
        raise _too_much(path, f"{len(columns):,} columns", f"{MOST_COLUMNS:,}")
    if len(columns) < 2:
        raise InputError(
            f"{path} has {len(columns) or 'no'} column, expected a target and at least one more; "
            "divide the fields by commas, semicolons or tabs."
        )
    name, count = Counter(name.strip() for name in columns).most_common(1)[0]
    if count > 1 or "" in columns:
        what = f"{shorten(name)} stands {count} times" if count > 1 else "one has no name"
        raise InputError(
            f"{path} needs a name of its own for each column in its first line, but {what}; "
            "correct it (pandas leaves out the rows' numbers with to_csv(index=False))."
        )


def _too_much(path: Path, found: str, most: str) -> InputError:
    return InputError(f"{path} has {found}, expected at most {most}; take a part of it.")
