"""Fonts for what DejaVu Sans has no letters of; they are opened when a text needs one.

Noto's fonts come in two packages: Chinese, Japanese and Korean in one file, other scripts in one
file each.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

PACKAGES = ("noto_cjk_sans_otc", "manimgx_fonts")
FIRST = "DejaVu Sans"


class ReadableFigure(Figure):
    """A figure whose texts may be in any script that there is a font for."""

    def draw(self, renderer: object) -> None:
        """Draw it, with further fonts for the texts that need them."""
        for text in self.findobj(Text):
            others = {ord(letter) for letter in text.get_text() if letter > "\u024f"}
            if others:  # Latin letters are all in the first font.
                text.set_fontfamily(families_for(frozenset(others)))
        super().draw(renderer)  # type: ignore[arg-type]


@cache
def families_for(letters: frozenset[int]) -> list[str]:
    """Return the names of fonts that together have the letters, as far as there are any."""
    families, missing = [FIRST], letters - _letters_of(font_manager.findfont(FIRST))
    for path in _files() if missing else ():
        found = missing & _letters_of(str(path))
        if found:
            font_manager.fontManager.addfont(path)
            families.append(font_manager.get_font(path).family_name)
            missing -= found
    return families


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        folder = Path(spec.origin).parent
        yield from sorted(p for p in folder.glob("*.tt[cf]") if "Italic" not in p.name)


@cache
def _letters_of(path: str) -> frozenset[int]:
    return frozenset(font_manager.get_font(path).get_charmap())
