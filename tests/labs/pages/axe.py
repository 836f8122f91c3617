"""Rules of access that a page breaks, as axe-core finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__ or "").parent / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Any) -> list[tuple[str, str]]:
    """Return each rule that is broken, of WCAG's levels A and AA and good practice, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
