"""The journal of a search: one line for each finished trial, on disk before the next is asked.

A kill leaves whole lines and at most one half-written line at the end, which is dropped.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from pathlib import Path
from typing import Any, Self

from labs.errors import InputError
from tuning.trial_table import TrialRow


class Journal:
    """Trials of one search by their number, kept in a file.

    Args:
        path: The file, one JSON object a line; made if it does not exist.

    Raises:
        InputError: If another process is writing it, or a line other than the last is
            damaged.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise InputError(
                f"Another process is at work on {path.parent}; wait for it or end it."
            ) from error
        self.trials = {trial.number: trial for trial in self._read(path)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.close()

    def append(self, trial: TrialRow) -> None:
        """Write a finished trial, and wait until it is on disk."""
        line = json.dumps(dataclasses.asdict(trial), ensure_ascii=False, allow_nan=False)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.trials[trial.number] = trial

    def _read(self, path: Path) -> list[TrialRow]:
        self._file.seek(0)
        text = self._file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            self._file.truncate(whole)
        trials = []
        for number, line in enumerate(text[:whole].splitlines(), start=1):
            try:
                fields = json.loads(line)
                fields["fold_scores"] = tuple(fields["fold_scores"])
                fields["epochs"] = tuple(fields["epochs"])
                trials.append(TrialRow(**fields))
            except (ValueError, TypeError, KeyError) as error:
                self._file.close()
                raise InputError(
                    f"Line {number} of {path} is no trial of this version ({error}); "
                    "start a new search."
                ) from error
        return trials
