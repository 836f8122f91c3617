"""Tables and training curves as CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labs.atomic import replacing
from labs.pages.values import column_names


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one mapping of column name to value per row; missing values stay empty."""
    columns = column_names(rows)
    _write(path, columns, ([row.get(column) for column in columns] for row in rows))


def write_history(path: Path, history: Mapping[str, Sequence[float]]) -> None:
    """Write training curves, one row per epoch; see `RunRecord.save_history`."""
    lengths = {metric: len(values) for metric, values in history.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"A history needs one value per metric and epoch, got {lengths}.")
    metrics = sorted(history, key=_history_column)
    rows = zip(*(history[metric] for metric in metrics), strict=True)
    numbered = ([epoch, *values] for epoch, values in enumerate(rows, start=1))
    _write(path, ["epoch", *metrics], numbered)


def _history_column(metric: str) -> int:
    """Return where a metric's column goes; metrics of one place keep their order."""
    if metric.startswith("val_"):
        return 2
    places = {"loss": 0, "accuracy": 1, "learning_rate": 3, "generalization_gap": 4}
    return places.get(metric, 5)


def _write(path: Path, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
