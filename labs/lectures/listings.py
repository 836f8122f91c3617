"""The code that the lectures print, written anew, cell by cell.

A file `code/a.py` … holds a lecture's listings in its own order and can be run as a whole; an
editor that knows `# %%` shows its cells. A cell that is numbered stands in the lecture; what a
listing needs and the lecture does not print comes before it, without a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

CODE = Path(__file__).with_name("code")
_CELL = re.compile(r"^# %% (?:(\d+)\. )?(.+)\n", flags=re.MULTILINE)


class Listing(NamedTuple):
    """A cell: its number in the lecture, or None if it is not printed there, title and code."""

    number: int | None
    title: str
    code: str

    def run(self, names: dict[str, Any]) -> str:
        """Run the cell behind others.

        Args:
            names: What those before it have defined; what it defines is added.

        Returns:
            What it prints.
        """
        with redirect_stdout(StringIO()) as printed:
            exec(compile(self.code, self.title, "exec"), names)
        return printed.getvalue()


def load_listings(letter: str) -> list[Listing]:
    """Read the cells of a lecture's code; a lecture that prints none has none.

    Args:
        letter: `"A"` to `"E"`.
    """
    path = CODE / f"{letter.lower()}.py"
    if not path.exists():
        return []
    _, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    cells = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return [Listing(int(n) if n else None, title, code.strip()) for n, title, code in cells]


def run_listing(letter: str, number: int, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Run one numbered cell and return what is defined then.

    Args:
        letter: `"A"` to `"E"`.
        number: The cell's number.
        given: What the cells before it would have defined.
    """
    (cell,) = (cell for cell in load_listings(letter) if cell.number == number)
    names = dict(given or {})
    cell.run(names)
    return names
