"""Say when overfitting began, and how far training and validation lie apart."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from .resumable import Resumable
from .turning_point import FEWEST, LONG, find_turn

MODES = ("warn", "stop", "record")
SHORT = 10  # epochs: in fewer only a steep rise shows
DIVERGES = 0.25  # share of the validation loss's rise that the training loss must not rise by
HIGHER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "iou", "similarity")
REMEDIES = "dropout, a weight penalty (kernel_regularizer, weight_decay), or a smaller model"


class Gap(NamedTuple):
    """How far a metric in 0 to 1 on training rows lies above that on validation rows.

    Attributes:
        at_best: The difference at the epoch with the lowest validation loss.
        at_last: The difference at the last epoch.
        interval: 95% interval of the difference that `found` judges, from the number of
            validation rows; None where that is not known.
        found: Whether the difference at the epoch whose weights the model has is a finding:
            its interval, or without one itself, lies above `smallest_gap`.
    """

    at_best: float
    at_last: float
    interval: tuple[float, float] | None
    found: bool


class OverfittingMonitor(Resumable):
    """Find overfitting in the curves of a training; warn, stop or only record it.

    There are two findings. The **onset**: from some epoch on the validation loss rises while
    the training loss does not. The **gap**: good on training rows and not on validation rows,
    told by a metric in 0 to 1, usually the accuracy.

    The onset is tested after every epoch, from the sixth on; `find_turn` in `turning_point.py`
    explains how. A steep rise is found 5 to 8 epochs after the turn, one in noise when enough
    epochs have gathered. No onset are a rise of less than 1%, a burst of bad epochs that is over,
    and a rise of both losses (divergence, reported as such). About 2 of 100 trainings of 10 to
    1,000 epochs that do not overfit are called so by mistake, more where the noise of one epoch
    lasts for many: in fewer than 50 epochs such a curve and a slow rise cannot be told apart.
    `python -m tests.benchmarks.monitor` measures both, RESULTS.md has the figures. Where the
    validation loss falls below its old lowest level again (double descent), the finding is taken
    back.

    The gap compares logged values. That of the training rows is a running mean over the epoch,
    with dropout on and weights that still change, and so rather too low; the gap is then too
    small. Its interval takes the training value as known.

    With `monitor` the onset is found in another pair of metrics, such as `val_mae` and `mae`, which
    then stands wherever this text says loss. Of a metric that is better when it is higher, such as
    the accuracy, 1 minus its value is judged: the error rate.

    Each epoch's `logs` gain `generalization_gap`, the validation loss minus the training loss. An
    epoch without validation is passed over, one with a loss that is not finite is reported.
    Epochs count from 0, as in Keras's logs.

    Lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning,
    part 2), NVIDIA DLI: good on training data and not on validation data; the two should be
    similar. The remedies are those of lecture E, 2022-1 교육세션 Deep Learning (MLP).

    Tested with Keras 3.15.

    Args:
        mode: `"warn"` issues one `UserWarning` when overfitting is found. `"stop"` ends the
            training when an onset is found and gives the model the weights of the epoch with
            the lowest validation loss; where none is found, the model keeps its last weights.
            The state of the optimizer stays as it is. `"record"` only fills `report` and the
            attributes.
        monitor: What is to be found to rise, as named in the logs, with `val_` in front.
        higher_is_better: Whether it is better when it is higher; by default its name tells.
        metric: Metric of the gap, as named in the logs; without it there, no gap is told.
        smallest_gap: A gap of at most so much is of no interest.
        validation_rows: Number of independent validation rows, for the interval of the gap: of
            rows that are copies of one photo, the number of photos.
        strictness: Multiplies the score that a rise must exceed. Below 1 more is found, also
            where nothing is; the benchmark shows what is gained and lost.
        weighted: Whether training rows are weighted (`class_weight`, `sample_weight`). Then the
            losses cannot be subtracted, and `generalization_gap` is left out. `models.fit` tells
            this by itself.
        across_fits: Whether the next call of `fit` goes on with the same curve, epochs counted
            on, in place of beginning a new one.

    Example:
        >>> monitor = OverfittingMonitor(mode="stop")
        >>> history = model.fit(
        ...     x, y, validation_data=(x_val, y_val), epochs=20, verbose=0, callbacks=[monitor]
        ... )
        >>> print(monitor.report)
        No overfitting found in 20 epochs; the lowest validation loss, ... epoch ...

    Attributes:
        onset_epoch: Epoch from which the validation loss rises, None where no onset stands.
        found_epoch: Epoch at whose end it was found, None likewise.
        diverging_epoch: Epoch from which both losses rise, None where they do not.
        taken_back_epoch: Epoch at which an onset was last taken back, None where none was.
        not_finite_epoch: First epoch with a loss that is not finite, None where there is none.

    Raises:
        ValueError: If an argument cannot be used, the first epoch ends without a loss to
            compare, or the metric is outside 0 to 1.
    """

    STATE: ClassVar = (
        "_curves",
        "_level",
        "_best_weights",
        "onset_epoch",
        "found_epoch",
        "diverging_epoch",
        "taken_back_epoch",
        "not_finite_epoch",
    )

    def __init__(
        self,
        mode: Literal["warn", "stop", "record"] = "warn",
        *,
        monitor: str = "val_loss",
        higher_is_better: bool | None = None,
        metric: str = "accuracy",
        smallest_gap: float = 0.05,
        validation_rows: int | None = None,
        strictness: float = 1.0,
        weighted: bool = False,
        across_fits: bool = False,
    ) -> None:
        super().__init__()
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}.")
        if not monitor.startswith("val_"):
            raise ValueError(
                f'monitor is a validation metric such as "val_loss" or "val_mae", got {monitor!r}.'
            )
        if not 0 <= smallest_gap < 1:
            raise ValueError(
                f"smallest_gap is a difference of a metric in 0 to 1, such as 0.05, got "
                f"{smallest_gap}."
            )
        if validation_rows is not None and validation_rows < 1:
            raise ValueError(f"validation_rows must be at least 1, got {validation_rows}.")
        if not 0 < strictness < math.inf:
            raise ValueError(f"strictness must be a positive number, got {strictness}.")
        self.monitor, name = monitor, monitor.removeprefix("val_")
        if higher_is_better is None:
            higher_is_better = any(part in name for part in HIGHER_IS_BETTER)
        self.higher_is_better = higher_is_better
        self._told_as = f"1 − {name}" if higher_is_better else name
        self.mode, self.metric, self.smallest_gap = mode, metric, smallest_gap
        self.validation_rows, self.strictness, self.weighted = validation_rows, strictness, weighted
        self.across_fits = across_fits
        self._reset()

    def _reset(self) -> None:
        self.onset_epoch: int | None = None
        self.found_epoch: int | None = None
        self.diverging_epoch: int | None = None
        self.taken_back_epoch: int | None = None
        self.not_finite_epoch: int | None = None
        # One value for each epoch that was tested; the metric's are NaN without one.
        self._curves: dict[str, list[float]] = {
            name: [] for name in ("epoch", "loss", "val_loss", "metric", "val_metric")
        }
        self._level = -math.inf  # a validation loss below takes an onset back
        self._best_weights: list[np.ndarray] | None = None
        self._offset: int | None = 0  # of this fit's epochs, None until its first one

    @property
    def role(self) -> str:
        """`"observer"`, but `"controller"` with `"stop"`, which keeps the best weights."""
        return "controller" if self.mode == "stop" else "observer"

    @classmethod
    def of(cls, history: Mapping[str, Any], **arguments: Any) -> OverfittingMonitor:
        """Return a monitor that has read a recorded training, with `"stop"` as far as it goes.

        Args:
            history: `loss` and `val_loss`, or the pair of `monitor`, and the metric's if any, one
                value for each epoch, as in `model.fit(...).history`.
            **arguments: Those of the class; `mode` is `"record"` unless given.
        """
        monitor = cls(**{"mode": "record", **arguments})
        epochs = len(history[monitor.monitor])
        monitor.set_params({"epochs": epochs})
        monitor.on_train_begin()
        for epoch in range(epochs):
            monitor.on_epoch_end(epoch, {name: values[epoch] for name, values in history.items()})
            if monitor.mode == "stop" and monitor.found_epoch is not None:
                break
        monitor.on_train_end()
        return monitor

    @property
    def best_epoch(self) -> int | None:
        """Epoch with the lowest validation loss (or best `monitor`), None before there is one."""
        losses = self._curves["val_loss"]
        return int(self._curves["epoch"][int(np.argmin(losses))]) if losses else None

    @property
    def gap(self) -> Gap | None:
        """The gap between training and validation rows, None without the metric."""
        training, validation = self._curves["metric"], self._curves["val_metric"]
        best = int(np.argmin(self._curves["val_loss"])) if training else 0
        if not training or math.isnan(training[best] + validation[best] + training[-1]):
            return None
        at = self._judged()
        gap = training[at] - validation[at]
        interval = self._interval(training[at], validation[at])
        return Gap(
            at_best=training[best] - validation[best],
            at_last=training[-1] - validation[-1],
            interval=interval,
            found=(gap if interval is None else interval[0]) > self.smallest_gap,
        )

    @property
    def report(self) -> str:
        """What was found, in words, with the remedies where it was overfitting."""
        gap = self.gap
        lines = [self._told_of_losses(), self._told_of_gap()]
        if self.onset_epoch is not None or (gap and gap.found):
            stop = 'stop at the best epoch (mode="stop"), ' * (self.onset_epoch is not None)
            more = "more data or augmentation, " * bool(gap and gap.found)
            lines.append(f"Remedies: {stop}{more}{REMEDIES}.")
        if self.not_finite_epoch is not None:
            lines.append(
                f"A {self._told_as} is not finite from epoch {self.not_finite_epoch} on; epochs "
                "like that are not judged."
            )
        return " ".join(line for line in lines if line)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training, unless this one goes on."""
        if not (self._goes_on() or self.across_fits):
            self._reset()
        self._offset = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add `generalization_gap` to the logs and test for overfitting."""
        losses = self._losses(logs)
        if logs is None or losses is None:
            return
        epoch = self._counted_on(epoch)
        if not (self.weighted or (self.params or {}).get("weighted")):
            logs["generalization_gap"] = losses[1] - losses[0]
        if not all(map(math.isfinite, losses)):
            if self.not_finite_epoch is None:
                self.not_finite_epoch = epoch
            return
        seen = self._curves
        is_best = losses[1] < min(seen["val_loss"], default=math.inf)
        if self.mode == "stop" and is_best and self.model is not None:
            self._best_weights = self.model.get_weights()
        for name, value in zip(seen, (epoch, *losses, *self._metrics(logs)), strict=True):
            seen[name].append(value)
        if self.onset_epoch is None:
            self._look_for_onset()
        elif np.mean(seen["val_loss"][-3:]) < self._level:
            self.taken_back_epoch, self.onset_epoch, self.found_epoch = epoch, None, None

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Restore the best weights where overfitting ended the training; warn of a gap."""
        # Here and not in on_epoch_end, where callbacks later in the list would see weights
        # that the logs of that epoch do not belong to.
        if self.onset_epoch is not None and self._best_weights is not None:
            self.model.set_weights(self._best_weights)
        if not self.across_fits:
            self._best_weights = None
        gap = self.gap
        if self.mode == "warn" and self.onset_epoch is None and gap and gap.found:
            warnings.warn(self.report, UserWarning, stacklevel=2)

    def _look_for_onset(self) -> None:
        seen = self._curves
        turn = find_turn(seen["loss"], seen["val_loss"], self._planned(), self.strictness)
        if turn is None:
            return
        onset = int(seen["epoch"][turn.onset])
        if turn.training_rise > DIVERGES * turn.rise:
            self.diverging_epoch = self.diverging_epoch or onset
            return
        self.onset_epoch, self.found_epoch = onset, int(seen["epoch"][-1])
        threes = np.convolve(seen["val_loss"], np.full(3, 1 / 3), "valid")
        self._level = float(threes.min())
        if self.mode == "stop" and self.model is not None:
            self.model.stop_training = True
        elif self.mode == "warn":
            warnings.warn(self.report, UserWarning, stacklevel=2)

    def _planned(self) -> int:
        """Return how many epochs will have been validated when all is done."""
        epochs = self._curves["epoch"]
        if not self.params or "epochs" not in self.params:
            return max(len(epochs), LONG)  # driven by hand: the more cautious test
        apart = (epochs[-1] - epochs[0]) / max(1, len(epochs) - 1) or 1
        last = (self._offset or 0) + self.params["epochs"] - 1
        return max(len(epochs), round((last - epochs[0]) / apart) + 1)

    def _counted_on(self, epoch: int) -> int:
        """Return the epoch counted from the first one of all calls of fit."""
        if self._offset is None:
            last = self._curves["epoch"][-1] if self._curves["epoch"] else -1
            self._offset = 0 if epoch > last else int(last) + 1 - epoch
        return epoch + self._offset

    def _losses(self, logs: Mapping[str, Any] | None) -> tuple[float, float] | None:
        """Return the losses of this epoch, None where it was not validated."""
        given, name = logs or {}, self.monitor.removeprefix("val_")
        if name in given and self.monitor in given:
            training, validation = float(given[name]), float(given[self.monitor])
            return (
                (1 - training, 1 - validation) if self.higher_is_better else (training, validation)
            )
        if not self._curves["epoch"] and self.not_finite_epoch is None:
            raise ValueError(
                f"OverfittingMonitor compares {name} with {self.monitor}, but the first epoch has "
                f"{sorted(given) or 'nothing'} only. Pass validation_data (or validation_split) "
                "to fit; where not every epoch is validated, include the first one: "
                "validation_freq=list(range(1, epochs + 1, 5))."
            )
        return None

    def _metrics(self, logs: Mapping[str, Any]) -> tuple[float, float]:
        values = [float(logs.get(p + self.metric, math.nan)) for p in ("", "val_")]
        if any(value < 0 or value > 1 for value in values):
            raise ValueError(
                f"The gap needs a metric in 0 to 1, but {self.metric} is {values[0]:.4g} and "
                f"{values[1]:.4g}. Pass metric=... with the name of such a metric."
            )
        return values[0], values[1]

    def _interval(self, training: float, validation: float) -> tuple[float, float] | None:
        """Return the Wilson (1927) interval of the validation metric as one of the gap."""
        if self.validation_rows is None:
            return None
        from scipy.stats import binomtest  # Costs what a training without a gap need not wait for.

        rows = self.validation_rows
        ends = binomtest(round(validation * rows), rows).proportion_ci(method="wilson")
        return training - float(ends.high), training - float(ends.low)

    def _told_of_losses(self) -> str:
        seen, epochs, told = self._curves, len(self._curves["epoch"]), self._told_as
        if self.best_epoch is None:
            return f"No epoch with a training and a validation {told} has been seen yet."
        best = f"the lowest validation {told}, {min(seen['val_loss']):.4g}, is that of epoch"
        best += f" {self.best_epoch}"
        if self.onset_epoch is not None:
            return (
                f"Overfitting: the validation {told} rises from epoch {self.onset_epoch} on (found "
                f"at epoch {self.found_epoch}, counted from 0) while the training {told} does not; "
                f"{best}, and the last one is {seen['val_loss'][-1]:.4g}."
            )
        if self.diverging_epoch is not None:
            both = "losses" if told == "loss" else f"values of {told}"
            return (
                f"Diverging: both {both} rise from epoch {self.diverging_epoch} on; {best}. "
                "Remedies: a lower learning rate, or gradient clipping (clipnorm)."
            )
        if self.taken_back_epoch is not None:
            return (
                f"The validation {told} rose for a while, and fell below its earlier lowest level "
                f"again at epoch {self.taken_back_epoch} (double descent): no overfitting; {best}."
            )
        if epochs < FEWEST:
            return f"Too few epochs to tell: {epochs} seen, {FEWEST} are the fewest; {best}."
        gap = self.gap
        found = f"No rise of the validation {told}" if gap and gap.found else "No overfitting"
        short = ", so few that only a steep rise shows" if epochs < SHORT else ""
        return f"{found} found in {epochs} epochs{short}; {best}."

    def _told_of_gap(self) -> str:
        gap, seen = self.gap, self._curves
        if gap is None or not gap.found:
            return ""
        at = self._judged()
        interval = ""
        if gap.interval is not None:
            interval = " (95% interval {:.3f} to {:.3f})".format(*gap.interval)
        return (
            f"Gap: the {self.metric} of epoch {int(seen['epoch'][at])} is {seen['metric'][at]:.3f} "
            f"on training rows and {seen['val_metric'][at]:.3f} on validation rows, "
            f"{seen['metric'][at] - seen['val_metric'][at]:.3f} apart{interval}; at the best epoch "
            f"it is {gap.at_best:.3f}."
        )

    def _judged(self) -> int:
        """Return the index of the epoch whose weights the model has when training is over."""
        restored = self.mode == "stop" and self.onset_epoch is not None
        return int(np.argmin(self._curves["val_loss"])) if restored else -1
