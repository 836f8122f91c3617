"""A run as a notebook shows it below the cell that made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labs.pages.report import REPORT
from labs.pages.web import ENVIRONMENT


def notebook_html(results: dict[str, Any], directory: Path) -> str:
    """Return a run as HTML: question and answer, which show everywhere, and its page in a frame.

    Args:
        results: What `results.json` holds.
        directory: The run directory, from which the page is read.
    """
    page = (directory / REPORT).read_text(encoding="utf-8")
    return ENVIRONMENT.get_template("notebook.html").render(results, page=page, directory=directory)
