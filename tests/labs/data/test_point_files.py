"""A CSV file of points is read, or refused in one line that says what to do."""

from __future__ import annotations

import numpy as np
import pytest

from labs.data.point_files import read_points
from labs.data.table_files import LARGEST
from labs.errors import InputError

ROWS = [f"{row},{row**2},{'ab'[row % 2]}" for row in range(30)]


def write(folder, header="x,y,kind", rows=ROWS, encoding="utf-8"):
    path = folder / "points.csv"
    path.write_text("\n".join([header, *rows]), encoding=encoding)
    return path


def test_columns_and_classes_have_the_files_names(tmp_path):
    path = write(tmp_path, '나이,"혈당, 공복",진단', [row.replace("b", " 당뇨 ") for row in ROWS])
    found = read_points(path, classes=True)
    assert found.names == ("나이", "혈당, 공복", "진단")
    assert found.class_names == ("a", "당뇨")
    np.testing.assert_array_equal(found.points[3], [3, 9])
    np.testing.assert_array_equal(found.target[:4], [0, 1, 0, 1])


def test_a_target_of_numbers_is_kept_as_it_is(tmp_path):
    found = read_points(
        write(tmp_path, rows=[f"{r},{-r},{r / 4}" for r in range(30)]), classes=False
    )
    assert found.class_names is None
    assert found.target[3] == 0.75


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"rows": ROWS[:19]}, "19 rows, expected"),
        ({"header": "x,y"}, "has 2 fields in line 2|has 3 fields in line 2|2 columns"),
        ({"header": "x,y,z,kind"}, "has 3 fields in line 2, expected 4"),
        ({"header": f"x,{'y' * 41},kind"}, "expected names"),
        ({"header": "x" * 2**21}, "columns or more, expected at most"),
        ({"rows": [*ROWS, "1,ten,a"]}, "'ten' in row 31, column y, expected a number"),
        ({"rows": [*ROWS, "1,,a"]}, "nan in row 31"),
        ({"rows": [*ROWS, "inf,1,a"]}, "'inf' in row 31"),
        ({"rows": ["1," + row.partition(",")[2] for row in ROWS]}, "1 in all rows of column x"),
        ({"rows": [row[:-1] + "a" for row in ROWS]}, "1 classes"),
        ({"rows": [*ROWS, "1,2,c"]}, "3 classes, .*'c': 1"),
        ({"rows": [row[:-1] + f"{n % 10}" for n, row in enumerate(ROWS * 2)]}, "10 classes"),
        ({"rows": [*ROWS, "1,2,a,4"]}, "has 4 fields in line 32"),
        ({"encoding": "utf-16"}, "is not text in UTF-8"),
    ],
)
def test_a_table_that_is_none_of_points_is_refused(tmp_path, table, said):
    with pytest.raises(InputError, match=said):
        read_points(write(tmp_path, **table), classes=True)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_points(tmp_path / "none.csv", classes=True)
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="expected at most"):
        read_points(tmp_path / "large.csv", classes=True)
