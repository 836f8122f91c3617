"""One trial, as a worker runs it: values in, scores and curves out."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from threadpoolctl import threadpool_limits

from labs.errors import InputError
from tuning.space_entries import Entry
from tuning.study import Study
from tuning.validation import DivergedError, State, Stretch, Validation

# A worker with several threads would share Keras's state and its cores among trials.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Task:
    """What a worker is asked to do; all of it decides the result.

    Attributes:
        study: What to train on; None for the one that a worker has been given before.
        values: The trial's hyperparameters.
        stretch: Which epochs to train; None leaves it to study and values.
        fresh: Whether it is none of the search, but on other splits and from other seeds.
        others: Trials of the same study that train with it as one program.
    """

    study: Any
    values: Mapping[str, Any]
    stretch: Stretch | None = None
    fresh: bool = False
    others: tuple[Task, ...] = ()

    @property
    def seed(self) -> int:
        """Seed of the trial."""
        study: Study = self.study
        return study.fresh_seed if self.fresh else study.seed_of(self.values)


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Attributes:
        status: `"done"`, `"failed"` if it raised, `"diverged"` if a loss was not finite.
        seconds: Wall time.
        scores: The objective of each training, `(R,)`, empty unless done.
        epochs: The epoch of each, from 1.
        history: One array `(R, epochs)` for each metric.
        error: Why it is not done.
        state: What a later stretch goes on from, empty unless there may be one.
        appeared: Hyperparameters that the study did not know, and `values` of these.
        one_by_one: Why the trainings ran one after the other; empty if as one program.
        together: Whether it trained with other trials as one program.
        others: What became of the task's others; empty as well if its worker died.
    """

    status: Literal["done", "failed", "diverged"]
    seconds: float
    scores: tuple[float, ...] = ()
    epochs: tuple[int, ...] = ()
    history: Mapping[str, np.ndarray] = field(default_factory=dict)
    error: str = ""
    state: State = ()
    appeared: tuple[Entry, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    one_by_one: str = ""
    together: bool = False
    others: tuple[Outcome, ...] = ()


def run_trial(task: Task) -> Outcome:
    """Train and validate; an error of the training becomes part of the result.

    Raises:
        InputError: If it is the search's fault, and every trial would end alike.
    """
    study: Study = task.study
    with _one_at_a_time:
        use_threads(study.threads)
        with threadpool_limits(study.threads):
            return _run_together(task) if task.others else _run(task)


def _run(task: Task) -> Outcome:
    study: Study = task.study
    start = time.perf_counter()
    found: Validation | Exception
    try:
        found = study.validate(task.values, task.seed, fresh=task.fresh, stretch=task.stretch)
    except InputError:
        raise
    except Exception as error:
        found = error
    return _outcome(found, time.perf_counter() - start)


def _run_together(task: Task) -> Outcome:
    study: Study = task.study
    tasks = [replace(task, others=()), *(replace(other, study=study) for other in task.others)]
    start = time.perf_counter()
    try:
        found = study.validate_together(
            [one.values for one in tasks],
            [one.seed for one in tasks],
            [one.stretch for one in tasks],
        )
    except InputError:
        raise
    except Exception:  # Whose fault it is shows when each is alone.
        outcomes = [_run(one) for one in tasks]
    else:
        seconds = (time.perf_counter() - start) / len(tasks)
        outcomes = [replace(_outcome(one, seconds), together=True) for one in found]
    return replace(outcomes[0], others=tuple(outcomes[1:]))


def _outcome(found: Validation | Exception, seconds: float) -> Outcome:
    if isinstance(found, DivergedError):
        return Outcome("diverged", seconds, error=str(found))
    if isinstance(found, Exception):
        reason = f"{type(found).__name__}: {found}".splitlines()[0]
        return Outcome("failed", seconds, error=reason)
    return Outcome(
        "done",
        seconds,
        tuple(found.scores.tolist()),
        tuple(found.epochs.tolist()),
        found.history,
        state=found.state,
        appeared=found.appeared,
        values=found.values,
        one_by_one=found.one_by_one,
    )


@cache
def use_threads(threads: int) -> None:
    """Give TensorFlow so many threads, once in a process, before its first operation.

    Raises:
        InputError: If the process has computed with other threads, as a worker of a cluster
            may have in an earlier search.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError as error:
        raise InputError(
            f"This worker cannot change to --threads {threads}, because it has computed with "
            "others; restart the workers of the cluster."
        ) from error
