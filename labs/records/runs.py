"""Find finished runs again, by what their directories hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.errors import InputError
from labs.records import strict_json

LATEST = "latest"


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
    """Read a run directory, see `named_run` for how it may be named.

    Raises:
        InputError: If it is none.
    """
    names, directory = ("results", "config", "environment"), named_run(directory)
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
    except (LookupError, TypeError, AttributeError, ValueError, FileNotFoundError) as error:
        raise InputError(
            f"{run.directory} is not as this version writes a run ({type(error).__name__}: "
            f"{error}); run it again, or leave it out."
        ) from error


def finished_runs(output_dir: Path) -> Iterator[Run]:
    """Give the finished runs below an output folder, the oldest first, those of ledgers too."""
    ledgers = _runs(output_dir.glob("claims/*/labs/*/*/results.json"))
    runs = sorted([*every_run(output_dir), *ledgers], key=lambda run: run.directory.name)
    yield from (run for run in runs if run.results.get("status") == "done")


def every_run(output_dir: Path) -> list[Run]:
    """Return the runs in an output folder, the newest first, however they ended."""
    runs = _runs(output_dir.glob("*/*/results.json"))
    return sorted(runs, key=lambda run: run.directory.name, reverse=True)


def named_run(place: Path, lab: str = "", output_dir: Path = Path("runs")) -> Path:
    """Return a run directory; `latest` and `LAB/latest` name the newest one.

    Args:
        place: A path, or one that ends in `latest`.
        lab: The lab whose run `latest` alone means; of any lab unless given.
        output_dir: Where the runs of `latest` and `LAB/latest` are.

    Raises:
        InputError: If there is no run that could be the latest.
    """
    if place.name != LATEST or place.exists():
        return place
    folder = place.parent if len(place.parts) > 1 else Path(lab)
    if not folder.is_dir() or folder == Path():
        folder = output_dir / folder
    found = [*folder.glob("*/results.json"), *folder.glob("*/*/results.json")]
    if not found:
        raise InputError(f"No run in {folder} is the latest, since there is none; run a lab first.")
    return max((path.parent for path in found), key=lambda directory: directory.name)


def _runs(places: Iterable[Path]) -> Iterator[Run]:
    for path in places:
        with suppress(InputError):  # Another program's folder, or a run cut off at its start.
            yield read_run(path.parent)
