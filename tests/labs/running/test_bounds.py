"""Bounds of settings, in their types."""

import math
from typing import Annotated, Literal

import pytest

from labs.running.bounds import (
    Above,
    AtLeast,
    AtMost,
    Below,
    Each,
    Such,
    Within,
    allows,
    bounds_of,
    describe,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("bound", "allowed", "refused", "words"),
    [
        (AtLeast(3), [3, 4], [2, NAN], "3 or more"),
        (Above(0), [0.1], [0, -1, NAN], "above 0"),
        (AtMost(10), [10, -1], [10.1, NAN], "at most 10"),
        (Below(2, because="else it diverges"), [1.9], [2, NAN], "below 2: else it diverges"),
        (Within(0.05, 0.5), [0.05, 0.5], [0.04, 0.51, NAN], "0.05 to 0.5"),
        (Within(0, 4294967295), [0], [-1], "0 to 4,294,967,295"),
        (Each(AtLeast(1)), [(), (1, 2)], [(1, 0)], "1 or more each"),
        (Such(lambda n: n % 2 == 1, "an odd number"), [1], [2], "an odd number"),
    ],
)
def test_a_bound_allows_and_says_what(bound, allowed, refused, words):
    assert all(bound.allows(value) for value in allowed)
    assert not any(bound.allows(value) for value in refused)
    assert str(bound) == words


def test_bounds_are_found_in_a_type_in_their_order():
    low, high, each = AtLeast(0), Below(1), Each(AtLeast(1))
    assert bounds_of(Annotated[float, low, high]) == [low, high]
    assert describe(bounds_of(Annotated[float, low, high])) == "0 or more, below 1"
    assert bounds_of(Annotated[int, low] | Literal["all"]) == [low]
    assert bounds_of(Annotated[Annotated[int, low] | Literal["all"], "note"]) == [low]
    assert bounds_of(Annotated[tuple[int, ...], each]) == [each]
    assert bounds_of(int) == []


@pytest.mark.parametrize(
    ("hint", "right", "wrong"),
    [
        (int, [1], [1.5, True, "1"]),
        (float, [1, 1.5], [True, "1", math.inf, -math.inf, math.nan]),
        (tuple[float, ...], [(1.5,)], [(1.5, math.nan)]),
        (bool, [True], [1]),
        (str | None, ["a", None], [1]),
        (tuple[int, ...], [(), (1, 2)], [[1], (1.5,)]),
        (Literal["a", "b"], ["a"], ["c"]),
        (Annotated[int, AtLeast(1)] | Literal["all"], [1, "all"], ["some", 1.5, 0]),
        (Annotated[Annotated[int, AtLeast(1)] | Literal["all"], "note"], [1, "all"], [0]),
        (Annotated[str, Such(lambda name: name in "ab", "a or b")], ["a"], ["c", 1]),
    ],
)
def test_values_from_python_code_must_be_of_the_settings_type_and_bounds(hint, right, wrong):
    assert all(allows(hint, value) for value in right)
    assert not any(allows(hint, value) for value in wrong)
