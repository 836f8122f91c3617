"""What a trial is judged by: scores on rows that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import callbacks
import models
from labs import data
from labs.errors import InputError
from tuning.spaces import NO_DECAY, STANDARDIZED

if TYPE_CHECKING:
    from tuning.space_entries import Entry

Values = Mapping[str, Any]
Splits = list[tuple[np.ndarray, np.ndarray]]
"""Row numbers of training and validation for each fold."""
Curves = Mapping[str, list[float]]
"""One value an epoch for each metric."""
State = Sequence[Sequence[np.ndarray]]
"""All that training changes, of each program of a trial."""


@dataclass(frozen=True)
class Stretch:
    """The epochs that a trial trains.

    Attributes:
        epochs: The epoch to stop at, counted from 0.
        initial_epoch: The one to start from.
        state: What the stretch before has left; empty for none.
        goes_on: Whether to return the state, since a later stretch may go on from it.
    """

    epochs: int
    initial_epoch: int = 0
    state: State = ()
    goes_on: bool = False


class Rows(Protocol):
    """Rows that can be divided."""

    def take(self, rows: np.ndarray) -> Any:
        """Return those of the given numbers."""


class DivergedError(Exception):
    """A training whose loss is not finite."""


@dataclass(frozen=True)
class Validation:
    """Trainings on every fold with every seed.

    Attributes:
        scores: The objective of each, at the epoch that is kept, `(R,)`.
        epochs: That epoch, from 1, `(R,)`.
        history: One array `(R, epochs)` for each metric.
        state: What a later stretch goes on from, if there may be one.
        appeared: Hyperparameters that the study did not know.
        values: Those of `appeared`.
        one_by_one: Why the trainings ran one after the other; empty if as one program.
    """

    scores: np.ndarray
    epochs: np.ndarray
    history: dict[str, np.ndarray]
    state: State = ()
    appeared: tuple[Entry, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    one_by_one: str = ""


class Patience:
    """Early stopping of R trainings side by side, by Keras's rule.

    A training stops after `patience` epochs without a lower validation loss, and its best
    epoch is kept. The program ends when the last one has stopped; what the others went
    through meanwhile does not count.

    Args:
        patience: Epochs to wait, 0 for ever.
        replicas: Number of trainings R.
        objective: The value of the logs that is the score.
        initial_epoch: Epoch that the training starts from.
    """

    def __init__(
        self,
        patience: int,
        replicas: int,
        objective: str = "val_accuracy",
        initial_epoch: int = 0,
    ) -> None:
        self._patience = patience
        self._objective, self._initial_epoch = objective, initial_epoch
        self._lowest = np.full(replicas, np.inf)
        self._best = np.zeros(replicas, int)
        self._stopped = np.zeros(replicas, bool)

    def __call__(self, epoch: int, logs: Mapping[str, np.ndarray]) -> bool:
        """Take in an epoch, counted from 0, and tell whether all have stopped."""
        if not self._patience:
            return False
        lower = (logs["val_loss"] < self._lowest) & ~self._stopped
        self._lowest = np.where(lower, logs["val_loss"], self._lowest)
        self._best = np.where(lower, epoch, self._best)
        self._stopped |= epoch - self._best >= self._patience
        return bool(self._stopped.all())

    def judge(self, history: dict[str, np.ndarray]) -> Validation:
        """Return the scores at the epochs that are kept.

        Raises:
            DivergedError: If a loss or the score of a kept epoch, or of one before, is not finite.
            InputError: If the objective is not in the logs.
        """
        if self._objective not in history:
            raise InputError(
                f"objective must be in the logs, which have {', '.join(history)}, got "
                f"{self._objective!r}; name one of these, or compile the model with it."
            )
        names = dict.fromkeys(["loss", "val_loss", self._objective])
        values = np.stack([history[name] for name in names if name in history])
        replicas, epochs = values.shape[1:]
        kept = self._best if self._patience else np.full(replicas, epochs - 1)
        for replica, end in enumerate(kept):  # What comes after the kept epoch is thrown away.
            finite = np.isfinite(values[:, replica, : end + 1]).all(axis=0)
            if not finite.all():
                raise DivergedError(
                    f"The loss of training {replica + 1} of {replicas} is not finite in epoch "
                    f"{self._initial_epoch + int(finite.argmin()) + 1}."
                )
        scores = history[self._objective][np.arange(replicas), kept].astype(float)
        return Validation(scores, self._initial_epoch + kept + 1, history)


def join(parts: list[tuple[np.ndarray, Validation]], replicas: int) -> Validation:
    """Put trainings that ran in several programs in the order of their numbers.

    Args:
        parts: Numbers of the trainings `(r,)` and what became of them.
        replicas: Number of all trainings R.
    """
    scores, epochs = np.zeros(replicas), np.zeros(replicas, int)
    longest = max(curves.shape[1] for _, part in parts for curves in part.history.values())
    history = {
        name: np.full((replicas, longest), np.nan, np.float32) for name in parts[0][1].history
    }
    for numbers, part in parts:
        scores[numbers], epochs[numbers] = part.scores, part.epochs
        for name, curves in part.history.items():
            history[name][numbers, : curves.shape[1]] = curves
    return Validation(scores, epochs, history)


def validate_as_one(
    fit: Callable[..., models.Replicas],
    splits: Splits,
    seeds: int,
    seed: int,
    *,
    stretch: Stretch,
    **settings: Any,
) -> Validation:
    """Train one trial's nets as replicas of one program, see `validate_together`.

    Args:
        fit: As for `validate_together`; the place of each replica's trial is 0.
        splits: Row numbers of training and validation for each fold.
        seeds: Trainings on each fold.
        seed: Seed of the trial.
        stretch: Which epochs.
        settings: Those of `validate_together`.
    """
    (found,) = validate_together(fit, splits, seeds, [seed], stretches=[stretch], **settings)
    if isinstance(found, DivergedError):
        raise found
    return found


def validate_together(
    fit: Callable[..., models.Replicas],
    splits: Splits,
    seeds: int,
    trials: Sequence[int],
    *,
    patience: int,
    batch_size: int,
    stretches: Sequence[Stretch],
    objective: str = "val_accuracy",
) -> list[Validation | DivergedError]:
    """Train the nets of all trials, on every fold with every seed, as replicas of one program.

    Args:
        fit: Calls `models.fit_replicas`; takes the place in `trials` and the seed of each
            replica, the epochs, and other arguments by name.
        splits: Row numbers of training and validation for each fold.
        seeds: Trainings on each fold.
        trials: Seed of each trial.
        patience: Epochs without a lower validation loss to wait for, 0 for ever.
        batch_size: Rows a step.
        stretches: Which epochs, for each trial; they differ in their states alone.
        objective: The value of the logs that is the score.

    Returns:
        What became of each trial: one that diverges leaves the others as they are.
    """
    pairs = [pair for pair in splits for _ in range(seeds)]
    steps = np.array([-(-len(train) // batch_size) for train, _ in pairs])
    own_seeds = [seeds_of(seed, len(pairs)) for seed in trials]
    first = stretches[0]
    parts: list[list[tuple[np.ndarray, Validation]]] = [[] for _ in trials]
    states: list[list[Sequence[np.ndarray]]] = [[] for _ in trials]
    diverged: dict[int, DivergedError] = {}
    # One program takes the same number of steps in all.
    for program, count in enumerate(np.unique(steps)):
        numbers = np.flatnonzero(steps == count)
        replicas_of = [range(t * len(numbers), (t + 1) * len(numbers)) for t in range(len(trials))]
        watch = _EachWithPatience(
            replicas_of,
            [Patience(patience, len(numbers), objective, first.initial_epoch) for _ in trials],
        )
        every = [(trial, number) for trial in range(len(trials)) for number in numbers]
        before = [stretch.state[program] for stretch in stretches if stretch.state]
        replicas = fit(
            [trial for trial, _ in every],
            [own_seeds[trial][number] for trial, number in every],
            first.epochs,
            row_sets=[pairs[number][0] for _, number in every],
            validation_row_sets=[pairs[number][1] for _, number in every],
            on_epoch_end=watch,
            initial_epoch=first.initial_epoch,
            state=_side_by_side(before) if before else None,
        )
        for trial, own in enumerate(replicas_of):
            try:
                parts[trial].append((numbers, watch.judge(trial, replicas.history)))
            except DivergedError as error:
                diverged.setdefault(trial, error)
            states[trial] += [replicas.state(own)] if first.goes_on else []
    return [
        diverged.get(trial) or replace(join(parts[trial], len(pairs)), state=states[trial])
        for trial in range(len(trials))
    ]


class _EachWithPatience:
    """Early stopping of trials in one program, which ends when the last of them has stopped.

    Args:
        replicas: Those of each trial.
        patience: That of each trial.
    """

    def __init__(self, replicas: Sequence[range], patience: Sequence[Patience]) -> None:
        self._replicas, self._patience = replicas, patience
        self._epochs: list[int | None] = [None] * len(patience)
        self._seen = 0

    def __call__(self, epoch: int, logs: Mapping[str, np.ndarray]) -> bool:
        self._seen += 1
        for trial, own in enumerate(self._replicas):
            if self._epochs[trial] is None:
                values = {name: all_[own.start : own.stop] for name, all_ in logs.items()}
                if self._patience[trial](epoch, values):
                    self._epochs[trial] = self._seen
        return None not in self._epochs

    def judge(self, trial: int, history: Mapping[str, np.ndarray]) -> Validation:
        """Return the scores of a trial, whose curves end where it would have ended alone."""
        own, end = self._replicas[trial], self._epochs[trial]
        curves = {name: all_[own.start : own.stop, :end] for name, all_ in history.items()}
        return self._patience[trial].judge(curves)


def _side_by_side(states: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Stack the states of several trials; what all replicas share has no axis."""
    return [
        np.concatenate(same) if np.ndim(same[0]) else same[0] for same in zip(*states, strict=True)
    ]


