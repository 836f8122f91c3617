"""Say when overfitting began: validation loss rises while training loss falls."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import keras
import numpy as np

from .turning_point import TurningPointTest

REMEDIES = (
    "more data by augmentation, dropout, a weight penalty (kernel_regularizer, weight_decay), "
    "or a smaller model"
)


class OverfittingMonitor(keras.callbacks.Callback):
    """Follow training and validation loss; warn, or stop, when overfitting begins.

    Overfitting is found when the mean validation loss of the last h epochs lies above that
    of the h epochs before (h = 5, 7, 10, 14, 20 … 453),

    - more than noise explains, tested with the noise of this very curve, its memory from
      one epoch to the next included, and corrected for testing at every epoch;
    - for most of the h epochs, not because of a few outliers;
    - by at least 1%;
    - while the mean training loss of the same epochs has not risen.

    A clear rise in a smooth curve is found 5 to 10 epochs after it began, one in noise when
    enough epochs have gathered; nothing is found in the first nine epochs. The nominal rate
    of false alarms is 1% for a whole training of any length. In simulations (20 to 1,000
    epochs, improving or flat) it is below 1% for normal noise, independent or autoregressive
    with φ up to .8, and 7% at φ = .9 and 1,000 epochs; heavy tails together with such a
    memory, noise of two kinds with different memories, or frequent bursts of bad epochs
    raise more alarms. `TurningPointTest` gives the formulas.

    Each epoch's `logs` gain `generalization_gap`, the validation loss minus the training
    loss. An epoch without a validation loss, or with a loss that is not finite, is not
    tested (its gap is missing or not finite too). Epochs count from 0, as in Keras's logs; a
    training that goes on with `initial_epoch` begins with an empty memory.

    Lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning,
    part 2), NVIDIA DLI: the two curves should stay close. The remedies are those of lecture
    E, 2022-1 교육세션 Deep Learning (MLP).

    Args:
        mode: `"warn"` issues one `UserWarning` when overfitting is found. `"stop"` ends the
            training then and gives the model the weights of the epoch with the lowest
            validation loss; where none is found, the model keeps its last weights. The
            state of the optimizer stays as it is.

    Example:
        >>> monitor = OverfittingMonitor(mode="stop")
        >>> history = model.fit(
        ...     x, y, validation_data=(x_val, y_val), epochs=20, verbose=0, callbacks=[monitor]
        ... )
        >>> print(monitor.report)
        No overfitting found in 20 epochs; the lowest validation loss, ... epoch ...

    Attributes:
        onset_epoch: Epoch at which the validation loss began to rise, None where
            overfitting was not found.
        found_epoch: Epoch at whose end it was found, None likewise. The first finding
            stands, also when the validation loss falls again later.
        best_epoch: Epoch with the lowest validation loss, None before there is one.

    Raises:
        ValueError: If `mode` is unknown, or the first epoch ends without a loss to compare.
    """

    def __init__(self, mode: Literal["warn", "stop"] = "warn") -> None:
        super().__init__()
        if mode not in ("warn", "stop"):
            raise ValueError(f'mode must be "warn" or "stop", got {mode!r}.')
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        self.onset_epoch: int | None = None
        self.found_epoch: int | None = None
        self.best_epoch: int | None = None
        self._best_loss = math.inf
        self._best_weights: list[np.ndarray] | None = None
        self._epochs: list[int] = []  # those that were tested
        self._validated = False
        self._test = TurningPointTest()

    @property
    def report(self) -> str:
        """What was found, in words, with the remedies where it was overfitting."""
        if self.best_epoch is None:
            return "No epoch with a training and a validation loss has been seen yet."
        best = f"the lowest validation loss, {self._best_loss:.4g}, is that of epoch"
        if self.onset_epoch is None:
            return f"No overfitting found in {len(self._epochs)} epochs; {best} {self.best_epoch}."
        return (
            f"Overfitting: the validation loss rises from epoch {self.onset_epoch} on (found at "
            f"epoch {self.found_epoch}, counted from 0) while the training loss does not; "
            f"{best} {self.best_epoch}. Remedies: {REMEDIES}."
        )

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add `generalization_gap` to the logs and test for overfitting."""
        losses = self._losses(logs)
        if logs is None or losses is None:
            return
        loss, val_loss = losses
        logs["generalization_gap"] = val_loss - loss
        if not (math.isfinite(loss) and math.isfinite(val_loss)):
            return
        self._epochs.append(epoch)
        if val_loss < self._best_loss:
            self._best_loss = val_loss
            self.best_epoch = epoch
            if self.mode == "stop":
                self._best_weights = self.model.get_weights()
        if self._test.add(loss, val_loss):
            assert self._test.onset is not None
            self.onset_epoch = self._epochs[self._test.onset]
            self.found_epoch = epoch
            if self.mode == "stop":
                self.model.stop_training = True
            else:
                warnings.warn(self.report, UserWarning, stacklevel=2)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Restore the best weights where overfitting ended the training."""
        # Here and not in on_epoch_end, where callbacks later in the list would see weights
        # that the logs of that epoch do not belong to.
        if self.onset_epoch is not None and self._best_weights is not None:
            self.model.set_weights(self._best_weights)
        self._best_weights = None

    def _losses(self, logs: Mapping[str, Any] | None) -> tuple[float, float] | None:
        """Return the losses of this epoch, None where it was not validated."""
        given = logs or {}
        if "loss" in given and "val_loss" in given:
            self._validated = True
            return float(given["loss"]), float(given["val_loss"])
        if not self._validated:
            raise ValueError(
                "OverfittingMonitor compares loss with val_loss, but the first epoch ended with "
                f"{sorted(given) or 'nothing'} only. Pass validation_data (or validation_split) "
                "to fit; where not every epoch is validated, include the first one: "
                "validation_freq=list(range(1, epochs + 1, 5))."
            )
        return None
