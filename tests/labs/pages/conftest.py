"""A browser for the pages' tests: headless Chromium, started once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH, and CHROMIUM does not name one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_page(browser: Browser) -> Callable[..., Page]:
    """Open a file; whatever is asked for besides it or printed to the console is in `.heard`."""

    def open_file(path: Path, width: int = 1280, height: int = 800, **options: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        heard: list[str] = []
        page.heard = heard  # type: ignore[attr-defined]
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("data:") or heard.append(asked.url))
        page.goto(path.as_uri())
        heard.remove(path.as_uri())
        return page

    return open_file
