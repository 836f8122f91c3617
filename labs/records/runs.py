"""Find finished runs again, by what their directories hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.errors import InputError
from labs.records import strict_json


@dataclass(frozen=True)
class Run:
    """A run directory and what it holds: `results.json`, `config.json`, `environment.json`."""

    directory: Path
    results: dict[str, Any]
    config: dict[str, Any]
    environment: dict[str, Any]

    @property
    def lab(self) -> str:
        """Name of the lab, or of the search or benchmark."""
        return str(self.results["lab"])

    @property
    def quick(self) -> bool:
        """Whether it only checked that everything runs."""
        return bool(self.config.get("quick"))


def read_run(directory: Path) -> Run:
    """Read a run directory.

    Raises:
        InputError: If it is none.
    """
    names = ("results", "config", "environment")
    try:
        parts = [strict_json.load(directory / f"{name}.json") for name in names]
        run = Run(directory, *parts)
        if not isinstance(run.lab, str) or not isinstance(run.quick, bool):
            raise TypeError("no record of a run")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"Expected a run directory with {', '.join(f'{name}.json' for name in names)}, got "
            f"{str(directory)!r} ({type(error).__name__}: {error})."
        ) from error
    return run


@contextmanager
def as_written(run: Run) -> Iterator[None]:
    """Within the block, what the files of a run lack or have otherwise is the user's to mend."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{run.directory} is not as this version writes a run ({type(error).__name__}: "
            f"{error}); run it again, or leave it out."
        ) from error


def finished_runs(output_dir: Path) -> Iterator[Run]:
    """Give the finished runs below an output folder, the oldest first, those of ledgers too."""
    places = [
        *output_dir.glob("*/*/results.json"),
        *output_dir.glob("claims/*/labs/*/*/results.json"),
    ]
    for path in sorted(places, key=lambda path: path.parent.name):
        try:
            run = read_run(path.parent)
        except InputError:  # Another program's folder, or a run that was cut off at its start.
            continue
        if run.results.get("status") == "done":
            yield run
