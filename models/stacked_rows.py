"""Which rows each replica visits at which step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import Arrays


class StackedRows:
    """The rows of R replicas, cut into steps that all replicas take together.

    Replicas whose last batches differ in length (353 and 354 rows in batches of 32)
    take the last step in groups of one length each, so no row has to be invented.

    Args:
        data: `(x, y, sample_weight)` of all rows as tensors, see `models.arrays.as_tensors`.
        row_sets: For each replica the indices of its rows, `(n_r,)`.
        batch_size: Rows a step.

    Attributes:
        data: The rows, as given.
        row_sets: As given.
        steps: Steps of an epoch.
        batch_size: Rows of every step but the last.
        groups: Arrays of replica numbers, one for each length of the last batch.

    Raises:
        ValueError: If the row sets need unlike numbers of steps.
    """

    def __init__(self, data: Arrays, row_sets: Sequence[np.ndarray], batch_size: int) -> None:
        self.data = data
        self.row_sets = [np.asarray(rows, np.int32) for rows in row_sets]
        self.batch_size = batch_size
        lengths = np.array([len(rows) for rows in row_sets])
        steps = -(-lengths // batch_size)
        if len(set(steps)) != 1:
            raise ValueError(
                f"All replicas must take the same number of steps an epoch; with batch_size="
                f"{batch_size} row sets of {lengths.min()} to {lengths.max()} rows take "
                f"{steps.min()} to {steps.max()}. Choose another batch size."
            )
        self.steps = int(steps[0])
        self.groups = [np.flatnonzero(lengths == length) for length in np.unique(lengths)]

    def last_is_apart(self, fixed_shapes: bool) -> bool:
        """Tell whether the last batch needs a step of its own, after the loop over the others.

        Args:
            fixed_shapes: Whether the step in the loop must always have `batch_size` rows.
        """
        partial = len(self.row_sets[0]) % self.batch_size > 0
        return self.steps == 1 or len(self.groups) > 1 or (fixed_shapes and partial)

    def in_steps(
        self, orders: Sequence[np.ndarray] | None, last_apart: bool
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Cut epochs into the batches of the loop and the last one.

        Args:
            orders: For each replica the orders of its rows, permutations `(epochs, n_r)`; None
                visits them as they stand, in one epoch.
            last_apart: Whether the last batch is left out of the loop.

        Returns:
            Row numbers of the batches of the loop, `(epochs, R, rows)`, and, if it is apart, for
            each group those of the last batch, `(epochs, replicas of the group, rows left)`.
        """
        if orders is None:
            rows = [rows[None] for rows in self.row_sets]
        else:
            rows = [rows[order] for rows, order in zip(self.row_sets, orders, strict=True)]
        if not last_apart:
            return np.stack(rows, axis=1), []
        split = (self.steps - 1) * self.batch_size
        last = [np.stack([rows[r][:, split:] for r in group], axis=1) for group in self.groups]
        return np.stack([rows[:, :split] for rows in rows], axis=1), last
