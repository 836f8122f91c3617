"""Write the figures of finished runs into RESULTS.md.

Run:   python -m labs.results runs/claims/RUN-ID runs/tuning-diabetes/RUN-ID
       python -m labs.results runs/mnist/RUN-ID

A section for each lab, search or benchmark, with command, seed, data, date and machine. The run
of a ledger brings those of all its labs. What was not run again stays as it is. Nothing on the
page is written by hand.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from labs.atomic import replacing
from labs.errors import InputError
from labs.pages.results_page import read_sections, section, write_page
from labs.records.runs import Run, as_written, read_run
from labs.running.catalog import find_labs, time_contradicted
from labs.running.command_line import parse_dataclass, print_version
from labs.running.exit_status import exit_status

HEAD = """# Results

Written by `python -m labs.results RUN...` from run directories, never by hand. Each section says
with which command, seed and data it was measured, when and on what machine. Intervals are 95%
intervals: of one model's accuracy on its test rows (Wilson), or of a mean over seeds where the
table says so. What a verdict means stands in `labs/lectures/verdicts.py`.
"""
PICTURES = {
    "diabetes": "curves",
    "mnist": "curves",
    "sign_language": "curves",
    "sklearn_vs_keras": "ladder",
    "optimizers": "race",
    "overfitting": "curves",
    "monitor": "characteristics",
    "strategies": "courses",
}
"""For each lab whose section has a picture, its name."""


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    runs: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        tyro.conf.arg(metavar="RUN...", help_behavior_hint="(one or more)"),
    ]
    """Run directories of finished, full runs."""
    page: Path = Path("RESULTS.md")
    """The page; it is made if it is not there."""
    pictures: Path = Path("labs/pictures")
    """Folder for the few pictures that the page shows."""


def main(arguments: Sequence[str]) -> None:
    """Write the page.

    Raises:
        InputError: If a run is none, has not finished or was a quick one.
    """
    settings = parse_dataclass(Settings, __doc__ or "", "python -m labs.results", arguments)
    if not settings.runs:
        raise InputError("Expected one or more run directories, got none; name them.")
    sections, labs, contradicted = {}, find_labs(), []
    if settings.page.exists():
        sections = read_sections(settings.page.read_text(encoding="utf-8"))
    for run in expand(map(read_run, settings.runs)):
        require_full(run)
        picture = copy(run, settings)
        with as_written(run):
            if run.lab in labs:
                contradicted.append(time_contradicted(labs[run.lab], run.results["seconds"]))
            sections[run.lab] = section(
                run.results, run.config, run.environment, run.directory.name, picture
            )
    try:
        with replacing(settings.page) as temporary:
            text = write_page(HEAD, sections, ["claims", *labs])
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"--page {settings.page} cannot be written ({error.strerror}); name another file."
        ) from error
    print(f"{settings.page}: {len(sections)} sections")
    for sentence in filter(None, contradicted):
        print(sentence)


def expand(runs: Iterable[Run]) -> Iterator[Run]:
    """Give each run, and behind a ledger's those of its labs."""
    for run in runs:
        yield run
        for path in sorted(run.directory.glob("labs/*/*/results.json")):
            yield read_run(path.parent)


def require_full(run: Run) -> None:
    """Refuse a run whose figures say nothing.

    Raises:
        InputError: If it has not finished, or was a quick one.
    """
    status = run.results.get("status")
    if status != "done" or run.quick:
        what = "a quick run" if run.quick else f"{status}"
        raise InputError(
            f"The page shows finished, full runs; {run.directory} is {what}. Run it again, or "
            "leave it out."
        )


def copy(run: Run, settings: Settings) -> str | None:
    """Copy the picture of a run's section; return its path as the page links it."""
    name = PICTURES.get(run.lab)
    if name is None:
        return None
    settings.pictures.mkdir(parents=True, exist_ok=True)
    path = settings.pictures / f"{run.lab}-{name}.png"
    with replacing(path) as temporary:
        shutil.copyfile(run.directory / f"{name}.png", temporary)
    return Path(os.path.relpath(path, settings.page.parent)).as_posix()


if __name__ == "__main__":
    with exit_status():
        print_version(sys.argv[1:])
        main(sys.argv[1:])
