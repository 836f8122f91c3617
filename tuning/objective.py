"""What a search goes by: which value of the logs, and whether more of it is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from labs.errors import InputError

if TYPE_CHECKING:
    from tuning.trial_table import TrialRow

Direction = Literal["min", "max"]


@dataclass(frozen=True)
class Objective:
    """A value of the logs that a search makes small or large.

    Attributes:
        name: Its name in the logs, such as `"val_loss"`.
        direction: Whether less or more of it is better.
    """

    name: str
    direction: Direction

    @property
    def label(self) -> str:
        """What it is called in pictures."""
        return self.name.replace("val_", "validation ", 1).replace("_", " ")

    @property
    def sign(self) -> int:
        """1 if more is better, otherwise -1: what turns a score into one to be maximized."""
        return 1 if self.direction == "max" else -1

    def show(self, upward: float) -> str:
        """Write a score of which more is better as it came."""
        return f"{self.sign * upward:.4f}"

    def upward(self, trial: TrialRow) -> TrialRow:
        """Return a trial with scores of which more is better."""
        if self.direction == "max" or trial.score is None:
            return trial
        folds = tuple(-score for score in trial.fold_scores)
        return replace(trial, score=-trial.score, fold_scores=folds)


VALIDATION_ACCURACY = Objective("val_accuracy", "max")


def objective_of(name: str, direction: str | None) -> Objective:
    """Return the objective of a name, whose direction keras-tuner infers unless it is given.

    Raises:
        InputError: If it cannot be inferred, or is neither "min" nor "max".
    """
    from keras_tuner.oracles import RandomSearchOracle

    if direction is None:
        try:
            direction = RandomSearchOracle(objective=name).objective.direction
        except ValueError as error:
            raise InputError(
                f"direction must be 'min' or 'max' for the objective {name!r}, whose direction "
                "nobody knows, got None; say which."
            ) from error
    if direction not in ("min", "max"):
        raise InputError(f"direction must be 'min' or 'max', got {direction!r}; give one of them.")
    return Objective(name, cast(Direction, direction))
