"""JSON that any reader accepts: no NaN, no NumPy types."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 2**24
"""Bytes of a file; those of the longest searches have a million."""


def to_plain(value: Any) -> Any:
    """Return `value` in the types that JSON knows.

    NumPy scalars and arrays become numbers and lists, enumerations their value, paths
    strings, tuples lists. A float that is not finite becomes None, since JSON has no word
    for it.

    Raises:
        TypeError: If a value is of another type; convert it first.
    """
    if isinstance(value, Enum):
        return to_plain(value.value)
    if isinstance(value, np.generic | np.ndarray):
        return to_plain(value.tolist())
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    raise TypeError(
        f"Expected numbers, text, None, and lists or mappings of them, got {value!r} of type "
        f"{type(value).__name__}; convert it before it is recorded."
    )


def load(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no JSON, too large or too deep.
    """
    with path.open("rb") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def dump(value: Any, path: Path) -> None:
    """Write `value` to `path` as indented JSON; see `to_plain` for what it may hold."""
    text = json.dumps(to_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # A file name that is not valid UTF-8 reaches Python as lone surrogates, which UTF-8
    # cannot encode; as `\udcff` they are a valid JSON escape.
    path.write_bytes(text.encode("utf-8", errors="backslashreplace"))
