"""What one search works on: training rows and how they are split. Test rows are not here.

A study is small and made of plain values, so it travels to other processes and machines,
which load the rows themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from labs import data
from labs.data import Dataset, Part
from labs.errors import InputError
from tuning.subjects import SUBJECTS

Kind = Literal["dense", "convnet", "mlp_classifier"]


@dataclass(frozen=True, kw_only=True)
class Study:
    """The rows of a lab's training part, and what is trained on them how often.

    Attributes:
        lab: Whose data.
        dataset: Which of its data sets, `"auto"` or a stand-in by name.
        kind: What is trained.
        folds: Folds of the cross-validation; 1 holds out one part.
        seeds: Trainings on each fold.
        validation_fraction: Share of the rows held out, if there is one fold.
        training_rows: Keep so many rows at most; None keeps all.
        seed: Seed of the splits, and with a trial's values of its trainings.
        threads: Threads of one trial. They change the last bits of a result, so they belong
            to the study and not to the machine.
        fingerprint: Checksum of the rows, so that no worker trains on others; empty until
            known.
    """

    lab: str
    dataset: str = "auto"
    kind: Kind = "dense"
    folds: int
    seeds: int
    validation_fraction: float = 0.2
    training_rows: int | None = None
    seed: int
    threads: int = 1
    fingerprint: str = ""

    def training_part(self) -> Part:
        """Return the rows to train and validate on.

        Raises:
            InputError: If they are not those the search began with.
        """
        part = _load_training_part(self.lab, self.dataset, self.training_rows, self.seed)
        if self.fingerprint not in ("", fingerprint_of(part)):
            raise InputError(
                f"The training rows of {self.lab} are not those this search began with: "
                f"expected the checksum {self.fingerprint[:12]}, got {fingerprint_of(part)[:12]}; "
                "give every worker the same LABS_DATA_DIR."
            )
        return part

    def splits(self, seed: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return row numbers of training and validation for each fold, groups on one side.

        Args:
            seed: Seed of the draw; the study's own unless given.
        """
        part = self.training_part()
        seed = self.seed if seed is None else seed
        if self.folds > 1:
            return data.folds(part, self.folds, seed)
        rows = np.arange(len(part))
        numbered = Part(rows, part.y, part.groups)
        train, validation = data.split(numbered, self.validation_fraction, seed)
        return [(train.x, validation.x)]

    def seed_of(self, values: Mapping[str, Any]) -> int:
        """Return the seed of a trial: the study's and the values', nothing else, decide it."""
        text = json.dumps([self.seed, dict(sorted(values.items()))])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def load(lab: str, dataset: str) -> Dataset:
    """Load a lab's data set, test rows included: for after the search."""
    return SUBJECTS[lab].load(dataset)


def fingerprint_of(part: Part) -> str:
    """Return a checksum of inputs and labels."""
    return data.fingerprint(part.x, part.y)


@lru_cache(maxsize=2)
def _load_training_part(lab: str, dataset: str, training_rows: int | None, seed: int) -> Part:
    part = load(lab, dataset).train
    return part if training_rows is None else data.fewer(part, training_rows, seed)
