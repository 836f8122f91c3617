"""Multiply the learning rate by a factor after certain epochs."""

from __future__ import annotations

import math
import operator
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import keras

from .resumable import Resumable

LECTURE_MILESTONES = (30, 60, 90)


class StepDecay(Resumable):
    """Multiply the learning rate by `factor` after each milestone.

    The rate is a function of the epoch and the initial rate alone,

        rate(epoch) = initial_rate · factor ** drops(epoch),

    where `drops(epoch)` counts the milestones that are not greater than the epoch
    (`epoch // every` with `every`). Epochs count from 0, so milestone 30 leaves 30 epochs
    at the rate before it. The rate of each epoch appears in `logs` as `learning_rate`.

    Without `initial_rate`, the optimizer tells it when training begins:

    - An optimizer that has not taken a step has the initial rate. This is a fresh model,
      also one that was given saved weights and starts with `initial_epoch > 0`.
    - An optimizer that has taken steps has the rate of the epoch before the first one,
      so the drops up to `initial_epoch - 1` are taken back. This is a training that goes
      on in the same process, or from a loaded `.keras` file, and it has the same rates as
      a training that was never interrupted (up to the rounding of the float32 rate in
      the optimizer). With `initial_epoch=0` there is nothing to take back: a second
      training of the same model starts from the rate that the first one left.

    Where the optimizer's rate is no longer the one that was set last, because ReduceLROnPlateau or
    a user has changed it, the initial rate is scaled by the quotient of the two, and the drops go
    on from there.

    Pass `initial_rate` where neither fits, for example to train a model again from the
    full rate, or to add the decay to a training that began with a constant rate.

    Lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University: multiply the
    learning rate by .1 after epochs 30, 60 and 90, which is the default.

    A training that is shorter than the first milestone gets a warning, since its rate never drops.
    Tested with Keras 3.15.

    Args:
        factor: What the rate is multiplied by, between 0 and 1, both excluded.
        every: Number of epochs between two drops, at least 1. Not with `milestones`.
        milestones: Epochs after which the rate drops, at least 1, in increasing order.
            30, 60 and 90 where neither `every` nor `milestones` is given.
        initial_rate: Rate of epoch 0, greater than 0. By default the optimizer tells it.

    Example:
        >>> history = model.fit(x, y, epochs=4, verbose=0, callbacks=[StepDecay(0.5, every=2)])
        >>> [round(rate, 4) for rate in history.history["learning_rate"]]  # Adam's .001 at first
        [0.001, 0.001, 0.0005, 0.0005]

    Raises:
        TypeError: If `every` or a milestone is not an integer.
        ValueError: If an argument is outside its range, or both `every` and `milestones`
            are given.
    """

    STATE: ClassVar = ("_first_rate", "_last_set")
    role = "schedule"

    def __init__(
        self,
        factor: float = 0.1,
        *,
        every: int | None = None,
        milestones: Iterable[int] | None = None,
        initial_rate: float | None = None,
    ) -> None:
        super().__init__()
        if not 0 < factor < 1:
            raise ValueError(
                f"factor must lie between 0 and 1, both excluded, got {factor}. "
                "Pass 0.1 to divide the rate by ten."
            )
        if every is not None and milestones is not None:
            raise ValueError(
                f"Pass every or milestones, not both: got every={every}, milestones={milestones}."
            )
        if initial_rate is not None and not 0 < initial_rate < math.inf:
            raise ValueError(
                f"initial_rate must be a positive number, got {initial_rate}. "
                "Leave it out to take the optimizer's rate."
            )
        self.factor = factor
        self.every = None if every is None else _check_epochs("every", [every])[0]
        self.milestones: tuple[int, ...] = ()
        if every is None:
            given = LECTURE_MILESTONES if milestones is None else milestones
            self.milestones = _check_epochs("milestones", given)
        self.initial_rate = initial_rate
        self._first_rate: float | None = None
        # The last epoch and the rate that the optimizer was given for it.
        self._last_set: tuple[int, float] | None = None

    def rate_at(self, epoch: int, initial_rate: float) -> float:
        """Return the learning rate of an epoch.

        Args:
            epoch: Index of the epoch, from 0.
            initial_rate: Rate of epoch 0.
        """
        return initial_rate * self.factor ** self._drops(epoch)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training and refuse an optimizer whose rate cannot be set."""
        if not self._goes_on():
            self._first_rate, self._last_set = self.initial_rate, None
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            raise ValueError(
                "StepDecay sets the learning rate of the model's optimizer, but the model has "
                "none. Compile it first: model.compile(optimizer=..., loss=...)."
            )
        if not isinstance(optimizer.learning_rate, keras.Variable):
            raise TypeError(
                f"StepDecay cannot set the learning rate of {optimizer.name!r}: it was built with "
                "a LearningRateSchedule or a function instead of a number. Compile the model "
                "with a float, such as keras.optimizers.Adam(learning_rate=0.001), or leave "
                "StepDecay out."
            )
        first = self.every or self.milestones[0]
        epochs = (self.params or {}).get("epochs", math.inf)
        if epochs <= first:
            warnings.warn(
                f"StepDecay leaves the learning rate as it is: the first drop comes after {first} "
                f"epochs, the training ends after {epochs}. Pass a smaller every or milestones.",
                stacklevel=2,
            )

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the rate of this epoch."""
        optimizer = self.model.optimizer
        rate = self._held_rate()
        if self._first_rate is None:
            # The first epoch of a training is known here, not in on_train_begin.
            stepped = int(keras.ops.convert_to_numpy(optimizer.iterations)) > 0
            drops = self._drops(epoch - 1) if stepped and epoch > 0 else 0
            self._first_rate = rate / self.factor**drops
        elif self._last_set is not None and epoch > self._last_set[0]:
            # Not when an epoch comes again: a loop that runs blocks of epochs asks for all rates
            # of a block before it tells of them, one after the other.
            self._first_rate *= rate / self._last_set[1] if self._last_set[1] > 0 else 1
        optimizer.learning_rate = self.rate_at(epoch, self._first_rate)
        self._last_set = epoch, self._held_rate()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the rate that the optimizer holds into `logs["learning_rate"]`."""
        if logs is not None:
            logs["learning_rate"] = self._held_rate()

    def _held_rate(self) -> float:
        return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def _drops(self, epoch: int) -> int:
        if self.every is not None:
            return epoch // self.every
        return bisect_right(self.milestones, epoch)


def _check_epochs(name: str, values: Iterable[int]) -> tuple[int, ...]:
    """Return the values as integers, which must be at least 1 and increase."""
    try:
        epochs = tuple(operator.index(value) for value in values)
    except TypeError as error:
        raise TypeError(f"{name} must hold whole epochs such as 30, got {values!r}.") from error
    # With 0 in front the check for increasing numbers is also one for positive numbers.
    if not epochs or any(a >= b for a, b in zip((0, *epochs), epochs, strict=False)):
        raise ValueError(
            f"{name} must be epochs of at least 1 in increasing order, such as 30, 60, 90, "
            f"got {list(epochs)}."
        )
    return epochs
