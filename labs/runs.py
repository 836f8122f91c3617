"""Which runs are there, and how do they differ?

List:    python -m labs.runs                                  --lab mnist --status done
Show:    python -m labs.runs show mnist/latest                --format latex
Compare: python -m labs.runs compare RUN RUN...               tables, and a page with all curves
Curves:  python -m labs.runs plot RUN... --to curves.png      from history.csv alone
Open:    python -m labs.runs open                             the page of the latest run
Delete:  python -m labs.runs prune RUN...                     or --lab mnist --status failed

A run is named by its directory, or by `latest`: the newest one of all, `mnist/latest` of a lab.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labs.atomic import replacing
from labs.errors import InputError
from labs.pages.markdown import tabulate
from labs.pages.terminal import plain_table
from labs.pages.values import column_names, printed_tables
from labs.records.console import make_console
from labs.records.runs import Run, as_written, every_run, named_run, read_run
from labs.running.command_line import parse_dataclass, print_version
from labs.running.exit_status import exit_status

Tables = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    action: tyro.conf.Positional[Literal["list", "show", "compare", "plot", "open", "prune"]] = (
        "list"
    )
    """What to do."""
    runs: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN...")] = ()
    """Run directories; `open` and `show` take the latest one unless told otherwise."""
    lab: str = ""
    """List or prune the runs of this lab only."""
    status: Literal["any", "running", "done", "interrupted", "failed"] = "any"
    """List or prune the runs that ended so."""
    format: Literal["terminal", "csv", "latex", "markdown"] = "terminal"
    """Of tables."""
    to: Path | None = None
    """File of the picture or of the page; by default in the folder of runs."""
    yes: bool = False
    """Delete without asking."""
    output_dir: Path = Path("runs")
    """Folder of runs."""


def main(arguments: Sequence[str], console: Console) -> None:
    """Do what the command line says.

    Raises:
        InputError: If a run is none, or too few or none are named.
    """
    settings = parse_dataclass(Settings, __doc__ or "", "python -m labs.runs", arguments)
    ACTIONS[settings.action](settings, console)


def chosen(settings: Settings) -> list[Run]:
    """Return the runs that are named, or else those that the filters leave, the newest first."""
    if settings.runs:
        return [read_run(named_run(path, output_dir=settings.output_dir)) for path in settings.runs]
    return [
        run
        for run in every_run(settings.output_dir)
        if settings.lab in ("", run.lab) and settings.status in ("any", run.results.get("status"))
    ]


def one(settings: Settings) -> Run:
    """Return the run that is named, or else the latest one."""
    place = settings.runs[0] if settings.runs else Path(settings.lab) / "latest"
    return read_run(named_run(place, output_dir=settings.output_dir))


def list_runs(settings: Settings, console: Console) -> None:
    """List runs, the newest first."""
    rows = [
        {
            "run": f"{run.lab}/{run.directory.name}",
            "status": f"{run.results.get('status')}{', quick' if run.quick else ''}",
            "seconds": run.results.get("seconds"),
            "result": run.results.get("answer"),
        }
        for run in chosen(settings)
    ]
    if not rows:
        raise InputError(
            f"No such run is in {settings.output_dir}; run a lab, or name another --output-dir."
        )
    if settings.format != "terminal":
        print_tables({"Runs": rows}, settings, console)
        return
    table = Table("run", "status", "seconds", "result", box=box.SIMPLE_HEAD)
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    table.columns[0].overflow = "fold"
    for row in rows:
        table.add_row(*(Text(str(value or "")) for value in row.values()))
    console.print(table)


def show(settings: Settings, console: Console) -> None:
    """Show the models, tables and claims of a run."""
    run = one(settings)
    with as_written(run):
        tables = {
            "Models": run.results["models"],
            **printed_tables(run.results),
            "Claims": [
                {key: claim[key] for key in ("id", "published", "measured", "verdict")}
                for claim in run.results["claims"]
            ],
        }
        formats = run.results.get("formats", {})
    print_tables({name: rows for name, rows in tables.items() if rows}, settings, console, formats)


def compare(settings: Settings, console: Console) -> None:
    """Set runs side by side, on the terminal and on a page."""
    from labs.pages.comparison_page import formats
    from labs.records import comparison  # Pictures take their time to start.

    runs = chosen(settings) if settings.runs else []
    tables = comparison.compare(runs)
    print_tables(tables, settings, console, {name: formats(rows) for name, rows in tables.items()})
    if settings.format == "terminal":
        page = settings.to or settings.output_dir / "comparison.html"
        with replacing(page) as temporary:
            temporary.write_text(comparison.comparison_page(runs), encoding="utf-8")
        remarks = [text for title, text in comparison.REMARKS.items() if title in tables]
        console.print(Text("\n".join([*remarks, f"Page: {page}"])))


def plot(settings: Settings, console: Console) -> None:
    """Draw the curves of runs again."""
    from labs.records import comparison
    from labs.records.report import draw_histories

    runs = chosen(settings) if settings.runs else [one(settings)]
    figure = draw_histories(runs[0].lab, *comparison.curves_of(runs))
    if figure is None:
        raise InputError(f"{runs[0].directory} has no NAME/history.csv with loss or accuracy.")
    path = settings.to or settings.output_dir / "curves.png"
    with replacing(path) as temporary:
        figure.savefig(temporary)
    console.print(Text(f"Picture: {path}"))


def open_page(settings: Settings, console: Console) -> None:
    """Open the page of a run in the browser."""
    from labs.records.report import show_page

    console.print(Text(show_page(one(settings).directory)))


def prune(settings: Settings, console: Console) -> None:
    """Delete the chosen runs, after asking.

    Raises:
        InputError: If nothing says which, or one lies elsewhere than in the folder of runs.
    """
    if not (settings.runs or settings.lab or settings.status != "any"):
        raise InputError("Name the runs to delete, or choose them by --lab or --status.")
    runs, folder = chosen(settings), settings.output_dir.resolve()
    for run in runs:
        if not run.directory.resolve().is_relative_to(folder):
            raise InputError(
                f"Only runs in {settings.output_dir} are deleted, got {run.directory}; name its "
                "folder with --output-dir."
            )
        console.print(Text(str(run.directory)))
    size = sum(p.stat().st_size for run in runs for p in run.directory.rglob("*") if p.is_file())
    question = f"Delete {len(runs)} runs, {size / 1e6:.1f} MB? [y/N] "
    if not runs or not (settings.yes or console.input(question).lower() in ("y", "yes")):
        console.print("Nothing is deleted.")
        return
    for run in runs:
        shutil.rmtree(run.directory)
    console.print(f"{len(runs)} runs are deleted.")


def print_tables(
    tables: Tables,
    settings: Settings,
    console: Console,
    formats: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Print tables as --format says; CSV and LaTeX with all digits."""
    for name, rows in tables.items():
        formats_of = (formats or {}).get(name, {})
        if settings.format == "terminal":
            console.print(plain_table(name, rows, formats_of))
        elif settings.format == "markdown":
            print(f"{name}\n\n{tabulate(column_names(rows), rows, formats_of)}\n")
        else:
            import pandas as pd

            frame = pd.DataFrame(rows)
            if settings.format == "csv":
                print(f"# {name}\n{frame.to_csv(index=False)}")
            else:
                style = frame.style.hide(axis="index").format(escape="latex", na_rep="")
                style = style.format_index(escape="latex", axis=1)
                print(style.to_latex(caption=name, hrules=True))


ACTIONS = {
    "list": list_runs, "show": show, "compare": compare,
    "plot": plot, "open": open_page, "prune": prune,
}  # fmt: skip


if __name__ == "__main__":
    with exit_status():
        print_version(sys.argv[1:])
        main(sys.argv[1:], make_console())
