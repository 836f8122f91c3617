"""What the lectures say, read from a.toml … e.toml.

A file holds the lecture's title and, in the lecture's own order, a table for each claim. The
table's name is the claim's id, which begins with the lecture's letter. Its keys:

- `heading`: the part of the lecture in which it stands.
- `says`: what the lecture says, in our words.
- `prints`: the value or formula it prints, as printed; left out where it prints none.
- `command`: who judges it, `labs.NAME` or a command of `tuning`.
- `settings`: settings of that command which the lecture gives. Their defaults are the lecture's
  values; with others the claim is not judged. Seeds are never named.
- `data`: the data set that the lecture works on, where a stand-in would be another matter.
- `share`: whether the printed value is a share, such as an accuracy, which ends at 0 and 1.
- `wrong`, `right`: of an erratum, what is wrong and what is right.
- `refuted_by`: what would have refuted the claim.
- `listing`: number of the listing of code from which it comes.

Beside the claims `[comparisons.NAME]` holds what others publish: `source`, `says`, `prints` and
`command`. It is shown beside what that command measures, and no lecture is judged by it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LETTERS = "ABCDE"


@dataclass(frozen=True)
class Entry:
    """One claim of a lecture; the keys are explained above."""

    id: str
    lecture: str
    heading: str
    says: str
    command: str
    prints: str | None = None
    settings: tuple[str, ...] = ()
    data: str | None = None
    share: bool = False
    wrong: str | None = None
    right: str | None = None
    refuted_by: str | None = None
    listing: int | None = None

    @property
    def explanation(self) -> str:
        """What is wrong and what is right, of an erratum; else nothing."""
        right = None if self.right is None else f"Right: {self.right}"
        return " ".join(filter(None, [self.wrong, right]))


@dataclass(frozen=True)
class Comparison:
    """What others publish of an experiment like ours."""

    id: str
    source: str
    says: str
    prints: str
    command: str


@dataclass(frozen=True)
class Lecture:
    """A lecture's claims by their ids, in its own order, and what is compared with beside them."""

    letter: str
    title: str
    claims: Mapping[str, Entry]
    comparisons: Mapping[str, Comparison]


@cache
def load_lecture(letter: str) -> Lecture:
    """Read a lecture's file.

    Args:
        letter: `"A"` to `"E"`.

    Raises:
        ValueError: If an entry lacks a key, has an unknown one, or an id of another lecture.
    """
    path = Path(__file__).with_name(f"{letter.lower()}.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    title, comparisons = tables.pop("title"), tables.pop("comparisons", {})
    lecture = f"{letter}, {title}"
    try:
        claims = {
            id: Entry(id, lecture, settings=tuple(table.pop("settings", ())), **table)
            for id, table in tables.items()
        }
        others = {id: Comparison(id, **table) for id, table in comparisons.items()}
    except TypeError as error:
        raise ValueError(f"{path.name} has an entry that is not as it should be: {error}") from None
    foreign = [id for id in claims if id[0] != letter]
    if foreign:
        raise ValueError(f"The ids in {path.name} begin with {letter}, got {foreign}.")
    return Lecture(letter, title, claims, others)


def load_lectures() -> dict[str, Lecture]:
    """Return all lectures by their letters."""
    return {letter: load_lecture(letter) for letter in LETTERS}


def commands() -> dict[str, str]:
    """Return the commands that judge claims, by the name that their runs have."""
    lectures = load_lectures().values()
    found = (entry.command for lecture in lectures for entry in lecture.claims.values())
    return {command.rpartition(".")[2]: command for command in found}


def command_of(name: str) -> str:
    """Return the command whose runs have a name: a lab's, or one of `tuning` that judges claims."""
    return commands().get(name, f"labs.{name}")


def comparisons_of(command: str) -> dict[str, Comparison]:
    """Return what others publish of what a command measures, by its ids."""
    return {
        id: comparison
        for lecture in load_lectures().values()
        for id, comparison in lecture.comparisons.items()
        if comparison.command == command
    }


def claims_of(command: str) -> dict[str, Entry]:
    """Return the claims that a command judges, by their ids, in the lectures' order."""
    return {
        id: entry
        for lecture in load_lectures().values()
        for id, entry in lecture.claims.items()
        if entry.command == command
    }
