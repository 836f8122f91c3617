"""One trial, as a worker runs it: values in, accuracies and curves out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from keras_tuner import HyperParameters
from threadpoolctl import threadpool_limits

from labs.data import Part
from labs.errors import InputError
from tuning import convnet, dense, mlp_classifier, spaces
from tuning.study import Kind, Study
from tuning.validation import DivergedError, Splits, Validation, Values


@dataclass(frozen=True)
class Net:
    """A kind of net that can be searched: what it is called, chosen from and trained by.

    Attributes:
        name: What the search calls it.
        validate: Trains on every fold with every seed, see `dense.validate`.
        predict: Trains on all rows and predicts, see `dense.predict`.
        space: Makes the space of random and Bayesian search, see `spaces`.
        grid: Makes the grid.
        library: Who made it.
    """

    name: str
    validate: Callable[[Values, Part, Splits, int, int], Validation]
    predict: Callable[..., tuple[np.ndarray, keras.Model | None]]
    space: Callable[[tuple[int, int], tuple[int, int]], HyperParameters]
    grid: Callable[[tuple[int, int], tuple[int, int]], HyperParameters]
    library: str = "keras"

    @property
    def tuned(self) -> str:
        """What the best one is called."""
        return f"tuned {self.name}"


NETS: Mapping[Kind, Net] = {
    "dense": Net(
        "dense Keras net", dense.validate, dense.predict, spaces.dense_space, spaces.dense_grid
    ),
    "convnet": Net(
        "convolutional Keras net",
        convnet.validate,
        convnet.predict,
        spaces.convnet_space,
        spaces.convnet_grid,
    ),
    "mlp_classifier": Net(
        "MLPClassifier",
        mlp_classifier.validate,
        mlp_classifier.predict,
        spaces.mlp_classifier_space,
        spaces.mlp_classifier_grid,
        "scikit-learn",
    ),
}

# A worker with several threads would share Keras's state and its cores among trials.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Task:
    """What a worker is asked to do; all of it decides the result."""

    study: Study
    values: Mapping[str, Any]

    @property
    def seed(self) -> int:
        """Seed of the trial."""
        return self.study.seed_of(self.values)


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Attributes:
        status: `"done"`, `"failed"` if it raised, `"diverged"` if a loss was not finite.
        seconds: Wall time.
        scores: Validation accuracy of each training, `(R,)`, empty unless done.
        epochs: The epoch of each, from 1.
        history: One array `(R, epochs)` for each metric.
        error: Why it is not done.
    """

    status: Literal["done", "failed", "diverged"]
    seconds: float
    scores: tuple[float, ...] = ()
    epochs: tuple[int, ...] = ()
    history: Mapping[str, np.ndarray] = field(default_factory=dict)
    error: str = ""


def run_trial(task: Task) -> Outcome:
    """Train and validate; an error of the training becomes part of the result."""
    with _one_at_a_time:
        use_threads(task.study.threads)
        part, splits = task.study.training_part(), _splits(task.study)
        start = time.perf_counter()
        try:
            with threadpool_limits(task.study.threads):
                validation = NETS[task.study.kind].validate(
                    task.values, part, splits, task.study.seeds, task.seed
                )
        except DivergedError as error:
            return Outcome("diverged", time.perf_counter() - start, error=str(error))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            return Outcome("failed", time.perf_counter() - start, error=reason)
        return Outcome(
            "done",
            time.perf_counter() - start,
            tuple(validation.scores.tolist()),
            tuple(validation.epochs.tolist()),
            validation.history,
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


@cache
def _splits(study: Study) -> Splits:
    return study.splits()
