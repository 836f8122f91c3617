"""What does a lecture say, and does it hold?

Walk:   python -m labs.lectures C
Run:    python -m labs.lectures C --run     run the labs whose verdicts are missing, then walk
Code:   python -m labs.lectures C --code    the code it prints, to copy, paste and run

A lecture's headings in its own order, and under each what it says: the value it prints, the
verdict of the latest run if there is one, and the lab that shows it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, Literal

import tyro
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from labs.errors import InputError
from labs.lectures.entries import Entry, Lecture, load_lecture
from labs.lectures.listings import load_listings
from labs.pages.terminal import VERDICT_STYLES
from labs.pages.values import show
from labs.records.console import make_console, progress_bars
from labs.records.runs import finished_runs
from labs.running.catalog import longest_first
from labs.running.command_line import parse, print_version
from labs.running.config import LabConfig
from labs.running.exit_status import exit_status
from labs.running.process import run_in_processes

PROGRAM = "python -m labs.lectures"


@dataclass(frozen=True)
class Config(LabConfig):
    """What to walk through."""

    POSITIONAL: ClassVar = frozenset({"lecture"})

    lecture: tyro.conf.Positional[Literal["A", "B", "C", "D", "E"]] = "A"
    """Letter of the lecture."""
    run: bool = False
    """Run the labs whose verdicts are missing, with --quick and --seed as given here."""
    code: bool = False
    """Show the lecture's code and nothing else; verdicts on it stand below it as comments."""


def main(config: Config, console: Console) -> None:
    """Walk through a lecture."""
    lecture = load_lecture(config.lecture)
    if config.run:
        run_missing(lecture, config, console)
    if config.code:
        print(show_code(lecture, latest_claims(config)))
        return
    walk(lecture, latest_claims(config), console)


def show_code(lecture: Lecture, claims: Mapping[str, dict[str, Any]]) -> str:
    """Return a lecture's code as one program, below each listing what was judged of it."""
    cells = load_listings(lecture.letter)
    if not cells:
        return f"# Lecture {lecture.letter} prints no code; A, C and E do."
    lines = []
    for cell in cells:
        number = "" if cell.number is None else f"{cell.number}. "
        lines += [f"# %% {number}{cell.title}", cell.code]
        for id, entry in lecture.claims.items():
            if cell.number is not None and entry.listing == cell.number:
                verdict = claims[id]["verdict"] if id in claims else f"python -m {entry.command}"
                lines.append(f"# {id}: {verdict}")
        lines.append("")
    return "\n".join(lines).rstrip()


def latest_claims(config: Config) -> dict[str, dict[str, Any]]:
    """Return the claims of the latest runs by id, as `results.json` has them.

    A quick run counts where there is no full one, and its verdicts say so.
    """
    found: dict[str, dict[str, Any]] = {}
    for run in finished_runs(config.output_dir):
        for claim in run.results["claims"]:
            known = found.get(claim["id"])
            if known is None or known["quick"] or not run.quick:
                found[claim["id"]] = claim | {"quick": run.quick, "run": run.directory}
    return found


def run_missing(lecture: Lecture, config: Config, console: Console) -> None:
    """Run the labs of which a claim has no verdict yet."""
    known = latest_claims(config)
    usable = {id for id, claim in known.items() if config.quick or not claim["quick"]}
    commands = dict.fromkeys(
        entry.command for id, entry in lecture.claims.items() if id not in usable
    )
    options = ["--seed", str(config.seed), *(["--quick"] if config.quick else [])]
    with progress_bars(console) as bars:
        labs = longest_first(command.rpartition(".")[2] for command in commands)
        runs = run_in_processes(labs, options, config.output_dir, at_once=2)
        for ended in bars.track(runs, len(labs), description=f"labs of lecture {lecture.letter}"):
            if isinstance(ended.outcome, InputError):
                raise ended.outcome


def walk(lecture: Lecture, claims: Mapping[str, dict[str, Any]], console: Console) -> None:
    """Print the lecture's headings, and under each what it says and how that was judged."""
    console.print(Text(f"{lecture.letter}: {lecture.title}", style="bold"))
    for heading, entries in groupby(lecture.claims.values(), lambda entry: entry.heading):
        console.print(Text(f"\n{heading}", style="bold underline"))
        for entry in entries:
            console.print(Padding(_describe(entry, claims.get(entry.id)), (0, 0, 0, 2)))
    judged = [id for id in lecture.claims if id in claims]
    console.print(
        f"\n{len(judged)} of {len(lecture.claims)} claims are judged by runs of yours. "
        + ("" if len(judged) == len(lecture.claims) else f"Run the others: {PROGRAM} "
           f"{lecture.letter} --run")
    )  # fmt: skip


def _describe(entry: Entry, claim: dict[str, Any] | None) -> Text:
    """Return what the lecture says, what was measured, and the command that shows it."""
    text = Text.assemble((entry.id, "bold"), f"  {entry.says}")
    if entry.prints is not None:
        text.append(f"\n  printed   {entry.prints}")
    if entry.refuted_by is not None:
        text.append(f"\n  refuted   by {entry.refuted_by[0].lower()}{entry.refuted_by[1:]}", "dim")
    if claim is not None:
        quick = " (quick run)" if claim["quick"] else ""
        verdict = str(claim["verdict"])
        text.append(f"\n  measured  {show(claim['measured'])}")
        text.append("\n  verdict   ").append(verdict, style=VERDICT_STYLES[verdict]).append(quick)
        if verdict == "erratum":
            text.append(f"\n  {entry.explanation}")
    text.append(f"\n  python -m {entry.command}", style="dim")
    return text


def read(arguments: Sequence[str]) -> Config:
    """Read the command line, in which the letter may be a small one."""
    upper = [a.upper() if len(a) == 1 and a.isalpha() else a for a in arguments]
    return parse(Config, __doc__ or "", PROGRAM, upper)


if __name__ == "__main__":
    with exit_status():
        print_version(sys.argv[1:])
        main(read(sys.argv[1:]), make_console())
