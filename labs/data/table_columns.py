"""What the columns of a table are: numbers or categories, or of no use, and what is odd about them.

Everything here looks at the rows of a search only; the test rows are set aside before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from labs.errors import shorten

MOST_CATEGORIES = 1000
"""Different texts of a column; more are an identifier, dates or sentences."""
LONGEST_CATEGORY = 200
MOSTLY = 0.5
"""Share of numbers among the values of a column, from which its texts are taken for mistakes."""
ODDLY_GOOD = 0.99
"""Balanced accuracy, or R², of a tree that knows one column alone."""
LOOKED_AT = 4000
"""Rows that such a tree is trained and validated on."""
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


def convert(
    column: pd.Series, search: np.ndarray, *, is_category: bool
) -> tuple[pd.Series, str | None]:
    """Return a column as numbers or texts, and why nothing can be learned from it, or None.

    Args:
        column: All values as they were read.
        search: Row numbers of the search; what the others hold matters only if it is no number
            where numbers are expected.
        is_category: Whether it is taken for texts, whatever it holds.
    """
    own = column.iloc[search]
    values = own.dropna()
    if values.empty:
        return own, "has no value"
    if len(values) == len(own) and values.nunique() == 1:
        return own, f"is {shorten(str(values.iloc[0]))} in every row"
    numbers = as_numbers(column)
    if not is_category and column.dtype != bool and is_mostly(numbers.loc[values.index]):
        return numbers, _why_no_numbers(column, numbers)
    texts = as_texts(column)
    return texts, _why_no_categories(texts.iloc[search])


def is_mostly(numbers: pd.Series) -> bool:
    """Tell whether what was converted to numbers mostly holds some."""
    return bool(numbers.notna().mean() >= MOSTLY)


def _why_no_numbers(column: pd.Series, numbers: pd.Series) -> str | None:
    wrong = (numbers.isna() & column.notna()).to_numpy()
    if wrong.any():
        return (
            f"mixes {int(numbers.notna().sum()):,} numbers with texts such as "
            f"{shorten(str(column.iloc[wrong.argmax()]))} (all are taken for texts with "
            "--categories)"
        )
    too_large = numbers.abs().max() > np.finfo(np.float32).max
    return "has an infinite value" if too_large else None


def _why_no_categories(texts: pd.Series) -> str | None:
    given = texts[texts != ""]
    if given.str.fullmatch(r"[-+]?\d+,\d+").mean() > MOSTLY:
        return f"writes decimals with a comma, {given.iloc[0]}, where a point is expected"
    if given.str.len().max() > LONGEST_CATEGORY:
        return f"has a text of more than {LONGEST_CATEGORY} characters"
    count = given.nunique()
    if count > min(MOST_CATEGORIES, max(2, len(texts) / 2)):
        return f"has {count:,} different texts in {len(texts):,} rows"
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
                f"Column {shorten(name)} alone tells the target ({what} {score:.3f} on "
                "rows held out): if it is only known once the target is, leave it out with "
                "--drop."
            )


def _is_identifier(name: str, column: pd.Series) -> bool:
    """Tell whether whole numbers, all different, lie close to one another or are called an id."""
    whole = column.notna().all() and (column % 1 == 0).all() and column.is_unique
    close = column.max() - column.min() < 2 * len(column)
    return bool(whole and (close or ID_NAME.search(name)))


def _score_alone(column: pd.Series, y: np.ndarray, *, is_classification: bool) -> float:
    """Return how well a tree of one column does on the half of the rows that it has not seen."""
    numbers = column if column.dtype == np.float64 else column.groupby(column).ngroup()
    x = numbers.to_numpy(np.float64).reshape(-1, 1)
    half = len(y) // 2
    tree = (DecisionTreeClassifier if is_classification else DecisionTreeRegressor)(random_state=0)
    answers, truth = tree.fit(x[:half], y[:half]).predict(x[half:]), y[half:]
    if not is_classification:
        return float(r2_score(truth, answers))
    classes = np.unique(truth)
    recalls = [float((answers[truth == label] == label).mean()) for label in classes]
    return float(np.mean(recalls)) if len(classes) > 1 else 0.0
