"""Read the table that the settings name; no Keras is needed for it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from labs import data
from labs.data import Table
from labs.errors import InputError, shorten
from tuning.tables.config import TableConfig


@lru_cache(maxsize=1)
def read(config: TableConfig) -> Table:
    """Read the table of the settings.

    Raises:
        InputError: If it is of no use, or a class has too few rows for the folds.
    """
    table = data.load_table(
        Path(config.table),
        config.target,
        task=config.task,
        group=config.group,
        drop=config.drop,
        categories=config.categories,
        test_fraction=config.test_fraction,
        seed=config.seed,
    )
    counts = np.bincount(table.y[table.search]) if table.is_classification else np.array([])
    if counts.size and counts.min() < config.folds:
        rare = table.class_names[int(counts.argmin())]
        raise InputError(
            f"The class {shorten(rare)} of {shorten(table.target)} has {counts.min()} rows beside "
            f"the test rows, expected one for each of {config.folds} folds; give fewer --folds, or "
            "leave its rows out."
        )
    return table
