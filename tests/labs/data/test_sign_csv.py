from __future__ import annotations

import gzip
import tracemalloc
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
        ("pixel1", "inf"), ("pixel1", "7\0"), ("pixel1", "1_0"), ("pixel1", "٣"),
        ("pixel1", '"7"'), ("pixel1", "7\r8"), ("label", "nan"), ("label", "-1"),
        ("label", "A"), ("label", "256"),
    ],
)  # fmt: skip
def test_value_that_is_no_grey_level_is_named(tmp_path: Path, column: str, value: str) -> None:
    message = refusal_of(tmp_path, changed(31, column, value))
    assert f"has {value!r} in row 31, column {column}, expected a whole number" in message


def test_bad_value_is_found_far_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labs.data.sign_csv.BLOCK_ROWS", 10)
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
    assert "has 784 values in row 7, expected 785" in refusal_of(tmp_path, rows)
    rows = table(0)
    rows[7].append("0")
    assert "has 786 values in row 7, expected 785" in refusal_of(tmp_path, rows)
    rows = [HEADER, *([*row, "0"] for row in table(0)[1:])]
    assert "has 786 values in row 1, expected 785" in refusal_of(tmp_path, rows)
    rows = table(0)
    rows[7:7] = [[""]]
    assert "has 1 values in row 7, expected 785" in refusal_of(tmp_path, rows)


def test_empty_lines_at_the_end_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_bytes(to_text(table(0)) + b"\r\n\n  \n")
    assert len(read_sign_csv(path)[0]) == 48


BOMBS = {
    "rows": (",".join(HEADER).encode() + b"\n", (b"1," * 784 + b"1\n") * 100, "more than 300,000 "),
    "zeros": (b"", b"\0" * 100_000, "longer lines than such a table"),
    "fields": (b"", b"0," * 100_000, "longer lines than such a table"),
    "empty lines": (",".join(HEADER).encode(), b"\n" * 100_000, "has no row of label 0"),
    "quotes": (b'"', b"a,\n" * 30_000, "2 columns with"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bomb_is_refused_without_being_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("labs.data.sign_csv.LARGEST", 300_000)
    head, unit, problem = BOMBS[kind]
    path = tmp_path / "signs.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(head)
        for _ in range(640):
            file.write(unit)
    tracemalloc.start()
    try:
        assert problem in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_quoted_file_is_refused_briefly(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_bytes(b'"' + b"a" * 10_000 + b'"\n')
    assert len(refusal(path)) < 300 + len(str(path))
    path.write_bytes(to_text(changed(31, "pixel17", "7" * 5_000)))
    assert len(refusal(path)) < 300 + len(str(path))


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
    assert "0 columns with nothing in place 1" in refusal(plain)
    plain.write_bytes(whole)
    refusal(plain)
    assert "cannot be read" in refusal(tmp_path / "nothing.csv")
    assert "cannot be read" in refusal(tmp_path)
