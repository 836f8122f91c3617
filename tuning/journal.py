"""The journal of a search: one line for each finished trial, on disk before the next is asked.

A kill leaves whole lines and at most one half-written line at the end, which is dropped. Each
line has a checksum, so that what a disk or an editor has changed is noticed.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from keras_tuner import HyperParameters

from labs.atomic import replacing
from labs.errors import InputError
from labs.records.run_directory import lock_file
from tuning.space_entries import declare
from tuning.trial_table import TrialRow

logger = logging.getLogger(__name__)

LARGEST = 2**27
"""Bytes of a journal; a trial has about 500."""


class Journal:
    """Trials of one search by their number, kept in a file.

    Args:
        path: The file, one JSON object a line; made if it does not exist.
        mend: Whether to drop damaged lines, whose trials are then not there; that is logged.

    Raises:
        InputError: If another process is writing it, or a line other than the last is
            damaged and not to be dropped.
    """

    def __init__(self, path: Path, *, mend: bool = False) -> None:
        self._lock = lock_file(path.with_name(f"{path.name}.lock"))
        try:
            # Unbuffered: what could not be written shall not be tried once more at the end.
            self._file = path.open("a+b", buffering=0)
            self.trials = self._read(path, mend)
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._close()

    def append(self, trial: TrialRow) -> None:
        """Write a finished trial, and wait until it is on disk."""
        length = self._file.seek(0, os.SEEK_END)
        line = _line(dataclasses.asdict(trial))
        try:
            while line:  # A full disk takes a part first.
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(length)
            raise
        self.trials[trial.number] = trial

    @property
    def in_order(self) -> list[TrialRow]:
        """All trials, in the order of asking."""
        return sorted(self.trials.values(), key=lambda trial: trial.number)

    def _read(self, path: Path, mend: bool) -> dict[int, TrialRow]:
        self._file.seek(0)
        text = self._file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise InputError(f"{path} has more than {LARGEST:,} bytes; start a new search.")
        whole = text.rfind(b"\n") + 1
        lines = text[:whole].split(b"\n")[:-1]
        trials: dict[int, TrialRow] = {}
        kept, damaged = [], {}
        for number, line in enumerate(lines, start=1):
            try:
                trial = _trial(line)
                if trial.number in trials:
                    raise ValueError(f"trial {trial.number} for the second time")
            except (ValueError, RecursionError) as error:
                damaged[number] = str(error)
            else:
                trials[trial.number] = trial
                kept.append(line + b"\n")
        if damaged:
            lost = _describe_damage(path, damaged, trials)
            if not mend:
                raise InputError(f"{lost} Train them again with --mend, or start a new search.")
            logger.warning("%s They are trained again.", lost)
        if damaged or whole < len(text):
            self._file.close()
            with replacing(path) as temporary:
                temporary.write_bytes(b"".join(kept))
            self._file = path.open("a+b", buffering=0)
        return trials

    def _close(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()
        self._lock.release()


def _line(fields: Mapping[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    checksum = f"{zlib.crc32(text.encode()):08x}"
    return json.dumps({"checksum": checksum, **fields}, ensure_ascii=False).encode() + b"\n"


def _trial(line: bytes) -> TrialRow:
    """Read a line.

    Raises:
        ValueError: If it is not one that `Journal.append` has written.
        RecursionError: If it is nested too deeply.
    """
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("no JSON object")
    fields.pop("checksum", None)
    if fields.keys() != FIELDS.keys():
        raise ValueError("other fields than this version's")
    wrong = [name for name, is_right in FIELDS.items() if not is_right(fields[name])]
    if wrong:
        raise ValueError(f"no {wrong[0]} of a trial")
    if _line(fields) != line + b"\n":
        raise ValueError("it was changed")
    fields["fold_scores"] = tuple(fields["fold_scores"])
    fields["epochs"] = tuple(fields["epochs"])
    fields["appeared"] = tuple(fields["appeared"])
    return TrialRow(**fields)


def _describe_damage(path: Path, damaged: Mapping[int, str], trials: Mapping[int, Any]) -> str:
    missing = sorted(set(range(len(trials) + len(damaged))) - trials.keys())
    line, reason = next(iter(damaged.items()))
    return (
        f"{path} is damaged in {len(damaged)} of {len(trials) + len(damaged)} lines, first in line "
        f"{line} ({reason}); trials without a whole line: {', '.join(map(str, missing))}."
    )


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _is_number(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or _is_finite(value)


def _is_finite(value: Any) -> bool:
    return _is_number(value, -sys.float_info.max, sys.float_info.max)


def _is_entry(value: Any) -> bool:
    try:
        conditions = [(str(name), list(values)) for name, values in value["conditions"]]
        declare([{**value, "conditions": []}], HyperParameters())
    except Exception:  # keras-tuner takes anything, and raises errors of many kinds.
        return False
    return all(map(_is_value, (v for _, values in conditions for v in values)))


FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "number": _is_count,
    "hyperparameters": lambda v: isinstance(v, dict) and all(map(_is_value, v.values())),
    "status": lambda v: v in ("done", "failed", "diverged"),
    "score": lambda v: v is None or _is_finite(v),
    "fold_scores": lambda v: isinstance(v, list) and all(map(_is_finite, v)),
    "seconds": lambda v: _is_number(v, 0, math.inf),
    "seed": _is_count,
    "epochs": lambda v: isinstance(v, list) and all(map(_is_count, v)),
    "error": lambda v: isinstance(v, str),
    "repeats": lambda v: v is None or _is_count(v),
    "group": _is_count,
    "continues": lambda v: v is None or _is_count(v),
    "oracle": lambda v: isinstance(v, str),
    "appeared": lambda v: isinstance(v, list) and all(map(_is_entry, v)),
    "one_by_one": lambda v: isinstance(v, str),
}
"""The fields of a `TrialRow`, and what they may be, since JSON may hold anything."""
assert FIELDS.keys() == {field.name for field in dataclasses.fields(TrialRow)}
