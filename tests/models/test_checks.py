"""What would train on nonsense is refused before training, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from models import fit, fit_replicas

from .nets import compiled, dense_net, table

X, Y = table()
WRONG = X.copy()
WRONG[3, 1], WRONG[5, 2] = np.nan, np.inf
MISLABELED = Y.copy()
MISLABELED[[7, 9]] = 3, 4


def net_that_imputes() -> keras.Model:
    inputs = keras.Input((6,))
    clean = keras.layers.Lambda(lambda x: keras.ops.nan_to_num(x, posinf=0.0))(inputs)
    return compiled(keras.Model(inputs, keras.layers.Dense(3, "softmax")(clean)))


def net_of_two_outputs() -> keras.Model:
    inputs = keras.Input((6,))
    outputs = [keras.layers.Dense(n, "softmax", name=f"of_{n}")(inputs) for n in (3, 2)]
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    losses = {"of_3": "sparse_categorical_crossentropy", "of_2": ignoring}
    return compiled(keras.Model(inputs, outputs), loss=losses, metrics=None)


def train(net: keras.Model, *data: Any, **arguments: Any) -> None:
    before = net.get_weights()
    try:
        fit(net, **dict(zip("xy", data, strict=True)), **arguments)
    except ValueError:
        for old, new in zip(before, net.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
        raise


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        ((X, MISLABELED), {}, "y has labels 3, 4 in rows 7, 9, but the model has 3 outputs"),
        ((X, -Y), {}, "y has labels -2, -1 in rows"),
        ((X, Y), {"validation_data": (X, MISLABELED)}, "validation_data y has labels 3, 4"),
        ((WRONG, Y), {}, "x is NaN or infinite in rows 3, 5, columns 1, 2, and"),
        ((X, Y), {"validation_data": (WRONG, Y)}, "validation_data x is NaN"),
        ((pd.DataFrame(WRONG, columns=list("abcdef")), Y), {}, "rows 3, 5, columns 'b', 'c'"),
        ((X, Y.astype(str)), {}, "y holds no numbers but '1', '"),
        ((pd.DataFrame({"a": [1.0], "b": ["t"]}), Y[:1]), {}, "columns that hold no numbers, 'b'"),
        ((X, Y), {"validation_data": X}, "validation_data has inputs only"),
    ],
)
def test_nonsense_is_refused_by_row_and_column(data: Any, arguments: Any, message: str) -> None:
    message = message.replace("'1'", repr(str(Y[0])))
    with pytest.raises(ValueError, match=re.escape(message)):
        train(dense_net(), *data, **arguments)


@pytest.mark.parametrize(("x", "y", "word"), [(WRONG, Y, "rows 3, 5"), (X, MISLABELED, "7, 9")])
def test_replicas_refuse_the_same(x: np.ndarray, y: np.ndarray, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        fit_replicas(dense_net, x, y, seeds=[0, 1], epochs=1)


def test_inputs_are_looked_at_before_stock_fit_trains_too() -> None:
    with pytest.raises(ValueError, match="rows 3, 5"):
        train(dense_net(run_eagerly=True), WRONG, Y)


def test_a_model_that_makes_finite_outputs_of_them_trains() -> None:
    history = fit(net_that_imputes(), WRONG, Y, epochs=1).history
    assert np.isfinite(history["loss"]).all()


def test_each_output_has_its_own_labels_and_the_one_to_ignore() -> None:
    with pytest.raises(ValueError, match=r"y\['of_2'\] has labels 2 in rows"):
        train(net_of_two_outputs(), X, {"of_3": Y, "of_2": Y})
    with pytest.raises(ValueError, match=r"y\[1\] has labels 2 in rows"):
        train(net_of_two_outputs(), X, [Y, Y])
    train(net_of_two_outputs(), X, {"of_3": Y, "of_2": Y % 2 * 2 - 1})


def test_labels_in_a_loss_of_ones_own_are_not_left_to_xla() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    with pytest.raises(Exception, match="outside the valid range"):
        fit(dense_net(loss=loss, metrics=None), X, MISLABELED, epochs=5000)
