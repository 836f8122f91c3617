"""A cache of its own for every test, and no network."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; downloads find nobody, wherever the test goes on to look."""
    folder = tmp_path / "user-cache"
    monkeypatch.setattr("labs.data.sources.pooch.os_cache", lambda name: folder / name)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(folder / "kagglehub"))
    monkeypatch.setattr("labs.data.mnist.URL", "http://127.0.0.1:9/mnist.npz")
    monkeypatch.setattr("kagglehub.dataset_download", unreachable)
    monkeypatch.delenv("LABS_DATA_DIR", raising=False)
    return folder / "deep-learning-labs"


def unreachable(handle: str) -> str:
    raise ConnectionRefusedError(f"no way to {handle}")


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that `LABS_DATA_DIR` names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LABS_DATA_DIR", str(folder))
    return folder
