"""What the tests of the labs share: a module's `run_directory` is a quick run of its lab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.labs.quick_run import read_results

REAL_DATA = os.environ.get("LABS_DATA_DIR")


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
