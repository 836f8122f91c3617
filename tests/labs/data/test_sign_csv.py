from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from labs.data.sign_csv import LETTERS, read_sign_csv
from labs.errors import InputError

from .sign_files import HEADER, RAW_LABELS, Table, table, to_text


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_sign_csv(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def refusal_of(folder: Path, rows: Table) -> str:
    path = folder / "signs.csv"
    path.write_bytes(to_text(rows))
    return refusal(path)


def changed(row: int, column: str, value: str) -> Table:
    rows = table(0)
    rows[row][HEADER.index(column)] = value
    return rows


@pytest.mark.parametrize("zipped", [False, True])
def test_images_and_letters_are_read_row_by_row(tmp_path: Path, zipped: bool) -> None:
    rows = table(0)
    path = tmp_path / ("signs.csv.gz" if zipped else "signs.csv")
    path.write_bytes(gzip.compress(to_text(rows)) if zipped else to_text(rows))
    x, y = read_sign_csv(path)
    assert x.dtype == np.uint8
    assert x.shape == (48, 28, 28)
    assert x[5].ravel().tolist() == [int(value) for value in rows[6][1:]]
    assert y.dtype == np.int64
    assert y.tolist() == [*range(24), *range(24)]


def test_labels_are_places_in_the_alphabet() -> None:
    assert [ord(letter) - ord("A") for letter in LETTERS] == RAW_LABELS
    assert "".join(LETTERS) == "ABCDEFGHIKLMNOPQRSTUVWXY"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pixel17", "256"), ("pixel17", "-1"), ("pixel17", "3.5"), ("pixel17", "nan"),
        ("pixel17", ""), ("pixel17", "dark"), ("pixel784", "99999999999999999999999"),
        ("pixel1", "inf"), ("label", "nan"), ("label", "-1"), ("label", "A"), ("label", "256"),
    ],
)  # fmt: skip
def test_value_that_is_no_grey_level_is_named(tmp_path: Path, column: str, value: str) -> None:
    message = refusal_of(tmp_path, changed(31, column, value))
    assert f"has {value!r} in row 31, column {column}, expected a whole number" in message


def test_bad_value_is_found_far_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labs.data.sign_csv.CHUNK_ROWS", 10)
    assert "has '300' in row 31, column pixel2" in refusal_of(
        tmp_path, changed(31, "pixel2", "300")
    )


@pytest.mark.parametrize("label", ["9", "25", "26", "255"])
def test_label_without_a_letter_is_named(tmp_path: Path, label: str) -> None:
    message = refusal_of(tmp_path, changed(12, "label", label))
    assert f"has the label {label} in row 12, expected 0 to 24 without 9" in message


def test_missing_letter_is_named(tmp_path: Path) -> None:
    rows = [row for row in table(0) if row[0] != "10"]
    assert "has no row of label 10" in refusal_of(tmp_path, rows)
    assert "has no row of label 0" in refusal_of(tmp_path, [HEADER])


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    renamed = table(0)
    renamed[0] = ["letter", *HEADER[1:]]
    assert "785 columns with 'letter' in place 1" in refusal_of(tmp_path, renamed)
    swapped = table(0)
    swapped[0] = [*HEADER[:2], HEADER[3], HEADER[2], *HEADER[4:]]
    assert "785 columns with 'pixel3' in place 3" in refusal_of(tmp_path, swapped)
    fewer = [row[:-1] for row in table(0)]
    assert "784 columns with nothing in place 785" in refusal_of(tmp_path, fewer)
    more = [[*row, str(number)] for number, row in enumerate(table(0))]
    assert "786 columns with '0' in place 786" in refusal_of(tmp_path, more)
    assert "785 columns with '0' in place 1" in refusal_of(tmp_path, table(0)[1:])


def test_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    rows = table(0)
    rows[7] = rows[7][:-1]
    assert "in row 7, column pixel784" in refusal_of(tmp_path, rows)
    rows = table(0)
    rows[7].append("0")
    assert "no table of 785 columns" in refusal_of(tmp_path, rows)
    rows = [HEADER, *([*row, "0"] for row in table(0)[1:])]
    assert "no table of 785 columns" in refusal_of(tmp_path, rows)


def test_file_cut_short_or_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv.gz"
    whole = gzip.compress(to_text(table(0)))
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    for content in (whole[: len(whole) // 2], whole[:-4], whole[:5], bytes(damaged)):
        path.write_bytes(content)
        assert "it may be cut short: fetch it again" in refusal(path)
    path.write_bytes(to_text(table(0)))
    assert "Not a gzipped file" in refusal(path)
    plain = tmp_path / "signs.csv"
    plain.write_bytes(b"")
    assert "cannot be read" in refusal(plain)
    plain.write_bytes(whole)
    refusal(plain)
    assert "cannot be read" in refusal(tmp_path / "nothing.csv")
    assert "cannot be read" in refusal(tmp_path)
