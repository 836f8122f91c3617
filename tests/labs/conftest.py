"""What the tests of the labs share: `run_directory` is a quick run of the lab a module tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.labs.quick_run import read_results, run_quickly

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
