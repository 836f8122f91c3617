"""What one search works on: rows, how they are split, what is trained and what it goes by."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.validation import DivergedError, Stretch, Validation, seeds_of


@dataclass(frozen=True, kw_only=True)
class Study(ABC):
    """Training rows, and what is trained on them how often.

    Attributes:
        seeds: Trainings on each fold.
        seed: Seed of the splits, and with a trial's values of its trainings.
        threads: Threads of one trial. They change the last bits of a result, so they belong
            to the study and not to the machine.
        objective: What the trials are ranked by.
    """

    seeds: int
    seed: int
    threads: int = 1
    objective: Objective = VALIDATION_ACCURACY

    @property
    @abstractmethod
    def name(self) -> str:
        """What is searched, for pictures and sentences."""

    @abstractmethod
    def validate(
        self, values: Mapping[str, Any], seed: int, *, fresh: bool, stretch: Stretch | None
    ) -> Validation:
        """Train on every fold with every seed and evaluate on the rows held out.

        Args:
            values: The trial's hyperparameters.
            seed: Seed of its trainings.
            fresh: Whether to split otherwise than the search does.
            stretch: Which epochs; None leaves it to study and values.
        """

    def program_of(self, values: Mapping[str, Any]) -> str | None:
        """Return what trials that train as one program have in common; None if it trains alone."""
        return None

    @property
    def most_together(self) -> int:
        """Trials of one program at most."""
        return 1

    def validate_together(
        self,
        trials: Sequence[Mapping[str, Any]],
        seeds: Sequence[int],
        stretches: Sequence[Stretch | None],
    ) -> list[Validation | DivergedError]:
        """Do what `validate` does for trials of one `program_of`."""
        raise NotImplementedError

    def seed_of(self, values: Mapping[str, Any]) -> int:
        """Return the seed of a trial: the study's and the values', nothing else, decide it."""
        text = json.dumps([self.seed, dict(sorted(values.items()))])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    @property
    def fresh_seed(self) -> int:
        """Seed of splits and trainings that the search does not have."""
        return seeds_of(self.seed, 1)[0]
