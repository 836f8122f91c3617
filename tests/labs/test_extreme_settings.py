"""Settings at both ends of what `--help` allows, one step beyond, and of no use anywhere."""

from __future__ import annotations

import importlib
import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from labs.errors import InputError
from labs.running.bounds import bounds_of
from labs.running.catalog import find_labs
from labs.running.config import LabConfig, hints_of
from tuning.config import Config as SearchConfig
from tuning.tables.config import TableConfig

LABS = find_labs()
CHEAP = sorted(name for name, lab in LABS.items() if lab.time == "seconds")
SEARCHES: dict[str, type[LabConfig]] = {"tuning": SearchConfig, "table": TableConfig}
NOWHERE = (math.nan, math.inf, -math.inf, -(10**10), 10**10, 10**400, "", "x", None, ())
ODD_ONLY = {("optimizers", "rates")}
NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)"
LIMITS: dict[str, Callable[[float, float], bool]] = {
    f"{NUMBER} or more": operator.ge,
    f"above {NUMBER}": operator.gt,
    f"at most {NUMBER}": operator.le,
    f"below {NUMBER}": operator.lt,
    f"{NUMBER} to ": operator.ge,
    f" to {NUMBER}": operator.le,
}
"""What `--help` says of a number, or each number of a tuple, and what it means."""


def config_of(name: str) -> type[LabConfig]:
    config = SEARCHES.get(name) or importlib.import_module(f"labs.{name}").Config
    assert issubclass(config, LabConfig)
    return config


def numbers_of(config: type[LabConfig]) -> Iterator[tuple[str, type, list[tuple[Any, float]]]]:
    """Give each setting of a lab's own that is a number: name, type, comparisons with limits."""
    for name, hint in hints_of(config).items():
        words = [bound.words for bound in bounds_of(hint)]
        if get_origin(plain(hint)) is tuple:
            words = [word.removesuffix(" each") for word in words if word.endswith(" each")]
        kind: Any = plain(hint, whole=True)
        if name not in hints_of(LabConfig) and kind in (int, float):
            found = [
                (compare, float(match.replace(",", "")))
                for word in words
                for pattern, compare in LIMITS.items()
                for match in re.findall(pattern, word)
            ]
            yield name, kind, found


def plain(hint: Any, whole: bool = False) -> Any:
    """The type without its bounds, and without "auto"; on demand that of a tuple's elements."""
    while get_origin(hint) is not None and (whole or get_origin(hint) is not tuple):
        hint = get_args(hint)[0]
    return hint


def near(limits: list[tuple[Any, float]], kind: type) -> tuple[list[Any], list[Any]]:
    """The limits and their neighbors: those that are allowed, and those that are not."""
    steps = (lambda n, to: int(n + math.copysign(1, to)), math.nextafter)[kind is float]
    around = {
        value
        for _, limit in limits
        for value in (kind(limit), steps(limit, -math.inf), steps(limit, math.inf))
    }
    inside = {v for v in around if all(compare(v, limit) for compare, limit in limits)}
    return sorted(inside), sorted(around - inside)


def with_number(config: type[LabConfig], name: str, value: Any) -> LabConfig:
    """Settings with a number changed, in a tuple that of the default that is nearest."""
    default = getattr(config(), name)
    if isinstance(default, tuple):
        grows = list(default) == sorted(set(default))
        place = min(range(len(default)), key=lambda n: abs(default[n] - value))
        value = (*default[:place], value, *default[place + 1 :])
        value = tuple(sorted(value)) if grows else value
    return config(**{name: value})


def refused(make: Callable[[], Any]) -> bool:
    """Whether settings are refused in one line."""
    try:
        make()
    except InputError as error:
        return len(str(error).splitlines()) == 1
    return False


@pytest.mark.parametrize("name", [*LABS, *SEARCHES])
def test_settings_are_refused_just_where_help_says(name: str) -> None:
    config: Any = config_of(name)
    for setting, kind, limits in numbers_of(config):
        inside, outside = near(limits, kind)
        for value in outside:
            assert refused(partial(with_number, config, setting, value)), (setting, value)
        for value in NOWHERE:
            is_number = kind is float and value in (-(10**10), 10**10)
            if not is_number or any(not compare(value, limit) for compare, limit in limits):
                given = (value,) if isinstance(getattr(config(), setting), tuple) else value
                assert refused(partial(config, **{setting: given})), (setting, value)
        for value in inside:
            is_odd = (name, setting) in ODD_ONLY and value % 2 == 0
            assert refused(partial(with_number, config, setting, value)) == is_odd, (setting, value)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEAP)
@pytest.mark.parametrize("end", ["low", "high"])
def test_labs_run_or_refuse_at_both_ends(name: str, end: str, tmp_path: Path) -> None:
    config: Any = config_of(name)
    values: dict[str, Any] = {}
    for setting, kind, limits in numbers_of(config):
        inside, _ = near(limits, kind)
        if end == "low" or kind is float:  # A whole number at its high end takes hours.
            value = inside[0 if end == "low" else -1]
            values[setting] = getattr(with_number(config, setting, value), setting)
    if not values:
        pytest.skip("no such setting")
    run = importlib.import_module(f"labs.{name}").run
    refused(partial(run, quick=True, quiet=True, output_dir=tmp_path, **values))
