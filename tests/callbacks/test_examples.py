"""The example in each public callback's docstring runs and shows what it says."""

from __future__ import annotations

import doctest

import keras
import numpy as np
import pytest

import callbacks

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", sorted(callbacks.__all__))
def test_example_of_a_callback_runs(name: str) -> None:
    keras.utils.set_random_seed(0)
    hidden = keras.layers.Dense(4, activation="tanh", name="hidden")
    model = keras.Sequential([keras.Input((3,)), hidden, keras.layers.Dense(1, name="output")])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, x_val = rng.normal(size=(64, 3)), rng.normal(size=(64, 3))
    names = {"model": model, "x": x, "y": x.sum(axis=1), "x_val": x_val, "y_val": x_val.sum(axis=1)}
    callback = getattr(callbacks, name)
    (example,) = doctest.DocTestFinder(recurse=False).find(
        callback, name, globs={**names, name: callback}
    )
    assert example.examples
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    said: list[str] = []
    assert runner.run(example, out=said.append).failed == 0, "".join(said)
