"""Which of the lectures' claims hold?

Run:   python -m labs.claims           about 20 minutes on 2 cores
Smoke: python -m labs.claims --quick   a few minutes

Each claim is checked in the lab that it belongs to. This ledger runs the labs, one after the
other as programs of their own, and puts their claims into one table: claims.csv, claims.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from labs.__main__ import find_labs
from labs.cli import LabConfig, run_lab
from labs.errors import InputError
from labs.results.atomic import replacing

if TYPE_CHECKING:
    from labs.results import RunRecord

COLUMNS = ("id", "lecture", "statement", "published", "measured", "interval", "verdict", "note")


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
    """Run the labs and collect their claims."""
    console = Console()
    claims: list[dict[str, Any]] = []
    names = config.labs or labs_with_claims()
    for number, name in enumerate(names, start=1):
        console.print(f"{name}, lab {number} of {len(names)}", highlight=False)
        claims += [{"lab": name, **claim} for claim in run_one(name, config, record.directory)]
    claims.sort(key=lambda claim: claim["id"])
    verdicts = Counter(claim["verdict"] for claim in claims)
    record.add_table("claims", claims, printed=False)
    record.add_table("verdicts", [{"verdict": v, "claims": n} for v, n in verdicts.most_common()])
    write_markdown(record.directory / "claims.md", claims)
    short = ("lab", "id", "statement", "verdict")
    for claim in claims:
        console.print("  ".join(str(claim[key]) for key in short), highlight=False, soft_wrap=True)


def labs_with_claims() -> tuple[str, ...]:
    """Return every lab but this one."""
    return tuple(name for name in find_labs() if name != Path(__file__).stem)


def run_one(name: str, config: Config, directory: Path) -> list[dict[str, Any]]:
    """Run a lab in a process of its own, so that memory and seeds are its own as well.

    Returns:
        Its claims, as its `results.json` has them.

    Raises:
        InputError: If the lab ends with an error.
    """
    output = directory / "labs"
    command = [sys.executable, "-m", f"labs.{name}", "--seed", str(config.seed)]
    command += ["--output-dir", str(output), *(["--quick"] if config.quick else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"The lab {name} ended with status {done.returncode}: {reason}")
    (run_directory,) = (output / name).iterdir()
    found = json.loads((run_directory / "results.json").read_text(encoding="utf-8"))
    claims: list[dict[str, Any]] = found["claims"]
    return claims


def write_markdown(path: Path, claims: list[dict[str, Any]]) -> None:
    """Write the claims as a table that can be read in a repository's page."""
    header = ("lab", *COLUMNS)
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    for claim in claims:
        cells = ["–" if claim[key] is None else str(claim[key]) for key in header]
        # A bar would end the cell, a line break the table.
        cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
