"""The record of a run as tables for the terminal."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from labs.results.csv_files import column_names

VERDICT_STYLES = {
    "reproduced": "green",
    "within noise": "cyan",
    "differs": "red",
    "erratum": "yellow",
}
LONGEST_TABLE = 20


def summarize(results: dict[str, Any]) -> RenderableType:
    """Return the tables that tell what `results.json` tells, for 80 columns and more.

    Args:
        results: What `results.json` holds.
    """
    parts: list[RenderableType] = []
    if results["dataset"] is not None:
        parts.append(Text("Data: {name} ({source})\n".format(**results["dataset"])))
    if results["models"]:
        parts.append(_models_table(results["models"]))
    for name, rows in results["tables"].items():
        parts.append(_plain_table(name, rows))
        if len(rows) > LONGEST_TABLE:
            parts.append(Text(f"{len(rows) - LONGEST_TABLE} more rows in {name}.csv\n"))
    if results["claims"]:
        parts.append(_claims_table(results["claims"]))
    if results["findings"]:
        parts.append(_findings(results["findings"]))
    return Group(*parts)


def _models_table(models: list[dict[str, Any]]) -> Table:
    table = _table("Models")
    table.add_column("model", overflow="fold")
    numbers = ("parameters", "seconds", "train", "validation", "test", "95% interval")
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    for model in models:
        interval = model["test_interval"]
        table.add_row(
            Text(model["name"]),
            "–" if model["parameters"] is None else f"{model['parameters']:,}",
            _fixed(model["seconds"], ".1f"),
            _fixed(model["train_accuracy"], ".4f"),
            _fixed(model["validation_accuracy"], ".4f"),
            _fixed(model["test_accuracy"], ".4f"),
            "–" if interval is None else "{:.3f}–{:.3f}".format(*interval),
        )
    return table


def _claims_table(claims: list[dict[str, Any]]) -> Table:
    table = _table("Claims of the lectures")
    table.add_column("verdict", no_wrap=True)
    table.add_column("claim", ratio=1, overflow="fold")
    for claim in claims:
        verdict = Text(claim["verdict"], style=VERDICT_STYLES.get(claim["verdict"], ""))
        table.add_row(verdict, _claim(claim))
    return table


def _claim(claim: dict[str, Any]) -> Text:
    text = Text.assemble((claim["id"], "bold"), f": {claim['statement']}\n")
    if claim["published"] is not None:
        text.append_text(Text.assemble("published ", short(claim["published"]), "; "))
    text.append_text(Text.assemble("measured ", short(claim["measured"])))
    if claim["note"]:
        text.append(f"\n{claim['note']}", style="dim")
    return text


def _findings(sentences: list[str]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences:
        grid.add_row("•", Text(sentence))
    return grid


def _plain_table(name: str, rows: list[dict[str, Any]]) -> Table:
    table = _table(name)
    columns = column_names(rows)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows[:LONGEST_TABLE]:
        table.add_row(*(short(row.get(column)) for column in columns))
    return table


def _table(title: str) -> Table:
    # Narrow gaps: seven columns of numbers must fit into 80 characters.
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _fixed(number: float | None, format_spec: str) -> str:
    return "–" if number is None else format(number, format_spec)


def short(value: Any) -> Text:
    """Return a value of any kind in few characters, floats with four digits."""
    if value is None:
        return Text("–")
    if isinstance(value, float):
        return Text(f"{value:.4g}")
    if isinstance(value, list):
        return Text(", ").join(short(item) for item in value)
    return Text(str(value))
