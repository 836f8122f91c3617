from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes as load_table

from labs.data.diabetes import load_diabetes
from labs.data.fingerprint import fingerprint


def test_rows_and_classes_are_the_lectures() -> None:
    data = load_diabetes()
    assert (len(data.train), len(data.test)) == (265, 177)
    # The majority rate that the lecture prints after 5 epochs: .5094 = 135 of 265.
    assert np.bincount(data.train.y).tolist() == [130, 135]
    assert np.bincount(data.test.y).tolist() == [89, 88]
    assert data.train.y.dtype == data.test.y.dtype == np.int64


def test_every_patient_is_there_once_with_the_right_label() -> None:
    table = load_table()
    label_of = {
        row.tobytes(): int(score >= 140)
        for row, score in zip(table.data, table.target, strict=True)
    }
    data = load_diabetes()
    x = np.concatenate([data.train.x, data.test.x])
    y = np.concatenate([data.train.y, data.test.y])
    assert len({row.tobytes() for row in x}) == 442
    assert [label_of[row.tobytes()] for row in x] == y.tolist()


def test_a_score_of_140_is_in_the_upper_class(monkeypatch: pytest.MonkeyPatch) -> None:
    table = load_table()
    table.target = np.where(np.arange(442) % 2 == 0, 140.0, 139.0)
    monkeypatch.setattr("sklearn.datasets.load_diabetes", lambda **_: table)
    data = load_diabetes()
    labels = np.concatenate([data.train.y, data.test.y])
    assert np.bincount(labels).tolist() == [221, 221]


def test_names_and_source_are_recorded() -> None:
    data = load_diabetes()
    assert data.name == "diabetes"
    assert data.class_names == ("below 140", "140 or more")
    assert data.feature_names[:4] == ("age", "sex", "bmi", "bp")
    assert len(data.feature_names) == data.train.x.shape[1] == 10
    arrays = data.train.x, data.train.y, data.test.x, data.test.y
    assert data.source.endswith(f"sha256 {fingerprint(*arrays)}")


def test_raw_units_are_the_same_rows_unscaled() -> None:
    raw, scaled = load_diabetes(scaled=False), load_diabetes()
    x, scaled_x = (np.concatenate([data.train.x, data.test.x]) for data in (raw, scaled))
    standardized = (x - x.mean(axis=0)) / x.std(axis=0) / np.sqrt(len(x))
    np.testing.assert_allclose(standardized, scaled_x, atol=1e-9)
    assert x[:, 0].min() == 19  # Years of age.
    np.testing.assert_array_equal(raw.train.y, scaled.train.y)
    assert raw.name == "diabetes, raw units"
    assert raw.known_problems == ()
