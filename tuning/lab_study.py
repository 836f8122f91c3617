"""A search on a lab's training rows. Test rows are not here.

The study is small and made of plain values, so it travels to other processes and machines,
which load the rows themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from labs import data
from labs.data import Dataset, Part
from labs.errors import InputError
from tuning import dense
from tuning.nets import NETS, Kind
from tuning.study import Study
from tuning.subjects import SUBJECTS
from tuning.validation import DivergedError, Splits, Stretch, Validation, Values

MOST_REPLICAS = 64
"""Nets of one program where it has several trials'."""


@dataclass(frozen=True, kw_only=True)
class LabStudy(Study):
    """The rows of a lab's training part, and what is trained on them how often.

    Attributes:
        lab: Whose data.
        dataset: Which of its data sets, `"auto"` or a stand-in by name.
        kind: What is trained.
        folds: Folds of the cross-validation; 1 holds out one part.
        validation_fraction: Share of the rows held out, if there is one fold.
        training_rows: Keep so many rows at most; None keeps all.
        fingerprint: Checksum of the rows, so that no worker trains on others; empty until
            known.
    """

    lab: str
    dataset: str = "auto"
    kind: Kind = "dense"
    folds: int
    validation_fraction: float = 0.2
    training_rows: int | None = None
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """What is searched, for pictures and sentences."""
        return NETS[self.kind].name

    def validate(
        self, values: Values, seed: int, *, fresh: bool, stretch: Stretch | None
    ) -> Validation:
        """Train on every fold with every seed and evaluate on the rows held out."""
        part, splits = self.training_part(), _splits(self, self.fresh_seed if fresh else None)
        return NETS[self.kind].validate(values, part, splits, self.seeds, seed, stretch)

    def program_of(self, values: Values) -> str | None:
        """Return what trials that train as one program have in common; None if it trains alone."""
        return dense.program_of(values, self.training_part())

    @property
    def most_together(self) -> int:
        """Trials of one program at most."""
        return max(1, MOST_REPLICAS // (self.folds * self.seeds)) if self.kind == "dense" else 1

    def validate_together(
        self,
        trials: Sequence[Values],
        seeds: Sequence[int],
        stretches: Sequence[Stretch | None],
    ) -> list[Validation | DivergedError]:
        """Do what `validate` does for trials of one program."""
        part = self.training_part()
        splits = _splits(self, None)
        return dense.validate_several(trials, part, splits, self.seeds, seeds, stretches)

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

    def splits(self, seed: int | None = None) -> Splits:
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


@cache
def _splits(study: LabStudy, seed: int | None) -> Splits:
    return study.splits(seed)
