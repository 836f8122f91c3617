"""What the tests of the labs share: a module's `run_directory` is a quick run of its lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.labs.quick_run import read_results


@pytest.fixture(scope="module")
def found(run_directory: Path) -> dict[str, Any]:
    """Return what the quick run has recorded."""
    return read_results(run_directory)
