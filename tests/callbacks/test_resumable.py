"""A training that is stopped and goes on with its callbacks' states is one never stopped."""

from __future__ import annotations

import io
import json

import keras
import numpy as np
import pytest
from rich.console import Console

import callbacks
from callbacks.resumable import Resumable

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X @ np.array([[1.0], [-1.0], [2.0]], dtype="float32")


def build_callbacks() -> list[Resumable]:
    return [
        callbacks.StepDecay(0.3, every=2),
        callbacks.OverfittingMonitor("record"),
        callbacks.GradientMonitor(X[:4], Y[:4]),
        callbacks.ProgressBar(console=Console(file=io.StringIO())),
    ]


def build_model() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="line")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def train(model: keras.Model, used: list[Resumable], first: int, epochs: int) -> dict[str, list]:
    fit = model.fit(
        X,
        Y,
        epochs=epochs,
        initial_epoch=first,
        validation_split=0.5,
        verbose=0,
        shuffle=False,
        callbacks=used,
    )
    return fit.history


def test_every_callback_can_be_stored_and_put_back() -> None:
    assert {type(callback).__name__ for callback in build_callbacks()} == set(callbacks.__all__)
    whole, whole_callbacks = build_model(), build_callbacks()
    history = train(whole, whole_callbacks, 0, 8)

    stopped, before, after = build_model(), build_callbacks(), build_callbacks()
    first = train(stopped, before, 0, 3)
    for old, new in zip(before, after, strict=True):
        new.set_state(json.loads(json.dumps(old.get_state(), default=np.ndarray.tolist)))
    second = train(stopped, after, 3, 8)

    joined = {name: values + second[name] for name, values in first.items()}
    assert joined == history
    np.testing.assert_array_equal(stopped.get_weights()[0], whole.get_weights()[0])
    for one, other in zip(whole_callbacks[1:3], after[1:3], strict=True):
        np.testing.assert_equal(other.get_state(), one.get_state())


def test_a_state_is_used_once() -> None:
    model, monitor = build_model(), callbacks.OverfittingMonitor("record")
    train(model, [monitor], 0, 3)
    monitor.set_state(monitor.get_state())
    train(model, [monitor], 3, 5)
    assert len(monitor.get_state()["curves"]["epoch"]) == 5

    train(model, [monitor], 0, 2)

    assert len(monitor.get_state()["curves"]["epoch"]) == 2


def test_changing_what_was_taken_changes_no_callback() -> None:
    monitor = callbacks.OverfittingMonitor("record")
    train(build_model(), [monitor], 0, 3)

    monitor.get_state()["curves"]["epoch"].clear()

    assert len(monitor.get_state()["curves"]["epoch"]) == 3


def test_state_of_another_callback_is_refused() -> None:
    with pytest.raises(ValueError, match=r"StepDecay consists of \[.*\], got \['rows'\]"):
        callbacks.StepDecay().set_state({"rows": []})