def validate_one_by_one(
    train: Callable[[Any, Any, int, Patience, Stretch], tuple[Curves, Sequence[np.ndarray]]],
    rows: Rows,
    splits: Splits,
    seeds: int,
    seed: int,
    *,
    patience: int,
    stretch: Stretch,
    objective: str = "val_accuracy",
    reason: str,
) -> Validation:
    """Train on every fold with every seed, one training after the other.

    Args:
        train: Trains one net: takes training rows, validation rows, seed, when to stop and which
            epochs, of whose state it gets its own; returns its curves and, if asked, its state.
        rows: All rows.
        splits: Row numbers of training and validation for each fold.
        seeds: Trainings on each fold.
        seed: Seed of the trial.
        patience: Epochs without a lower validation loss to wait for, 0 for ever.
        stretch: Which epochs.
        objective: The value of the logs that is the score.
        reason: Why they do not train as one program.
    """
    pairs = [pair for pair in splits for _ in range(seeds)]
    parts, states = [], []
    for number, own_seed in enumerate(seeds_of(seed, len(pairs))):
        watch = Patience(patience, 1, objective, stretch.initial_epoch)
        own = replace(stretch, state=stretch.state[number : number + 1])
        train_rows, held_out = (rows.take(numbers) for numbers in pairs[number])
        curves, state = train(train_rows, held_out, own_seed, watch, own)
        history = {name: np.array([curve], np.float32) for name, curve in curves.items()}
        parts.append((np.array([number]), watch.judge(history)))
        states += [state] if stretch.goes_on else []
    return replace(join(parts, len(pairs)), state=states, one_by_one=reason)


def step_decay(values: Values) -> callbacks.StepDecay | None:
    """Return the decay of the learning rate, None for a constant one."""
    factor = values.get("decay_factor", NO_DECAY)
    if factor == NO_DECAY:
        return None
    # As the optimizer holds it, so that a training that goes on has the rates of a whole one.
    rate = float(np.float32(values["learning_rate"]))
    return callbacks.StepDecay(factor, every=values["decay_every"], initial_rate=rate)


def seeds_of(seed: int, count: int) -> list[int]:
    """Return seeds for `count` trainings, drawn from one."""
    return [int(s) for s in np.random.SeedSequence(seed).generate_state(count)]


def input_scale(values: Values, x: np.ndarray) -> float | None:
    """Return what raw inputs are multiplied by, None for nothing: pixels come as 0 to 255."""
    if x.dtype == np.uint8:
        return 1 / 255
    return data.DIABETES_SCALE if values.get("scaling") == STANDARDIZED else None
