"""A run as a notebook shows it below the cell that made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labs.pages.curves import curves_data, read_histories
from labs.pages.values import printed_tables
from labs.pages.web import ENVIRONMENT, picture, render, table

LONGEST_TABLE = 20


def notebook_html(results: dict[str, Any], directory: Path) -> str:
    """Return a run as HTML: question, answer, pictures with captions, curves, tables, claims.

    Args:
        results: What `results.json` holds.
        directory: The run directory, from which pictures and curves are read.
    """
    histories = read_histories(directory)
    data = {"curves-data": curves_data(histories, results.get("marks"))}
    scripts = ("drawing.js", "tables.js", "curves.js")
    return ENVIRONMENT.get_template("notebook.html").render(
        results,
        figures=[
            picture(directory / f"{figure['name']}.png", figure["caption"])
            for figure in results["figures"]
        ],
        curves=render("curves.html", scripts, data) if histories else "",
        tables=[
            table(name, rows, results["formats"].get(name), LONGEST_TABLE)
            for name, rows in printed_tables(results).items()
        ],
        directory=directory,
    )
