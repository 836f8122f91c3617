"""Where data files are looked for, where they are kept, and what is said of a stand-in."""

from __future__ import annotations

import os
from pathlib import Path

import pooch
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from labs.errors import InputError

VARIABLE = "LABS_DATA_DIR"


class UnavailableError(InputError):
    """Data could not be fetched from where they are published; a stand-in may serve."""


def find_data_files(*names: str, endings: tuple[str, ...] = ("",)) -> list[Path] | None:
    """Return files of the folder that `LABS_DATA_DIR` names.

    The folder is searched first, so a folder that has none of the files is no error: that
    is said on standard error, and the caller goes on to the next source.

    Args:
        *names: Names of the files that belong together.
        endings: What may follow each name, the preferred ending first.

    Returns:
        One path per name, or None if no folder is named or it has none of the files.

    Raises:
        InputError: If `LABS_DATA_DIR` names something that is no folder, or the folder has
            some of the files but not all.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise InputError(
            f"{VARIABLE} must name a folder, but there is {found} at {named!r}; "
            "correct it or unset it."
        )
    candidates = {name: [folder / f"{name}{ending}" for ending in endings] for name in names}
    paths = {name: next(filter(Path.exists, found), None) for name, found in candidates.items()}
    missing = [" or ".join(p.name for p in candidates[name]) for name in names if not paths[name]]
    if not missing:
        return [path for path in paths.values() if path]
    if len(missing) < len(names):
        raise InputError(
            f"{VARIABLE}={named} lacks {missing[0]}, but has the file that belongs to it; "
            "put both there."
        )
    tell(f"{VARIABLE}={named} has no {' and no '.join(missing)}; looking elsewhere.")
    return None


def cache_folder() -> Path:
    """Return the user's cache folder for this project; it need not exist yet."""
    return Path(pooch.os_cache("deep-learning-labs")).expanduser()


def tell(sentence: str) -> None:
    """Print a sentence on standard error."""
    Console(stderr=True).print(Text(sentence, style="yellow"))


def announce_stand_in(wanted: str, used: str, reason: Exception) -> None:
    """Say, so that nobody can overlook it, that other data are used than were wanted.

    Args:
        wanted: Name of the data that could not be had.
        used: What takes their place.
        reason: Why they could not be had, and the remedy.
    """
    text = Text.assemble(
        (f"This run uses {used}, in place of {wanted}.\n", "bold"),
        f"Its numbers say nothing about {wanted}.\n\n{reason}",
    )
    panel = Panel(text, title=f"NOT {wanted.upper()}", border_style="bold red", padding=(1, 2))
    Console(stderr=True).print(panel)
