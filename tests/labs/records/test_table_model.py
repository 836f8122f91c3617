from __future__ import annotations

from io import StringIO
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import models
from labs import records
from labs.data import Dataset, Part
from labs.errors import InputError
from labs.predict import parse, predict
from tests.labs.test_predict import Config

FRAME = pd.DataFrame({"age": [10.0, 20.0, np.nan, 40.0], "km/h": ["a", "b", "", "a"]})


def leave_run(folder: Path, units: int, *class_names: str) -> Path:
    """A run directory with a net whose outputs are sums of its encoded inputs."""
    encoder = models.build_table_encoder(FRAME)
    activation = "softmax" if units > 1 else None
    net = keras.Sequential([keras.layers.Dense(units, activation, kernel_initializer="ones")])
    record = records.RunRecord("tuning-my", Config(folder), "")
    nothing = Part(np.zeros((0, 1)), np.zeros(0, int))
    record.use_dataset(Dataset("my", nothing, nothing, class_names, "here"))
    record.save_model("best", models.join_encoder(encoder, net))
    return record.directory


def answers(run: Path, table: str, name: str = "new.csv") -> pd.DataFrame:
    path = run / name
    path.write_text(table, encoding="utf-8")
    console = Console(file=StringIO(), width=40)
    predict(parse([str(run), str(path)]), console)
    console.file.seek(0)
    return pd.read_csv(console.file)


def test_numbers_are_answered_for_each_row(tmp_path: Path) -> None:
    run = leave_run(tmp_path, 1)
    # The number, or the median 20 and a mark; and one for whatever category it is.
    found = answers(run, "km/h,age\na,1\nnew,\n,3.5\n")
    assert found.to_dict("list") == {"prediction": [2, 22, 4.5]}


def test_classes_are_answered_with_probabilities(tmp_path: Path) -> None:
    found = answers(leave_run(tmp_path, 2, "no", "yes"), "km/h\tage\na\t1\n", "new.tsv")
    assert list(found.columns) == ["prediction", "probability_no", "probability_yes"]
    assert found.iloc[0].to_list() == ["no", 0.5, 0.5]


def test_columns_that_the_net_does_not_take_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(leave_run(tmp_path, 1), "km/h,age,id\na,1,7\n")
    assert "that the net does not take: 'id'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("age,b\n1,2\n", "new.csv lacks 'km/h', expected the columns"),
        ("km/h,age\na,1\na,old\n", "has 'old' in row 2 of 'age', expected a number"),
        ("km/h,age\na,inf\n", "has 'inf' in row 1 of 'age'"),
        ("km/h,age\n", "has no rows"),
    ],
)
def test_a_table_of_other_columns_is_refused(tmp_path: Path, table: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        answers(leave_run(tmp_path, 1), table)


def test_a_net_of_pictures_is_refused(tmp_path: Path) -> None:
    net = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
    net.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match="does not take the columns of a table by name"):
        records.load_table_model(records.SavedModel(tmp_path / "model.keras"))


def test_a_table_is_read_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="A table is read alone"):
        predict(parse([str(leave_run(tmp_path, 1)), "new.csv", "my.png"]), Console())
