"""Bounds of a setting, as part of its type: `seeds: Annotated[int, AtLeast(3)] = 20`.

They serve the check, its error message and `--help`. Several bounds hold together:
`Annotated[float, AtLeast(0), Below(1)]`. A bound may give its reason:
`Below(2, because="from 2 on descent diverges")`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args, get_origin

LARGEST = 2**32 - 1
"""NumPy's legacy generator, which scikit-learn seeds, takes 32 bits; and no array is as long."""


@dataclass(frozen=True, repr=False)
class Such:
    """A condition on a value, a number or a whole tuple; the words that name it; its reason."""

    allows: Callable[[Any], bool]
    words: str
    because: str = ""

    def __str__(self) -> str:
        return f"{self.words}: {self.because}" if self.because else self.words

    __repr__ = __str__


class AtLeast(Such):
    """`low` or more."""

    def __init__(self, low: float, because: str = "") -> None:
        super().__init__(lambda value: value >= low, f"{_number(low)} or more", because)


class Above(Such):
    """More than `low`."""

    def __init__(self, low: float, because: str = "") -> None:
        super().__init__(lambda value: value > low, f"above {_number(low)}", because)


class AtMost(Such):
    """`high` or less."""

    def __init__(self, high: float, because: str = "") -> None:
        super().__init__(lambda value: value <= high, f"at most {_number(high)}", because)


class Below(Such):
    """Less than `high`."""

    def __init__(self, high: float, because: str = "") -> None:
        super().__init__(lambda value: value < high, f"below {_number(high)}", because)


class Within(Such):
    """From `low` to `high`, both included."""

    def __init__(self, low: float, high: float, because: str = "") -> None:
        words = f"{_number(low)} to {_number(high)}"
        super().__init__(lambda value: low <= value <= high, words, because)


class Each(Such):
    """Every element of a tuple keeps to a bound."""

    def __init__(self, bound: Such, because: str = "") -> None:
        super().__init__(lambda value: all(map(bound.allows, value)), f"{bound} each", because)


class NotEmpty(Such):
    """A tuple of one element or more."""

    def __init__(self) -> None:
        super().__init__(bool, "one or more")


class Increasing(Such):
    """`least` numbers or more, each larger than the one before."""

    def __init__(self, least: int = 1, because: str = "") -> None:
        def grow(values: tuple[float, ...]) -> bool:
            return len(values) >= least and all(a < b for a, b in pairwise(values))

        super().__init__(grow, f"{least} or more that grow", because)


def bounds_of(hint: Any) -> list[Such]:
    """Return the bounds that a type carries, in their order."""
    return list(_bounds(hint))


def describe(bounds: list[Such]) -> str:
    """Return what the bounds allow, as in "above 0, at most 10"."""
    return ", ".join(map(str, bounds))


def allows(hint: Any, value: Any) -> bool:
    """Tell whether a value is of a type and within the bounds that the type carries.

    A float must be finite, a whole number at most `LARGEST`.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        bounds = [part for part in parts[1:] if isinstance(part, Such)]
        return allows(parts[0], value) and all(bound.allows(value) for bound in bounds)
    if origin is Literal:
        return value in parts
    if origin is tuple:
        return isinstance(value, tuple) and all(allows(parts[0], item) for item in value)
    if parts:  # A union.
        return any(allows(part, value) for part in parts)
    if hint in (int, float):
        is_float = hint is float and isinstance(value, float) and math.isfinite(value)
        largest = LARGEST if hint is int else sys.float_info.max
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_float or (is_whole and abs(value) <= largest)
    return isinstance(value, hint)


def _bounds(hint: Any) -> Iterator[Such]:
    if get_origin(hint) is Annotated:
        inner, *items = get_args(hint)
        yield from _bounds(inner)
        yield from (item for item in items if isinstance(item, Such))
    elif get_origin(hint) is not tuple:
        for one in get_args(hint):  # `Annotated[int, AtLeast(1)] | Literal["all"]`
            yield from _bounds(one)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
