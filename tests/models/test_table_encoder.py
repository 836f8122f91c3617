from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.preprocessing import StandardScaler

import models

FRAME = pd.DataFrame(
    {
        "나이": [1.0, 4.0, np.nan, 3.0],
        "city": ["b", "a", "", "b"],
        "km/h": [5.0, 6.0, 7.0, 9.0],
    }
)
# Numbers, a mark for the gap, then: any other city, b (most frequent), none, a.
ENCODED = [
    [1, 5, 0, 0, 1, 0, 0],
    [4, 6, 0, 0, 0, 0, 1],
    [3, 7, 1, 0, 0, 1, 0],
    [3, 9, 0, 0, 1, 0, 0],
]


def encode(encoder: keras.Model, frame: pd.DataFrame) -> np.ndarray:
    encoded: np.ndarray = encoder.predict(models.table_inputs(encoder, frame), verbose=0)
    return encoded


def test_numbers_come_first_then_marks_of_gaps_then_categories() -> None:
    assert encode(models.build_table_encoder(FRAME), FRAME).tolist() == ENCODED


def test_what_was_never_seen_is_filled_by_what_was_learned() -> None:
    encoder = models.build_table_encoder(FRAME)
    new = pd.DataFrame({"km/h": [np.nan], "city": ["Paris"], "나이": [2.0]})
    assert encode(encoder, new).tolist() == [[2, 6.5, 0, 1, 0, 0, 0]]


def test_rare_categories_share_an_output() -> None:
    frame = pd.DataFrame({"x": [*"ab" * 3, *(f"rare {n}" for n in range(100))]})
    encoded = encode(models.build_table_encoder(frame), frame)
    assert encoded.shape == (106, 51)
    assert encoded.dtype == np.float32
    assert encoded[:, 0].sum() == 52  # The first 48 of the alphabet stand for themselves.


def test_only_numbers_are_standardized_by_the_rows_given() -> None:
    rows = np.array(ENCODED, np.float32)[:3]
    standardized = models.standardization(rows, 2)(rows)
    np.testing.assert_allclose(standardized[:, :2], StandardScaler().fit_transform(rows[:, :2]))
    np.testing.assert_array_equal(standardized[:, 2:], rows[:, 2:])
    constant = models.standardization(np.ones((3, 1)), 1)(np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(constant, [[0], [1]])


def test_a_joined_net_loads_with_plain_keras_and_takes_raw_columns(tmp_path: Path) -> None:
    encoder = models.build_table_encoder(FRAME.drop(columns="km/h"))
    scale = models.standardization(encode(encoder, FRAME), 1)
    net = keras.Sequential([scale, keras.layers.Dense(2, "softmax")])
    joined = models.join_encoder(encoder, net)
    joined.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rows = {
        "나이": np.array([[1], [4], [np.nan], [3]]),
        "city": tf.constant([["b"], ["a"], [""], ["b"]]),
    }
    np.testing.assert_array_equal(loaded.predict(rows, verbose=0), encode(joined, FRAME))
