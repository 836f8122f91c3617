"""`fit(model, ...)` in the place of `model.fit(...)`: every argument, with stock's numbers."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from models import fit

from .nets import assert_same_history, assert_same_weights, compiled, copy_of, dense_net, table

X, Y = table()
WEIGHTS = np.linspace(0, 2, len(X))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"validation_split": 0.3}, marks=pytest.mark.slow),
        {"validation_split": 0.3, "sample_weight": WEIGHTS},
        pytest.param(
            {"validation_split": 0.3, "class_weight": {0: 2.0, 1: 0.5}}, marks=pytest.mark.slow
        ),
        {"validation_data": [X[:21], Y[:21]], "validation_split": 0.5},
        {"validation_data": (X[:21], Y[:21]), "validation_freq": 2, "validation_batch_size": 4},
        {"validation_split": 0.3, "validation_freq": [1, 3]},
        {"callbacks": None},
        {"callbacks": keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9)},
        {"y": Y + 0.4, "class_weight": {0: 2.0, 1: 0.5}},
        {"x": pd.DataFrame(X), "y": pd.Series(Y)},
    ],
    ids=lambda arguments: "-".join(arguments),
)
def test_every_argument_gives_the_numbers_of_stock_fit(arguments: dict[str, Any]) -> None:
    theirs = dense_net()
    ours = copy_of(theirs)
    settings: dict[str, Any] = {"x": X, "y": Y, "shuffle": False, "epochs": 3, "batch_size": 32}
    expected = theirs.fit(**settings | arguments, verbose=0)
    actual = fit(ours, **settings | arguments)
    assert_same_history(actual.history, expected.history)
    assert_same_weights(ours.get_weights(), theirs.get_weights())


class Steps(keras.metrics.Metric):
    """Counts the steps of all epochs, of training and of validation."""

    def __init__(self) -> None:
        super().__init__(name="steps")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(1.0)

    def result(self):
        return self.count.value

    def reset_state(self):
        pass


def test_epochs_without_validation_do_none_within_a_block() -> None:
    settings: dict[str, Any] = {"shuffle": False, "epochs": 21, "batch_size": 25}
    settings |= {"validation_split": 0.2, "validation_freq": 3}
    theirs, ours = dense_net(metrics=[Steps()]), dense_net(metrics=[Steps()])
    expected = theirs.fit(X, Y, verbose=0, **settings).history
    actual = fit(ours, X, Y, **settings).history
    assert actual["val_steps"][-1] == 21 * 2 + 7
    # Stock fit reads this metric's variable only when the validation has changed it.
    assert actual["steps"] == [2 * (epoch + 1) + epoch // 3 for epoch in range(21)]
    expected["steps"] = actual["steps"]
    assert_same_history(actual, expected, atol=1e-5)


def test_the_first_arguments_may_be_given_by_position() -> None:
    history = fit(dense_net(), X, Y, 25, 2)
    assert history.params["steps"] == 2
    assert history.epoch == [0, 1]


def test_truth_values_and_missing_ones_in_a_data_frame_count_as_numbers() -> None:
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(a=X[:, 0] > 0)
    frame["b"] = frame["b"].astype("Float32")
    first, second = dense_net(), dense_net()
    actual = fit(first, frame, Y, epochs=2, seed=0).history
    assert actual == fit(second, frame.to_numpy("float32"), Y, epochs=2, seed=0).history


def test_a_weight_of_each_row_counts_for_all_outputs() -> None:
    def build() -> keras.Model:
        keras.utils.set_random_seed(0)
        inputs = keras.Input((6,))
        outputs = [keras.layers.Dense(1, name=name)(inputs) for name in "ab"]
        return compiled(keras.Model(inputs, outputs), loss=["mse", "mae"], metrics=None)

    theirs, ours = build(), build()
    settings: dict[str, Any] = {"batch_size": 25, "shuffle": False, "sample_weight": WEIGHTS}
    expected = theirs.fit(X, [Y, Y], epochs=2, verbose=0, **settings)
    actual = fit(ours, X, [Y, Y], epochs=2, **settings)
    assert_same_history(actual.history, expected.history)
    with pytest.raises(ValueError, match=r"class_weight is only supported .* single output"):
        fit(ours, X, [Y, Y], class_weight={0: 1.0})


def endless() -> Any:
    while True:
        yield X[:16], Y[:16]


@pytest.mark.parametrize(
    ("data", "arguments", "reason"),
    [
        (lambda: {"x": (pair for pair in [(X, Y)])}, {"epochs": 1}, "given as generator"),
        (lambda: {"x": endless()}, {"steps_per_epoch": 3}, "steps_per_epoch is set"),
        pytest.param(
            lambda: {"x": X, "y": Y},
            {"steps_per_epoch": 2, "shuffle": False},
            "steps_per_epoch is set",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda: {"x": X, "y": Y},
            {"validation_split": 0.5, "validation_steps": 1, "shuffle": False},
            "validation_steps is set",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_not_fast_has_one_warning_and_the_numbers_of_stock_fit(
    data: Any, arguments: dict[str, Any], reason: str
) -> None:
    theirs = dense_net()
    ours = copy_of(theirs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs.fit(**data(), verbose=0, **{"epochs": 2, **arguments})
    with pytest.warns(UserWarning, match=reason) as seen:
        actual = fit(ours, **data(), **{"epochs": 2, **arguments})
    assert [w.category for w in seen].count(UserWarning) == 1
    assert actual.history == expected.history


@pytest.mark.parametrize("freq", [0, "2", None])
def test_a_validation_freq_that_is_neither_number_nor_list_is_refused(freq: Any) -> None:
    with pytest.raises(ValueError, match="list or int"):
        fit(dense_net(), X, Y, validation_freq=freq)
