from __future__ import annotations

import json
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from labs.records.strict_json import dump, load, to_plain


class Color(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = np.int64(1)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array([[1, 2]], dtype=np.uint8), [[1, 2]]),
        (np.array([0.5, np.nan]), [0.5, None]),
        (np.array(2.0), 2.0),
        (float("nan"), None),
        (float("-inf"), None),
        (np.float64("inf"), None),
        (True, True),
        (None, None),
        (Path("runs"), "runs"),
        (Color.RED, "red"),
        (Number.ONE, 1),
        ((1, (2.5, "x")), [1, [2.5, "x"]]),
        (MappingProxyType({1: (np.nan,)}), {"1": [None]}),
        ([], []),
    ],
)
def test_values_become_plain_types(value: Any, plain: Any) -> None:
    result = to_plain(value)
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, b"bytes", [np.complex128(1)]])
def test_other_types_are_refused_by_name(value: Any) -> None:
    with pytest.raises(TypeError, match=r"of type \w+; convert it"):
        to_plain(value)


def test_text_stays_readable_and_undecodable_names_stay_valid(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    dump({"lecture": "딥러닝 기초", "file": "caf\udce9"}, path)
    assert "딥러닝 기초" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_bytes()) == {"lecture": "딥러닝 기초", "file": "caf\udce9"}


@pytest.mark.parametrize("text", [b"[" * 200_000, b" " * (2**24 + 1), b"{", b"", b"\xff"])
def test_what_is_no_reasonable_json_is_a_value_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"."):
        load(tmp_path / "a.json")
