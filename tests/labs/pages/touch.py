"""A finger and a pen on a page's screen, as Chromium emulates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def press(page: Any, places: Sequence[Sequence[float]]) -> None:
    """Set a pen on the screen, go through the other places, and lift it."""
    session = page.context.new_cdp_session(page)
    kinds = ["mousePressed", *["mouseMoved"] * (len(places) - 1), "mouseReleased"]
    pen = {"button": "left", "buttons": 1, "pointerType": "pen", "clickCount": 1}
    for kind, (x, y) in zip(kinds, [*places, places[-1]], strict=True):
        event = {"type": kind, "x": float(x), "y": float(y), **pen}
        session.send("Input.dispatchMouseEvent", event)


def swipe(page: Any, places: Sequence[Sequence[float]]) -> None:
    """Touch the screen, go through the other places, and leave it."""
    session = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(places) - 1)]
    for kind, (x, y) in zip(kinds, places, strict=True):
        points = [{"x": float(x), "y": float(y)}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
