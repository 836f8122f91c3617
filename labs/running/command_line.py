"""A dataclass of settings becomes a command line."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import fields
from functools import partial
from io import StringIO
from typing import Annotated, Any, TypeVar

import tyro

import labs
from labs.errors import InputError
from labs.running.bounds import bounds_of, describe
from labs.running.config import LabConfig, hints_of, option

ConfigT = TypeVar("ConfigT", bound=LabConfig)
T = TypeVar("T")


def parse(
    config: type[ConfigT],
    doc: str,
    program: str,
    arguments: Sequence[str],
    defaults: ConfigT | None = None,
) -> ConfigT:
    """Read the settings of a lab or a search from command-line arguments.

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
    _show_bounds(config)
    lines = []
    if config.QUICK:
        words = [word for item in config.QUICK.items() for word in _words(*item)]
        lines.append(f"--quick means {shlex.join(words)}, where these are not given.")
    return parse_dataclass(config, "\n".join([doc, *lines]), program, arguments, defaults)


def parse_dataclass(
    kind: type[T], doc: str, program: str, arguments: Sequence[str], defaults: T | None = None
) -> T:
    """Read any dataclass from command-line arguments, see `parse`."""
    question, _, rest = doc.strip().partition("\n")
    # tyro joins lines into paragraphs unless they are indented.
    text = textwrap.dedent(rest).splitlines()
    description = "\n".join([question, *(f"  {line}" for line in text if line.strip())])
    box = StringIO()
    try:
        with redirect_stderr(box):
            read = partial(
                tyro.cli,
                kind,
                prog=program,
                description=description,
                args=arguments,
                return_unknown_args=True,
            )
            settings, unknown = read() if defaults is None else read(default=defaults)
    except SystemExit as exit_request:
        if exit_request.code in (0, None):
            raise
        raise InputError(_one_line(box.getvalue())) from exit_request
    if unknown:
        raise InputError(_unknown_argument(unknown[0], kind, program))
    return settings


def replay_command(program: str, config: LabConfig) -> str:
    """Return a shell command that repeats a run, with every setting written out."""
    words = shlex.split(program)
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in config.POSITIONAL:
            words.append(str(value))
        elif value not in (None, ""):
            words += _words(field.name, value)
    folder = os.environ.get("LABS_DATA_DIR")
    data = f"LABS_DATA_DIR={shlex.quote(folder)} " if folder else ""
    return data + shlex.join(words)


def print_version(arguments: Sequence[str]) -> None:
    """Print the suite's version and end, if `--version` is among the arguments."""
    if "--version" in arguments:
        print(f"Deep-learning labs {labs.__version__}")
        sys.exit()


def _show_bounds(config: type[LabConfig]) -> None:
    """Let `--help` show the bounds of each setting behind its default, once a class."""

    def beside_default(bounds: str) -> Callable[[str], str]:
        return lambda default: f"(default: {default}; {bounds})"

    if config in _bounds_are_shown:
        return
    _bounds_are_shown.append(config)
    hints = hints_of(config)
    # tyro reads the annotations of each class in the order of inheritance.
    for owner in config.__mro__:
        for name in vars(owner).get("__annotations__", {}):
            bounds = describe(bounds_of(hints.get(name)))
            if bounds:
                hint = tyro.conf.arg(help_behavior_hint=beside_default(bounds))
                owner.__annotations__[name] = Annotated[hints[name], hint]


_bounds_are_shown: list[type[LabConfig]] = []


def _words(setting: str, value: Any) -> list[str]:
    """Return a setting as it is written on a command line."""
    if isinstance(value, bool):
        return [option(setting if value else f"no_{setting}")]
    if isinstance(value, tuple):
        return [option(setting), *map(str, value)]
    if str(value).startswith("-"):  # Would be taken for an option if it stood alone.
        return [f"{option(setting)}={value}"]
    return [option(setting), str(value)]


def _unknown_argument(argument: str, kind: type[Any], program: str) -> str:
    options = [option(field.name) for field in fields(kind)]
    near = difflib.get_close_matches(argument.partition("=")[0], options, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    what = "option" if argument.startswith("-") else "argument"
    return f"Unknown {what} {argument!r}.{hint} All options: {program} --help"


def _one_line(box: str) -> str:
    """Return the text of a box that tyro has drawn, its parts separated by full stops."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", box)
    rows = [row.strip("│| ") for row in plain.splitlines()]
    text = " ".join(row for row in rows if row and row[0] not in "╭╰+")
    return re.sub(r"\.?\s*[─-]{3,}\s*", ". ", text).removeprefix("Error parsing ")
