"""A run as a notebook shows it below the cell that made it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import jinja2

from labs.pages.values import column_names, printed_tables, show

LONGEST_TABLE = 20

_ENVIRONMENT = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
_TABLE = """{% macro table(title, columns, rows) %}{% if rows %}
<table><caption style="text-align: left">{{ title }}</caption>
<tr>{% for column in columns %}<th>{{ column }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td style="text-align: left">{{ cell }}</td>
{% endfor %}</tr>{% endfor %}</table>{% endif %}{% endmacro %}"""
_PAGE = _ENVIRONMENT.from_string(
    _TABLE
    + """<div><p><b>{{ question }}</b></p>{% if answer %}<p>{{ answer }}</p>{% endif %}
{% if limits %}<p><i>Not shown: {{ limits }}</i></p>{% endif %}
{% for figure in figures %}<figure style="margin: 1em 0"><img style="max-width: 100%"
alt="{{ figure.caption }}" src="data:image/png;base64,{{ figure.data }}">
<figcaption>{{ figure.caption }}</figcaption></figure>{% endfor %}
{% for title, columns, rows in tables %}{{ table(title, columns, rows) }}{% endfor %}
{% for finding in findings %}<p>{{ finding }}</p>{% endfor %}
<p>{{ directory }}</p></div>"""
)


def notebook_html(results: dict[str, Any], directory: Path) -> str:
    """Return a run as HTML: question, answer, pictures with captions, tables and claims.

    Args:
        results: What `results.json` holds.
        directory: The run directory, from which the pictures are read.
    """
    figures = [
        figure | {"data": _base64(directory / f"{figure['name']}.png")}
        for figure in results["figures"]
    ]
    claims = [
        {key: claim[key] for key in ("id", "statement", "published", "measured", "verdict")}
        for claim in results["claims"]
    ]
    tables = {**printed_tables(results), "Claims of the lectures": claims}
    return _PAGE.render(
        results | {"figures": figures},
        tables=[
            _rows(name, rows, results["formats"].get(name, {})) for name, rows in tables.items()
        ],
        directory=directory,
    )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _rows(
    name: str, rows: list[dict[str, Any]], formats: dict[str, str]
) -> tuple[str, list[str], list[list[str]]]:
    """Return a table's title, columns and cells; of a long one its beginning."""
    columns = column_names(rows)
    title = name if len(rows) <= LONGEST_TABLE else f"{name}, {LONGEST_TABLE} of {len(rows)} rows"
    cells = [
        [show(row.get(column), formats.get(column, "")) for column in columns]
        for row in rows[:LONGEST_TABLE]
    ]
    return title, columns, cells
