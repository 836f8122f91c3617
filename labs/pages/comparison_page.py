"""Runs side by side as one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.pages.curves import History, curves_data
from labs.pages.web import render, table

DIFFERENCES = "+.4f"


def comparison_html(
    tables: Mapping[str, list[dict[str, Any]]],
    remarks: Mapping[str, str],
    histories: Mapping[str, History],
    marks: Mapping[str, Any],
    picture: Mapping[str, Any] | None,
) -> str:
    """Return the page.

    Args:
        tables: Tables by their titles, see `labs.records.comparison.compare`.
        remarks: What is to be said of the intervals, by the titles of tables.
        histories: Curves of all runs by names that begin with the run's letter.
        marks: Epochs by what happens there, by the same names.
        picture: The curves where no script runs.
    """
    labs = list(dict.fromkeys(str(row["lab"]) for row in tables["Runs"]))
    return render(
        "comparison.html",
        ("drawing.js", "tables.js", *(("curves.js",) if histories else ())),
        {"curves-data": curves_data(histories, marks)} if histories else {},
        title=f"{' and '.join(labs)}, {len(tables['Runs'])} runs side by side",
        tables=[table(title, rows, formats(rows)) for title, rows in tables.items()],
        remarks=remarks,
        curves=bool(histories),
        picture=picture,
    )


def formats(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return how the columns of a comparison are shown: differences with their sign."""
    return {name: DIFFERENCES if " − " in name else ".4g" for row in rows for name in row}
