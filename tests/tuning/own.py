"""What the tests of `tuning.search` search, where worker processes can import it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

import tuning
from tuning import own_search
from tuning.trial import run_trial


def rows(number: int = 60) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(number, 3)).astype("float32")
    return x, (x[:, 0] + x[:, 1] > 0).astype("int64")


def dense(hp: HyperParameters) -> keras.Model:
    net = keras.Sequential(
        [
            keras.layers.Dense(hp.Int("units", 2, 8, step=2, sampling="log"), "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    net.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return net


class Here:
    """Runs trials in this process, in place of `LocalWorkers`."""

    def __init__(self, count: int, study: Any) -> None: ...

    def submit(self, task: Any) -> Any:
        from tests.tuning.conftest import at_once

        return at_once(run_trial)(task)

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *error: Any) -> None: ...


def search(monkeypatch: pytest.MonkeyPatch, build: Any, x: Any, y: Any, **options: Any) -> Any:
    """Search in this process, whose threads are as they are."""
    monkeypatch.setattr(own_search, "LocalWorkers", Here)
    monkeypatch.setattr("tuning.trial.use_threads", lambda threads: None)
    few: dict[str, Any] = {"trials": 2, "folds": 2, "epochs": 2, "quiet": True}
    return tuning.search(build, x, y, **(few | options))


def table(folder: Path) -> bytes:
    return (folder / "trials.csv").read_bytes()
