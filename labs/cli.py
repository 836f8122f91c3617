"""A lab's `Config` dataclass becomes its command line, and its run an exit status."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, fields
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import tyro
from rich.console import Console

from labs import results
from labs.errors import InputError
from labs.exit_status import exit_status

if TYPE_CHECKING:
    from labs.results import RunRecord

LARGEST_SEED = 2**32 - 1  # NumPy's legacy generator, which scikit-learn seeds, takes 32 bits.


@dataclass(frozen=True)
class LabConfig:
    """Settings that every lab has; a lab's `Config` adds its own, each with a default.

    The defaults are the values of the full run. `QUICK` names the settings that `--quick`
    makes smaller; a value given on the command line wins over both. `POSITIONAL` names those
    that stand on the command line without their name (`tyro.conf.Positional`).
    """

    QUICK: ClassVar[Mapping[str, Any]] = {}
    POSITIONAL: ClassVar[frozenset[str]] = frozenset()

    quick: bool = False
    """Only check that everything runs, with small values; the numbers say nothing."""
    seed: int = 0
    """Seed of everything random, 0 to 4294967295."""
    output_dir: Path = Path("runs")
    """Folder for the run directory, LAB/RUN-ID inside it."""

    def __post_init__(self) -> None:
        self.require("seed", 0 <= self.seed <= LARGEST_SEED, f"from 0 to {LARGEST_SEED}")

    @classmethod
    def for_quick_run(cls, **settings: Any) -> Self:
        """Return the settings of `--quick`, with the given ones changed."""
        return cls(**{"quick": True, **cls.QUICK, **settings})

    def require(self, setting: str, holds: bool, expected: str) -> None:
        """Refuse a setting's value, for use in a lab's `__post_init__`.

        Args:
            setting: Name of the field.
            holds: Whether the value is acceptable.
            expected: What is acceptable, as in `"1 or more"`.

        Raises:
            InputError: If `holds` is false.
        """
        if not holds:
            raise InputError(
                f"{_option(setting)} must be {expected}, got {getattr(self, setting)}; "
                "correct it or leave it out."
            )


ConfigT = TypeVar("ConfigT", bound=LabConfig)


def run_lab(run: Callable[[ConfigT, RunRecord], None], config: type[ConfigT], doc: str) -> None:
    """Run a lab from the command line, and exit with its status.

    Args:
        run: The lab; takes its settings and the record to put results into.
        config: The lab's `Config`.
        doc: The lab's docstring, whose first line is the question it answers.
    """
    lab = Path(run.__code__.co_filename).stem
    program = f"python -m labs.{lab}"
    with exit_status():
        settings = parse(config, doc, program, sys.argv[1:])
        with results.RunRecord(lab, settings, replay_command(program, settings)) as record:
            run(settings, record)
        record.print_summary(Console())
        print(f"Run directory: {record.directory}")


def parse(
    config: type[ConfigT],
    doc: str,
    program: str,
    arguments: Sequence[str],
    defaults: ConfigT | None = None,
) -> ConfigT:
    """Read settings from command-line arguments.

    Args:
        config: Dataclass of the settings.
        doc: Text for `--help`.
        program: Command for usage and error messages.
        arguments: What follows the command.
        defaults: Settings where nothing is given, those of `config` by default.

    Raises:
        InputError: If an argument is unknown or its value cannot be used.
        SystemExit: After `--help`, with status 0.
    """
    flags = [argument for argument in arguments if argument in ("--quick", "--no-quick")]
    if defaults is None:
        defaults = config.for_quick_run() if flags[-1:] == ["--quick"] else config()
    box = StringIO()
    try:
        with redirect_stderr(box):
            settings, unknown = tyro.cli(
                config,
                prog=program,
                description=_description(config, doc),
                args=arguments,
                default=defaults,
                return_unknown_args=True,
            )
    except SystemExit as exit_request:
        if exit_request.code in (0, None):
            raise
        raise InputError(one_line(box.getvalue())) from exit_request
    if unknown:
        raise InputError(_unknown_argument(unknown[0], config, program))
    return settings


def replay_command(program: str, config: LabConfig) -> str:
    """Return a shell command that repeats a run, with every setting written out."""
    words = shlex.split(program)
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in config.POSITIONAL:
            words.append(str(value))
        elif value is not None:
            words += _words(field.name, value)
    folder = os.environ.get("LABS_DATA_DIR")
    data = f"LABS_DATA_DIR={shlex.quote(folder)} " if folder else ""
    return data + shlex.join(words)


def _option(setting: str) -> str:
    return "--" + setting.replace("_", "-")


def _words(setting: str, value: Any) -> list[str]:
    """Return a setting as it is written on a command line."""
    if isinstance(value, bool):
        return [_option(setting if value else f"no_{setting}")]
    if isinstance(value, tuple):
        return [_option(setting), *map(str, value)]
    if str(value).startswith("-"):  # Would be taken for an option if it stood alone.
        return [f"{_option(setting)}={value}"]
    return [_option(setting), str(value)]


def _description(config: type[LabConfig], doc: str) -> str:
    question, _, rest = doc.strip().partition("\n")
    # tyro joins lines into paragraphs unless they are indented.
    lines = [line for line in textwrap.dedent(rest).splitlines() if line.strip()]
    if config.QUICK:
        words = [word for item in config.QUICK.items() for word in _words(*item)]
        lines.append(f"--quick means {shlex.join(words)}, where these are not given.")
    return "\n".join([question, *(f"  {line}" for line in lines)])


def _unknown_argument(argument: str, config: type[LabConfig], program: str) -> str:
    options = [_option(field.name) for field in fields(config)]
    near = difflib.get_close_matches(argument.partition("=")[0], options, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    kind = "option" if argument.startswith("-") else "argument"
    return f"Unknown {kind} {argument!r}.{hint} All options: {program} --help"


def one_line(box: str) -> str:
    """Return the text of a box that tyro has drawn, its parts separated by full stops."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", box)
    rows = [row.strip("│| ") for row in plain.splitlines()]
    text = " ".join(row for row in rows if row and row[0] not in "╭╰+")
    return re.sub(r"\.?\s*[─-]{3,}\s*", ". ", text).removeprefix("Error parsing ")
