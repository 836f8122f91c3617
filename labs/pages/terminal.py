"""The record of a run as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from labs.pages.values import column_names, is_number, printed_tables, show

VERDICT_STYLES = {
    "reproduced": "green",
    "within noise": "cyan",
    "differs": "red",
    "erratum": "yellow",
    "undecided": "magenta",
    "depends": "magenta",
    "not the lecture's settings": "",
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
    for name, rows in printed_tables(results).items():
        parts.append(plain_table(name, rows, results.get("formats", {}).get(name, {})))
        if len(rows) > LONGEST_TABLE:
            parts.append(Text(f"{len(rows) - LONGEST_TABLE} more rows in {name}.csv\n"))
    if results["claims"]:
        parts.append(_claims_table(results["claims"]))
    if results["findings"]:
        parts.append(_findings(results["findings"]))
    parts.append(_answer(results))
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
            show(model["parameters"], ","),
            show(model["seconds"], ".1f"),
            show(model["train_accuracy"], ".4f"),
            show(model["validation_accuracy"], ".4f"),
            show(model["test_accuracy"], ".4f"),
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
        text.append(f"published {show(claim['published'])}; ")
    text.append(f"measured {show(claim['measured'])}")
    if claim["note"]:
        text.append(f"\n{claim['note']}", style="dim")
    return text


def _findings(sentences: list[str]) -> Table:
    grid = _grid()
    for sentence in sentences:
        grid.add_row("•", Text(sentence))
    return grid


def _answer(results: dict[str, Any]) -> RenderableType:
    """Return the answer, what the run does not show, and the names of its pictures."""
    grid = _grid()
    answer = {"Question": "question", "Answer": "answer", "Limits": "limits"}
    for heading, key in answer.items():
        if results.get(key):
            grid.add_row(Text(heading, style="bold"), Text(results[key]))
    pictures = [f"{figure['name']}.png" for figure in results.get("figures", ())]
    if pictures:
        grid.add_row(Text("Pictures", style="bold"), Text(" ".join(pictures)))
    return Padding(grid, (1, 0, 0, 0)) if grid.row_count else Text()


def list_in_groups(groups: Mapping[str, Sequence[Sequence[str]]]) -> Group:
    """Return rows under the heading of their group, all columns but the last as wide as needed.

    Args:
        groups: Rows of as many texts each, the name first, by heading.
    """
    columns = zip(*(row[:-1] for rows in groups.values() for row in rows), strict=True)
    widths = [max(map(cell_len, column)) for column in columns]
    parts: list[RenderableType] = []
    for heading, rows in groups.items():
        table = _grid(*(Column(width=width) for width in widths), gap=2)
        for name, *others in rows:
            table.add_row(Text(name, style="bold"), *map(Text, others))
        parts += [Text(heading, style="underline"), table, Text()]
    return Group(*parts)


def plain_table(name: str, rows: list[dict[str, Any]], formats: Mapping[str, str]) -> Table:
    """Return a table of a run, of a long one its beginning."""
    table = _table(name)
    columns = column_names(rows)
    for column in columns:
        right = all(is_number(row[column]) for row in rows if row.get(column) is not None)
        table.add_column(Text(column), overflow="fold", justify="right" if right else "left")
    for row in rows[:LONGEST_TABLE]:
        table.add_row(*(Text(show(row.get(name), formats.get(name, ""))) for name in columns))
    return table


def _grid(*columns: Column, gap: int = 1) -> Table:
    # Rich would cut a line off within a wide letter, in place of folding it.
    first = columns or (Column(),)
    return Table.grid(*first, Column(overflow="fold"), padding=(0, gap, 0, 0))


def _table(title: str) -> Table:
    # Narrow gaps: seven columns of numbers must fit into 80 characters.
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
