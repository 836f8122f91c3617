"""The command line of a search on a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import tyro

from labs.data.table_files import ENDINGS, is_table
from labs.errors import InputError
from labs.running import AtLeast, Such, Within
from tuning.config import SearchConfig

STEPS = 20_000
"""Training steps of a net by which "auto" finds the number of epochs."""


@dataclass(frozen=True)
class TableConfig(SearchConfig):
    """Settings of a search on a table."""

    POSITIONAL: ClassVar = frozenset({"table"})
    QUICK: ClassVar = {
        "trials": 2,
        "folds": 2,
        "seeds": 1,
        "epochs": 4,
        "final_seeds": 2,
        "workers": 1,
    }

    table: Annotated[
        tyro.conf.Positional[str],
        Such(is_table, f"a file that ends in {', '.join(ENDINGS)}"),
    ] = "my.csv"
    """CSV (commas or semicolons), TSV or Parquet file; its first row names the columns."""
    target: str = ""
    """Column to predict."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """What the target holds; auto takes texts and few whole numbers for classes."""
    group: str = ""
    """Column whose equal values belong together, such as a patient: on one side of every split."""
    drop: tuple[str, ...] = ()
    """Columns to leave out: identifiers, and what is only known once the target is."""
    categories: tuple[str, ...] = ()
    """Columns of numbers that are names, such as codes."""
    test_fraction: Annotated[float, Within(0.05, 0.5)] = 0.2
    """Share of the rows set aside before anything else is looked at."""
    strategy: Literal["random", "bayesian", "tpe", "gp", "halving"] = "random"
    """What proposes the trials; halving is for the net, the others are then searched at random."""
    trials: Annotated[int, AtLeast(1)] = 30
    """Trials of each kind of model."""
    folds: Annotated[int, AtLeast(2)] = 5
    """Folds of the cross-validation."""
    seeds: Annotated[int, AtLeast(1)] = 2
    """Trainings on each fold, of models that draw something."""
    epochs: Annotated[int, AtLeast(2)] | Literal["auto"] = "auto"
    """Most epochs of a net; auto: as many as 20,000 steps take, from 10 to 200."""
    final_seeds: Annotated[int, AtLeast(2)] = 5
    """Trainings of the best settings on all rows but the test rows."""

    @property
    def subject(self) -> str:
        """Name of the table's file, without its ending."""
        return Path(self.table).stem

    @property
    def words(self) -> list[str]:
        """The file and what is to be predicted."""
        return [self.table, "--target", self.target]

    def complete(self) -> Self:
        """Return the settings, if they name a table that something can be learned from.

        Raises:
            InputError: If not.
        """
        if not self.target:
            raise InputError(
                f"--target must name the column of {self.table} to predict, got nothing; add it."
            )
        from tuning.tables.reading import read  # pandas, which `--help` need not wait for.

        read(self)
        return self

    def epochs_for(self, rows: int) -> int:
        """Return the most epochs of a net for so many training rows."""
        if self.epochs != "auto":
            return self.epochs
        return min(200, max(10, STEPS * 32 // max(1, rows)))
