"""What the tests of the labs share: `run_directory` is a quick run of the lab a module tests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from tests.labs.quick_run import read_results, run_quickly

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
REAL_DATA = os.environ.get("LABS_DATA_DIR")


@pytest.fixture(scope="module")
def run_directory(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Path:
    """A quick run of the module's lab, made once for all tests and processes: only to be read."""
    lab = getattr(request, "param", request.module.__name__.rpartition(".test_")[2])
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    done = shared / f"{lab}.json"  # Beside the processes' folders.
    with FileLock(done.with_suffix(".lock")):
        if not done.exists():
            done.write_text(json.dumps(str(run_quickly(lab, shared / "quick", seed=7))))
    return Path(json.loads(done.read_text()))


@pytest.fixture(scope="module")
def found(run_directory: Path) -> dict[str, Any]:
    """Return what the quick run has recorded."""
    return read_results(run_directory)


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the real files, as the person who runs the tests names it."""
    names = ("mnist.npz", "sign_mnist_train.csv.gz", "sign_mnist_test.csv.gz")
    if not REAL_DATA or not all((Path(REAL_DATA) / name).is_file() for name in names):
        pytest.skip(f"LABS_DATA_DIR names no folder with {', '.join(names)}")
    monkeypatch.setenv("LABS_DATA_DIR", REAL_DATA)
    return Path(REAL_DATA)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH, and CHROMIUM does not name one")
    from playwright.sync_api import sync_playwright

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
        page.on("request", lambda asked: heard.append(asked.url))
        page.goto(path.as_uri())
        heard[:] = [what for what in heard if what != path.as_uri() and what[:5] != "data:"]
        return page

    return open_file
