"""What the columns of a table are: numbers or categories, or of no use, and what is odd about them.

Everything here looks at the rows of a search only; the test rows are set aside before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from labs.errors import shorten

MOST_CATEGORIES = 1000
"""Different texts of a column; more are an identifier, dates or sentences."""
MOSTLY = 0.5
"""Share of numbers among the values of a column, from which its texts are taken for mistakes."""
ODDLY_GOOD = 0.99
"""Balanced accuracy, or R², of a tree that knows one column alone."""
LOOKED_AT = 5000
"""Rows that such a tree is validated on."""
ID_NAME = re.compile(r"(?i)(^|[^a-z])(id|index|key|nr|no|number|unnamed|row)([^a-z]|$)")


def as_numbers(column: pd.Series) -> pd.Series:
    """Return a column as float64; NaN where a value is missing or no number."""
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind in "mM":
        return pd.Series(np.nan, column.index)
    return pd.to_numeric(column, errors="coerce").astype("float64")


def as_texts(column: pd.Series) -> pd.Series:
    """Return a column as texts; empty where a value is missing.

    A whole number is written without a decimal point: where a column has gaps, pandas has its
    numbers as floats, and writes them so.
    """
    texts = column.astype(object).map(str).where(column.notna(), "").astype(str).str.strip()
    return texts.str.replace(r"^([-+]?\d+)\.0+$", r"\1", regex=True)


def is_number(column: pd.Series) -> bool:
    """Tell whether a column holds numbers, and not texts or yes and no."""
    values = column.dropna()
    return values.dtype != bool and bool(as_numbers(values).notna().mean() >= MOSTLY)


def why_useless(column: pd.Series, *, is_category: bool) -> str | None:
    """Say why nothing can be learned from a column, or None.

    Args:
        column: Its values as they were read.
        is_category: Whether it is taken for texts, whatever it holds.
    """
    values = column.dropna()
    if values.empty:
        return "has no value"
    if values.nunique() == 1 and len(values) == len(column):
        return f"is {shorten(str(values.iloc[0]))} in every row"
    numbers = as_numbers(values)
    if not is_category and is_number(column):
        if numbers.isna().any():
            place = int(np.flatnonzero(numbers.isna())[0])
            return (
                f"mixes {int(numbers.notna().sum()):,} numbers with texts such as "
                f"{shorten(str(values.iloc[place]))} (all are taken for texts with --categories)"
            )
        infinite = np.isinf(numbers).any() or np.abs(numbers).max() > np.finfo(np.float32).max
        return "has an infinite value" if infinite else None
    texts = as_texts(values)
    if texts.str.fullmatch(r"[-+]?\d+,\d+").mean() > MOSTLY:
        return f"writes decimals with a comma, {texts.iloc[0]}, where a point is expected"
    count = texts.nunique()
    if count > min(MOST_CATEGORIES, max(2, len(column) / 2)):
        return f"has {count:,} different texts in {len(column):,} rows"
    return None


def find_odd_columns(
    frame: pd.DataFrame, y: np.ndarray, *, is_classification: bool, seed: int
) -> Iterator[str]:
    """Point out columns that look like identifiers, or like the target in other words.

    Args:
        frame: Columns of numbers (float64) and of texts.
        y: Integer classes or numbers, `(rows,)`.
        is_classification: Which of the two.
        seed: Seed of the rows that are looked at.

    Yields:
        A sentence for each.
    """
    rows = np.random.default_rng(seed).permutation(len(frame))[:LOOKED_AT]
    for name, column in frame.items():
        if column.dtype == np.float64 and _is_identifier(str(name), column):
            yield (
                f"Column {shorten(name)} looks like an identifier: {len(column):,} different whole "
                "numbers; if it is one, leave it out with --drop."
            )
        score = _score_alone(column.iloc[rows], y[rows], is_classification=is_classification)
        if score >= ODDLY_GOOD:
            what = "balanced accuracy" if is_classification else "R²"
            yield (
                f"Column {shorten(name)} alone tells the target ({what} {score:.3f} in "
                "cross-validation): if it is only known once the target is, leave it out with "
                "--drop."
            )


def _is_identifier(name: str, column: pd.Series) -> bool:
    """Tell whether whole numbers, all different, lie close to one another or are called an id."""
    whole = column.notna().all() and (column % 1 == 0).all() and column.is_unique
    close = column.max() - column.min() < 2 * len(column)
    return bool(whole and (close or ID_NAME.search(name)))


def _score_alone(column: pd.Series, y: np.ndarray, *, is_classification: bool) -> float:
    """Return how well a tree of one column does on rows that it has not seen."""
    numbers = column if column.dtype == np.float64 else column.groupby(column).ngroup()
    x = numbers.to_numpy(np.float64).reshape(-1, 1)
    if not is_classification:
        return float(cross_val_score(DecisionTreeRegressor(random_state=0), x, y, cv=3).mean())
    known, counts = np.unique(y, return_counts=True)
    kept = np.isin(y, known[counts >= 3])
    if len(np.unique(y[kept])) < 2:
        return 0.0
    tree = DecisionTreeClassifier(random_state=0)
    return float(cross_val_score(tree, x[kept], y[kept], cv=3, scoring="balanced_accuracy").mean())
