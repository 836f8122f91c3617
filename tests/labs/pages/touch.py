"""A finger on a page's screen, as Chromium emulates it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def swipe(page: Any, places: Sequence[Sequence[float]]) -> None:
    """Touch the screen, go through the other places, and leave it."""
    session = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(places) - 1)]
    for kind, (x, y) in zip(kinds, places, strict=True):
        points = [{"x": float(x), "y": float(y)}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
