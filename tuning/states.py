"""What paused trials have learned, on disk until nobody needs it any more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from labs.data.npz_files import read_npz, write_npz
from labs.errors import InputError
from tuning.validation import State


class States:
    """Weights, optimizer and random states of trials, one file each.

    Args:
        directory: Where they are; made when it is needed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def save(self, number: int, state: State) -> None:
        """Write the state of a trial, whole or not at all."""
        arrays = {f"{p}-{n}": a for p, own in enumerate(state) for n, a in enumerate(own)}
        write_npz(self._path(number), arrays)

    def load(self, number: int) -> State:
        """Return the state of a trial.

        Raises:
            InputError: If its file is gone or damaged.
        """
        state: dict[int, list[np.ndarray]] = {}
        try:
            for name, array in read_npz(self._path(number), packed=False).items():
                state.setdefault(int(name.partition("-")[0]), []).append(array)
        except (InputError, ValueError) as error:
            raise InputError(
                f"Trial {number} cannot go on without its state: {error} Or start a new search."
            ) from error
        return list(state.values())

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget the states of these trials."""
        for number in numbers:
            self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._directory / f"trial-{number:05d}.npz"
