from __future__ import annotations

import copy
import io
import itertools
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from callbacks import GradientMonitor, OverfittingMonitor, ProgressBar, StepDecay

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X @ np.array([[1.0], [-1.0], [2.0]], dtype="float32")
DERIVED = {"learning_rate", "generalization_gap", "gradient_norm/line"}


def build_callbacks() -> list[keras.callbacks.Callback]:
    return [
        StepDecay(milestones=[2]),
        OverfittingMonitor(),
        GradientMonitor(X[:4], Y[:4]),
        ProgressBar(console=Console(file=io.StringIO())),
    ]


def train(callbacks: list[keras.callbacks.Callback]) -> dict[str, list[float]]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="line")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(
        X, Y, epochs=4, validation_split=0.5, verbose=0, shuffle=False, callbacks=callbacks
    )
    return history.history


@pytest.mark.parametrize("every", [pytest.param(5, marks=pytest.mark.slow), 23])
def test_order_in_the_list_changes_nothing(every: int) -> None:
    orders = list(itertools.permutations(build_callbacks()))[::every]  # The last is the first back.

    histories = [train(list(order)) for order in orders]

    assert set(histories[0]) >= DERIVED
    assert all(history == histories[0] for history in histories)


def test_csv_file_has_what_they_derive(tmp_path: Path) -> None:
    log = tmp_path / "history.csv"

    train([*build_callbacks(), keras.callbacks.CSVLogger(log)])

    assert set(log.read_text().splitlines()[0].split(",")) >= DERIVED


def test_copies_of_used_callbacks_give_the_same_history() -> None:
    callbacks = build_callbacks()
    first = train(callbacks)

    assert train(copy.deepcopy(callbacks)) == first


def test_callbacks_used_again_give_the_same_history() -> None:
    callbacks = build_callbacks()

    assert train(callbacks) == train(callbacks)


@pytest.mark.parametrize("callback", build_callbacks(), ids=lambda c: type(c).__name__)
def test_none_has_a_hook_for_each_batch(callback: keras.callbacks.Callback) -> None:
    for hook in ("batch_begin", "batch_end", "train_batch_begin", "train_batch_end"):
        assert getattr(type(callback), f"on_{hook}") is getattr(
            keras.callbacks.Callback, f"on_{hook}"
        )
