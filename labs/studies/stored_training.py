"""A long training that goes on after a kill, with the numbers of one that was never stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

import models
from callbacks.resumable import Resumable
from labs.data.npz_files import read_npz, write_npz
from labs.errors import InputError

SECONDS = 15.0
"""From one storing to the next, if epochs are shorter; an epoch that is lost is trained again."""


class StoredTraining(keras.callbacks.Callback):
    """Puts back what an interrupted training has stored, and stores what this one learns.

    Args:
        path: The file of both. It is replaced as a whole, after an epoch and at the end.
        net: The net as it was built and compiled.
        rows: Some of its inputs and targets.
        others: The training's other callbacks; the state of those that are `Resumable` is kept.
        augment: What changes the batches.

    Attributes:
        initial_epoch: The epoch to go on from.
        history: One value for each epoch so far, by metric.
        seconds: How long the epochs before took.

    Raises:
        InputError: If the file is damaged, or of another training.
    """

    role = "controller"

    def __init__(
        self,
        path: Path,
        net: keras.Model,
        rows: tuple[np.ndarray, np.ndarray],
        others: Sequence[keras.callbacks.Callback],
        augment: models.RandomChanges | None,
    ) -> None:
        super().__init__()
        self._path, self._augment = path, augment
        self._resumable = [c for c in others if isinstance(c, Resumable)]
        self.initial_epoch, self.seconds = 0, 0.0
        self.history: dict[str, list[float]] = {}
        if path.exists():
            arrays = read_npz(path, packed=False)
            try:
                self._put_back(net, rows, arrays)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise InputError(
                    f"{path} cannot be gone on with ({error}); delete it to train that net anew."
                ) from error

    def _put_back(
        self, net: keras.Model, rows: tuple[np.ndarray, np.ndarray], arrays: dict[str, np.ndarray]
    ) -> None:
        told = json.loads(str(arrays.pop("told")))
        models.put_back_state(net, [*arrays.values()], *rows, self._augment)
        for callback, state in zip(self._resumable, told["callbacks"], strict=True):
            callback.set_state(state)
        self.initial_epoch, self.seconds = int(told["epochs"]), float(told["seconds"])
        self.history = told["history"]

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to measure time."""
        self._start = self._stored = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the epoch, and store what was learned if that is due."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if time.perf_counter() - self._stored >= SECONDS or epoch + 1 == self.params["epochs"]:
            self._store(epoch + 1)

    def _store(self, epochs: int) -> None:
        self._stored = time.perf_counter()
        told = {
            "epochs": epochs,
            "seconds": self.seconds + self._stored - self._start,
            "history": self.history,
            "callbacks": [callback.get_state() for callback in self._resumable],
        }
        values = models.take_state(self.model, self._augment)
        arrays = {f"{number:04d}": value for number, value in enumerate(values)}
        write_npz(self._path, {**arrays, "told": np.array(json.dumps(told))})
