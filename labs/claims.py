"""Which of the lectures' claims hold?

Run:   python -m labs.claims           about 18 minutes on 2 cores
Smoke: python -m labs.claims --quick   about 3 minutes

Each claim is checked in the lab that it belongs to. This ledger runs the labs, one after the
other as programs of their own, and collects their claims: claims.md by lecture, claims.csv. A
lab that fails does not stop the others.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from labs import results
from labs.__main__ import find_labs
from labs.cli import LabConfig, run_lab
from labs.errors import InputError
from labs.results.atomic import replacing
from labs.results.summary import VERDICT_STYLES, short

if TYPE_CHECKING:
    from labs.results import RunRecord

Claims = list[dict[str, Any]]
"""Claims as `results.json` has them, each with its `lab`."""

PAGE_COLUMNS = ("id", "statement", "published", "measured", "verdict", "lab", "note")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    labs: tuple[str, ...] = ()
    """Labs to run; all of them unless given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = sorted(set(self.labs) - set(labs_with_claims()))
        self.require("labs", not unknown, f"some of {', '.join(labs_with_claims())}")


def run(config: Config, record: RunRecord) -> None:
    """Run the labs and collect their claims, writing down what there is after each lab."""
    console = Console()
    claims: Claims = []
    seconds: dict[str, float] = {}
    failed: dict[str, str] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=None)
        for name in progress.track(config.labs or labs_with_claims(), task_id=task):
            progress.update(task, description=name)
            start = time.perf_counter()
            try:
                found = run_one(name, config, record.directory / "labs")
            except InputError as error:
                failed[name] = str(error)
                console.print(Text(f"{name}: {error}\n", style="red"))
                continue
            seconds[name] = time.perf_counter() - start
            console.print(list_claims(f"{name}, {seconds[name]:.0f} s", found))
            claims = sorted([*claims, *found], key=lambda claim: claim["id"])
            write_down(record, claims, seconds)
    if failed:
        raise InputError(
            f"{', '.join(failed)} failed, so their claims are missing; see why with: "
            + "; ".join(replay(name, config) for name in failed)
        )


def labs_with_claims() -> tuple[str, ...]:
    """Return every lab but this one."""
    return tuple(name for name in find_labs() if name != Path(__file__).stem)


def replay(name: str, config: Config) -> str:
    """Return the command that runs a lab alone as the ledger does."""
    return shlex.join(["python", "-m", f"labs.{name}", *options(config)])


def options(config: Config) -> list[str]:
    """Return the options that every lab is run with."""
    return ["--seed", str(config.seed), *(["--quick"] if config.quick else [])]


def run_one(name: str, config: Config, output: Path) -> Claims:
    """Run a lab in a process of its own, so that memory and seeds are its own as well.

    Raises:
        InputError: If the lab ends with an error.
    """
    command = [sys.executable, "-m", f"labs.{name}", *options(config), "--output-dir", str(output)]
    # In a group of its own, since Ctrl-C goes to a whole group: the lab shall get one signal only.
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, process_group=0
    ) as lab:
        try:
            _, errors = lab.communicate()
        except BaseException:
            lab.terminate()  # It keeps what it has; leaving the block waits for it.
            raise
    if lab.returncode:
        reason = (errors.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"ended with status {lab.returncode}: {reason}")
    (run_directory,) = (output / name).iterdir()
    found = json.loads((run_directory / "results.json").read_text(encoding="utf-8"))
    return [{"lab": name, **claim} for claim in found["claims"]]


def list_claims(title: str, claims: Claims) -> Table | Text:
    """Return the claims of a lab as a table with a row for each, however narrow the terminal."""
    if not claims:
        return Text(f"{title}: no claims\n", style="italic")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.expand = True
    table.add_column("id", no_wrap=True, min_width=30)
    for heading, ratio in (("published", 1), ("measured", 2)):
        table.add_column(heading, no_wrap=True, overflow="ellipsis", ratio=ratio)
    table.add_column("verdict", no_wrap=True, min_width=12)
    for claim in claims:
        words = (Text(cell(claim[column])) for column in ("id", "published", "measured"))
        table.add_row(*words, Text(claim["verdict"], style=VERDICT_STYLES[claim["verdict"]]))
    return table


def write_down(record: RunRecord, claims: Claims, seconds: dict[str, float]) -> None:
    """Put what there is so far into the run directory."""
    record.add_table("claims", claims, printed=False)
    counts = Counter(claim["lab"] for claim in claims)
    times = [{"lab": n, "claims": counts[n], "seconds": round(s, 1)} for n, s in seconds.items()]
    record.add_table("labs", times, printed=False)
    verdicts = count_verdicts(claims)
    record.add_table("verdicts", verdicts)
    text = page(claims, verdicts)
    with replacing(record.directory / "claims.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def count_verdicts(claims: Claims) -> list[dict[str, Any]]:
    """Count the verdicts of each lecture and of all."""
    groups = {letter: [c for c in claims if c["id"][0] == letter] for letter in results.LECTURES}
    return [
        {"lecture": name, "claims": len(group)}
        | {verdict: sum(c["verdict"] == verdict for c in group) for verdict in VERDICT_STYLES}
        for name, group in [*groups.items(), ("all", claims)]
    ]


def page(claims: Claims, verdicts: Sequence[dict[str, Any]]) -> str:
    """Return the claims as a Markdown page, a table for each lecture."""
    parts = ["# Claims of the lectures", tabulate(list(verdicts[0]), verdicts)]
    for letter, title in results.LECTURES.items():
        rows = [
            claim | {"measured": measured(claim)} for claim in claims if claim["id"][0] == letter
        ]
        if rows:
            parts += [f"## {letter}: {title}", tabulate(PAGE_COLUMNS, rows)]
    return "\n\n".join(parts) + "\n"


def measured(claim: dict[str, Any]) -> str:
    """Return what was measured, a number with the interval on which the verdict rests."""
    value, interval = claim["measured"], claim["interval"]
    if interval is None or isinstance(value, str):
        return cell(value)
    return f"{short(value)} ({short(interval[0])} to {short(interval[1])})"


def tabulate(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as a Markdown table."""
    lines = [list(columns), ["---"] * len(columns)]
    # A bar would end the cell.
    lines += [[cell(row[column]).replace("|", "\\|") for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: Any) -> str:
    """Return a value in one line."""
    return " ".join(short(value).plain.split())


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
