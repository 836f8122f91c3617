from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labs.data.table import load_table
from labs.data.table_columns import as_texts
from labs.data.table_files import read_table
from labs.errors import InputError

ROWS = 40


def good(rows: int = ROWS) -> pd.DataFrame:
    """Two columns of numbers and one of categories; the target follows none of them alone."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.normal(50, 10, rows).round(1),
            "dose": rng.normal(size=rows).round(3),
            "city": rng.choice(["Seoul", "Busan", "Jeju"], rows),
            "outcome": np.resize(["no", "yes"], rows),
        }
    )


def text(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def with_column(name: str, values: Any) -> bytes:
    return text(good().assign(**{name: values}))


MIXED = [*map(str, range(ROWS - 1)), "about 7"]
BAD: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "no target": (text(good().drop(columns="outcome")), "--target must name a column of"),
    "one class": (with_column("outcome", "no"), "is 'no' in every row"),
    "three rows": (text(good(3)), "has 3 rows with a value of 'outcome', expected 20 or more"),
    "target without values": (with_column("outcome", None), "has 0 rows with a value of 'outcome'"),
    "constant column": (with_column("x", 7), "'x' is '7' in every row.*--drop x"),
    "column without values": (with_column("x", None), "'x' has no value.*--drop x"),
    "identifiers": (
        with_column("x", [f"patient {n}" for n in range(ROWS)]),
        "'x' has 32 different texts in 32 rows.*--drop x",
    ),
    "10,000 categories": (
        lambda: text(good(20_000).assign(x=[f"c{n % 10_000}" for n in range(20_000)])),
        r"'x' has \d,\d+ different texts in 16,000 rows.*--drop x",
    ),
    "two bad columns": (
        text(good().assign(x=7, **{"a b": None})),
        "from 2 of 5 columns.*--drop x 'a b'",
    ),
    "numbers and texts": (with_column("x", MIXED), "'x' mixes .* numbers with texts such as"),
    "decimal commas": (with_column("x", ["1,5", "2,5"] * 20), "writes decimals with a comma, "),
    "infinite value": (with_column("age", [*range(39), "inf"]), "'age' has an infinite value"),
    "numbers and texts in the target": (with_column("outcome", MIXED), "'outcome' mixes numbers"),
    "as many classes as rows": (
        with_column("outcome", [f"a{n}" for n in range(ROWS)]),
        "has 40 classes in 40 rows",
    ),
    "a class of one row": (
        with_column("outcome", ["yes"] + ["no"] * 39),
        "Class 1 has 1 rows, but 2 are needed",
    ),
    "class name of a page": (with_column("outcome", ["a" * 50, "b"] * 20), "at most 40"),
    "wrong encoding": (with_column("x", ["é", "a"] * 20).decode().encode("cp1252"), "UTF-8"),
    "UTF-16": (text(good()).decode().encode("utf-16"), "is not text in UTF-8"),
    "duplicate headers": (text(good()).replace(b"dose", b"age"), "'age' stands 2 times"),
    "column without a name": (text(good()).replace(b"dose", b""), "one has no name"),
    "a million columns": (b",".join(b"x%d" % n for n in range(10**6)), "columns or more, expected"),
    "3,000 columns": (b",".join(b"x%d" % n for n in range(3000)), "has 3,000 columns, expected"),
    "only the target": (b"outcome,x\n" + b"yes,\nno,\n" * 20, "'x' has no value"),
    "one column": (b"outcome\nyes\nno\n", "has 1 column, expected a target"),
    "a row too long": (text(good()) + b"1,2,Jeju,no,no\n", "5 fields in line 42, expected 4"),
    "a row cut short": (text(good())[:-9], "fields in line 41, expected 4"),
    "a quote never closed": (text(good()) + b'1,2,"Jeju,no\n', "unexpected end of data"),
    "a field of a novel": (with_column("x", "a" * 20_000), "larger than field limit"),
    "empty": (b"", "has no column"),
    "header only": (b"age,outcome\n", "has no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text in UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_refused_in_one_line_that_says_why(tmp_path: Path, name: str) -> None:
    content, expected = BAD[name]
    path = tmp_path / "my.csv"
    path.write_bytes(content if isinstance(content, bytes) else content())
    with pytest.raises(InputError, match=expected) as refused:
        load_table(path, "outcome")
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 600


def write(folder: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(folder / "my.csv", index=False)
    return folder / "my.csv"


def test_the_same_table_is_read_from_every_kind_of_file(tmp_path: Path) -> None:
    gaps = pd.Series([np.nan, 0, 1, 2] * 10)
    frame = good().assign(count=gaps, yes=[True, False] * 20)
    path = write(tmp_path, frame)
    frame.to_csv(tmp_path / "my.tsv", sep="\t", index=False)
    frame.to_csv(tmp_path / "semicolons.csv", sep=";", index=False, encoding="utf-8-sig")
    frame.to_parquet(tmp_path / "my.parquet", index=False)
    first, *others = (
        load_table(tmp_path / name, "outcome", categories=["count"])
        for name in ("my.csv", "my.tsv", "semicolons.csv", "my.parquet")
    )
    assert path.exists()
    assert first.frame.dtypes.map(str).to_list() == ["float64", "float64", "str", "str", "str"]
    assert first.frame["count"].to_list()[:3] == ["", "0", "1"]
    for other in others:
        pd.testing.assert_frame_equal(other.frame, first.frame)
        assert (other.y == first.y).all()


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["no", "yes"], ("no", "yes")),
        ([True, False], ("False", "True")),
        ([2, 10], ("2", "10")),
        (list(range(40)), ()),
        ([0.5, 1.5], ()),
    ],
)
def test_a_target_of_classes_or_numbers_is_recognized(
    tmp_path: Path, values: list[Any], names: tuple[str, ...]
) -> None:
    frame = good().assign(outcome=np.resize(np.array(values, object), ROWS))
    table = load_table(write(tmp_path, frame), "outcome")
    assert table.class_names == names
    truth = frame["outcome"] if not names else [names.index(str(v)) for v in frame["outcome"]]
    assert table.y.tolist() == list(truth)


def test_test_rows_keep_classes_in_proportion(tmp_path: Path) -> None:
    frame = good(100).assign(outcome=["rare"] * 10 + ["often"] * 90)
    table = load_table(write(tmp_path, frame), "outcome")
    assert np.bincount(table.y[table.test]).tolist() == [18, 2]
    assert sorted([*table.search, *table.test]) == list(range(100))


def test_a_group_is_on_one_side_and_its_column_is_not_learned_from(tmp_path: Path) -> None:
    frame = good().assign(patient=np.repeat(np.arange(20), 2), outcome=np.arange(ROWS) / 7)
    table = load_table(write(tmp_path, frame), "outcome", group="patient")
    assert table.groups is not None
    assert not set(table.groups[table.search]) & set(table.groups[table.test])
    assert "patient" not in table.frame


def test_the_test_rows_decide_nothing(tmp_path: Path) -> None:
    frame = good(100)
    table = load_table(write(tmp_path, frame), "outcome")
    changed = frame.copy()
    changed.loc[table.test, "city"] = [f"unseen {n}" for n in table.test]
    changed.loc[table.test, ["age", "dose"]] = 1e6
    again = load_table(write(tmp_path, changed), "outcome")
    assert again.describe_columns() == table.describe_columns()
    assert again.remarks == table.remarks
    np.testing.assert_array_equal(again.search, table.search)
    changed["flag"] = np.isin(np.arange(100), table.test).astype(int)
    with pytest.raises(InputError, match="'flag' is '0' in every row"):
        load_table(write(tmp_path, changed), "outcome")


def test_identifiers_and_the_target_in_other_words_are_pointed_out(tmp_path: Path) -> None:
    frame = good().assign(number=range(ROWS), fate=["dead", "alive"] * 20)
    remarks = load_table(write(tmp_path, frame), "outcome").remarks
    assert [remark.split(":")[0] for remark in remarks] == [
        "Column 'number' looks like an identifier",
        "Column 'fate' alone tells the target (balanced accuracy 1.000 on rows held out)",
    ]
    frame = good(200).assign(outcome=np.arange(200) / 7, copy=np.arange(200) / 3.5)
    (remark,) = load_table(write(tmp_path, frame), "outcome").remarks
    assert remark.startswith("Column 'copy' alone tells the target (R²")
    assert load_table(write(tmp_path, good()), "outcome").remarks == ()


def test_rows_without_a_target_are_left_out(tmp_path: Path) -> None:
    frame = good()
    frame.loc[:2, "outcome"] = None
    table = load_table(write(tmp_path, frame), "outcome")
    assert len(table.y) == ROWS - 3
    assert table.remarks == ("3 rows without a value of 'outcome' are left out.",)


def test_texts_do_not_depend_on_how_numbers_are_stored() -> None:
    stored: list[Any] = [[1, 2], [1.0, 2.0], ["1", "2"], [" 1", "2 "]]
    assert {tuple(as_texts(pd.Series(values))) for values in stored} == {("1", "2")}
    assert as_texts(pd.Series([0.5, None])).tolist() == ["0.5", ""]


def test_a_parquet_file_is_not_taken_on_trust(tmp_path: Path) -> None:
    path = tmp_path / "my.parquet"
    pd.DataFrame({"a": [[1], [2]], "b": [1, 2]}).to_parquet(path)
    with pytest.raises(InputError, match="'a' of lists or structures"):
        read_table(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_table(path)
