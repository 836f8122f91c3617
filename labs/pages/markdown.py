"""Tables for pages in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.pages.values import show


def tabulate(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    formats: Mapping[str, str] | None = None,
) -> str:
    """Return rows as a Markdown table.

    Args:
        columns: Keys of the rows, the headings.
        rows: One mapping of column name to value per row.
        formats: How columns are shown, see `RunRecord.add_table`.
    """
    formats = formats or {}
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[show(row.get(c), formats.get(c, "")) for c in columns] for row in rows]
    # A bar would end the cell.
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def claim_row(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table of claims; a number with the interval on which its verdict rests."""
    measured = show(claim["measured"])
    if claim["interval"] is not None and not isinstance(claim["measured"], str):
        measured += f" ({show(claim['interval'])})"
    columns = ("id", "statement", "published", "measured", "verdict", "lab", "note")
    return {key: claim.get(key) for key in columns} | {"measured": measured}
