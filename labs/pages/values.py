"""How values and tables of `results.json` are shown; nothing is rounded before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ABSENT = "–"


def show(value: Any, spec: str = "") -> str:
    """Return a value of any kind in one line.

    Args:
        value: What `results.json` may hold; two numbers in a list are an interval.
        spec: Format of its numbers, such as `".3f"` or `","`; four digits unless given. One
            for floats leaves integers as they are.
    """
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return format(value, spec or ".4g")
    if isinstance(value, int):
        return format(value, spec if spec[-1:] in ("d", ",") else "")
    if isinstance(value, list):
        numbers = len(value) == 2 and all(isinstance(item, float) for item in value)
        return (" to " if numbers else ", ").join(show(item, spec) for item in value)
    return " ".join(str(value).split())


def column_names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the keys of all rows, each once, in the order in which they first appear."""
    return list(dict.fromkeys(key for row in rows for key in row))


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, or an interval of two, to be set to the right."""
    if isinstance(value, list):
        return len(value) == 2 and all(is_number(item) for item in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def printed_tables(results: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the tables by name that summaries show, of what `results.json` holds."""
    unprinted = results.get("unprinted", ())
    return {name: rows for name, rows in results["tables"].items() if name not in unprinted}
