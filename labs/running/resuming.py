"""Go on with a run that ended early, in its own directory and with its own settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from labs.errors import InputError, OutputError
from labs.records import strict_json
from labs.records.run_directory import lock_file
from labs.records.runs import named_run, read_run
from labs.running.config import ResumableConfig, option

ConfigT = TypeVar("ConfigT", bound=ResumableConfig)


def begun(given: ConfigT, folder: str) -> tuple[ConfigT, Path]:
    """Return the settings with which a run began that is to go on, and its directory.

    Args:
        given: The settings now; `resume` names the run.
        folder: Name of the folder of such runs, in which `latest` means the newest.

    Raises:
        InputError: If there is no such run.
    """
    directory = named_run(Path(given.resume), folder, given.output_dir)
    return load_config(directory, type(given)), directory


def load_config(run: Path, kind: type[ConfigT]) -> ConfigT:
    """Return the settings with which a run began.

    Args:
        run: The run directory.
        kind: What settings they are.

    Raises:
        InputError: If there is no run of this kind and version.
    """
    path = run / "config.json"
    try:
        stored = strict_json.load(path)
        names = {field.name for field in fields(kind)} - (kind.MAY_CHANGE - stored.keys())
        return kind(**{name: stored[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise InputError(
            f"--resume must name the directory of such a run, got {str(run)!r} "
            f"({type(error).__name__}: {error})."
        ) from error


def refuse_other_settings(given: ConfigT, stored: ConfigT, *, but: str = "") -> None:
    """Refuse to go on with a run under other settings than it began with.

    Args:
        given: The settings now.
        stored: The settings with which it began.
        but: Name of a setting that may differ, beside `MAY_CHANGE`.

    Raises:
        InputError: Naming every setting that differs.
    """
    different = [
        f"{option(field.name)} {getattr(given, field.name)} instead of "
        f"{getattr(stored, field.name)}"
        for field in fields(given)
        if field.name not in {*given.MAY_CHANGE, but}
        and getattr(given, field.name) != getattr(stored, field.name)
    ]
    if different:
        raise InputError(
            f"A run goes on with the settings it began with, got {', '.join(different)}; "
            "leave them out, or begin a new one without --resume."
        )


def require_unfinished(run: Path, lab: str) -> None:
    """Refuse to go on with a finished run, or with one of another lab.

    Raises:
        InputError: If it is that.
    """
    found = read_run(run)
    if found.lab != lab or found.results.get("status") == "done":
        raise InputError(
            f"--resume must name a run of labs.{lab} that ended early, got {str(run)!r}, a run of "
            f"labs.{found.lab} with the status {found.results.get('status')!r}."
        )


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keep a run directory to this process within the block.

    Raises:
        InputError: If another process has it.
    """
    lock = lock_file(directory / ".lock")
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def telling_how_to_go_on(command: str, directory: Path) -> Iterator[None]:
    """Within the block, add to an interrupt the command that goes on with the run."""
    try:
        yield
    except (KeyboardInterrupt, OutputError) as ended:
        ended.add_note(f"Go on: {command} --resume {shlex.quote(str(directory))}")
        raise
