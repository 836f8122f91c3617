"""How values are shown."""

import pytest

from labs.pages.markdown import claim_row, tabulate
from labs.pages.values import column_names, is_number, show


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (None, "", "–"),
        (True, "", "yes"),
        (0.123456, "", "0.1235"),
        (0.123456, ".2f", "0.12"),
        (12345, "", "12345"),
        (12345, ".2f", "12345"),
        (12345, ",", "12,345"),
        ([0.5, 0.25], ".2f", "0.50 to 0.25"),
        ([1, 2, 3], "", "1, 2, 3"),
        ("two\nlines", "", "two lines"),
    ],
)
def test_values_are_rounded_where_they_are_shown(value, spec, text):
    assert show(value, spec) == text


def test_columns_are_those_of_all_rows():
    assert column_names([{"a": 1}, {"b": 2, "a": 3}]) == ["a", "b"]


def test_numbers_and_intervals_are_told_from_words():
    assert all(map(is_number, [1, 0.5, [0.1, 0.2]]))
    assert not any(map(is_number, [True, "1", None, [1, "a"], [1, 2, 3]]))


def test_a_markdown_table_keeps_bars_and_formats():
    text = tabulate(["a", "b"], [{"a": "x|y", "b": 0.5}, {"a": None}], {"b": ".3f"})
    assert text == "| a | b |\n| --- | --- |\n| x\\|y | 0.500 |\n| – | – |"


def test_a_claims_number_is_shown_with_its_interval():
    claim = {"id": "A-x", "statement": "s", "published": None, "interval": [0.4, 0.6]}
    assert claim_row({**claim, "measured": 0.5})["measured"] == "0.5 (0.4 to 0.6)"
    assert claim_row({**claim, "measured": "half"})["measured"] == "half"
