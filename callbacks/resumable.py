"""What callbacks have learned so far, to be stored and put back; and what they do."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

import keras


class Resumable(keras.callbacks.Callback):
    """A callback whose state can be taken and put back, so that a training can go on.

    `state = callback.get_state()` after some epoch, and before the training goes on, perhaps in
    another process, `callback.set_state(state)` and `fit(..., initial_epoch=...)`.
    """

    STATE: ClassVar[tuple[str, ...]] = ()
    """Attributes that make up the state."""
    role: Any = "controller"
    """`"observer"`: looks at the logs alone, so a loop may call it some epochs later, in order.
    `"schedule"`: sets the learning rate, too, in `on_epoch_begin`, by the epoch alone.
    `"controller"`: needs every epoch when it ends, because it reads or changes the model."""

    def __init__(self) -> None:
        super().__init__()
        self._resumed = False

    def get_state(self) -> dict[str, Any]:
        """Return what was learned so far: numbers, lists of them, and arrays of weights."""
        return {name.lstrip("_"): copy.deepcopy(getattr(self, name)) for name in self.STATE}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over a state; the next training goes on from it.

        Raises:
            ValueError: If it is not the state of such a callback.
        """
        names = {name.lstrip("_"): name for name in self.STATE}
        if set(state) != set(names):
            raise ValueError(
                f"The state of {type(self).__name__} consists of {sorted(names)}, got "
                f"{sorted(state)}. Pass what get_state() of the same class returned."
            )
        for key, name in names.items():
            setattr(self, name, copy.deepcopy(state[key]))
        self._resumed = True

    def _goes_on(self) -> bool:
        """Return once, when a training begins, whether a state was put back for it."""
        resumed, self._resumed = self._resumed, False
        return resumed
