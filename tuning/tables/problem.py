"""A table made ready to learn from: encoded, and answered in its units."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

import models
from labs.data import Dataset, Part, Table
from labs.errors import InputError

MOST_CELLS = 2**28
"""Numbers that the encoded rows may have, 1 GB."""


@dataclass(frozen=True)
class Problem:
    """A table and its rows in numbers.

    Attributes:
        table: The table.
        encoder: What turns its columns into numbers, fitted on the rows of the search.
        x: All rows encoded, `(rows, outputs)` float32.
        mean: What is subtracted from a target of numbers, 0 for classes.
        spread: What it is then divided by, 1 for classes.
    """

    table: Table
    encoder: keras.Model
    x: np.ndarray
    mean: float
    spread: float

    @property
    def y(self) -> np.ndarray:
        """Target of all rows, `(rows,)`: classes, or numbers standardized by the search's rows."""
        if self.table.is_classification:
            return self.table.y
        return ((self.table.y - self.mean) / self.spread).astype(np.float32)

    @property
    def dataset(self) -> Dataset:
        """The rows of the search and the test rows, as a record and its checks take them."""
        table = self.table
        train, test = (
            Part(self.x[rows], table.y[rows], table.groups_of(rows))
            for rows in (table.search, table.test)
        )
        return Dataset(table.name, train, test, table.class_names, table.source)

    def answers(self, model: keras.Model) -> np.ndarray:
        """Return a Keras net's or an estimator's answers to the test rows.

        Returns:
            Probabilities `(rows, K)`, or numbers in units of the target `(rows,)`.
        """
        x = self.x[self.table.test]
        if self.table.is_classification:
            is_net = isinstance(model, keras.Model)
            return np.asarray(model.predict(x, verbose=0) if is_net else model.predict_proba(x))
        numbers = (
            model.predict(x, verbose=0) if isinstance(model, keras.Model) else model.predict(x)
        )
        return self.mean + self.spread * np.asarray(numbers, np.float64).reshape(len(x))

    def score_in_units(self, score: float) -> float:
        """Return an accuracy as it is, a mean squared error as its root in units of the target."""
        return score if self.table.is_classification else abs(score) ** 0.5 * self.spread

    def joined(self, net: keras.Model) -> keras.Model:
        """Return a net that takes raw columns, and answers in units of the target."""
        units = keras.layers.Rescaling(self.spread, self.mean, name="units")

        def answer(encoded: keras.KerasTensor) -> keras.KerasTensor:
            return net(encoded) if self.table.is_classification else units(net(encoded))

        return models.join_encoder(self.encoder, answer)


def prepare(table: Table) -> Problem:
    """Encode the columns, by what the rows of the search hold.

    Raises:
        InputError: If they become too many numbers.
    """
    encoder = models.build_table_encoder(table.frame.iloc[table.search])
    width = encoder.output_shape[1]
    if width * len(table.y) > MOST_CELLS:
        raise InputError(
            f"The columns of {table.name} become {width:,} columns of numbers in {len(table.y):,} "
            f"rows, expected at most {MOST_CELLS:,} numbers; leave some out with --drop."
        )
    x = encoder.predict(models.table_inputs(encoder, table.frame), batch_size=4096, verbose=0)
    y = table.y[table.search]
    mean, spread = (0, 1) if table.is_classification else (y.mean(), y.std())
    return Problem(table, encoder, x, float(mean), float(spread))
