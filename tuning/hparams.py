"""A search for TensorBoard's HParams tab: `tensorboard --logdir DIRECTORY`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorboard.plugins.hparams import api, api_pb2
from tensorboard.plugins.hparams.summary import session_end_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb

from labs.records.tensorboard import EVENT_FILE, write_events
from tuning.objective import VALIDATION_ACCURACY, Objective
from tuning.trial_table import Column, TrialRow, columns_in_use

if TYPE_CHECKING:
    from keras_tuner import HyperParameters


def write_hparams(
    directory: Path,
    trials: Sequence[TrialRow],
    space: HyperParameters,
    objective: Objective = VALIDATION_ACCURACY,
) -> None:
    """Write what TensorBoard's HParams tab shows of a search: its ranges and its trials.

    Each trial is a session of its own, `directory/trial-0007`, with its hyperparameters, its
    seconds and, if it is done, its score; one that failed or diverged has the
    status failure. May be called after every batch of trials: a trial that is there stays
    as it is, and a kill leaves whole files only.

    Args:
        directory: Where to write; made if need be.
        trials: The trials so far.
        space: What is searched. Fixed hyperparameters are left out.
        objective: What the scores are.
    """
    score = objective.label.replace(" ", "_")
    metrics = [
        api.Metric(score, display_name=objective.label),
        api.Metric("seconds", display_name="seconds"),
    ]
    columns = columns_in_use(space, trials)
    hparams = [api.HParam(column.name, _domain(column)) for column in columns]
    write_events(directory, [(0, api.hparams_config_pb(hparams, metrics))])
    names = {column.name for column in columns}
    for trial in trials:
        session = directory / f"trial-{trial.number:04d}"
        if not (session / EVENT_FILE).exists():
            write_events(session, ((0, s) for s in _session(session.name, trial, names, score)))


def _session(name: str, trial: TrialRow, names: set[str], score: str) -> list[Any]:
    values = {key: value for key, value in trial.hyperparameters.items() if key in names}
    end = time.time()
    done = trial.status == "done"
    status = api_pb2.STATUS_SUCCESS if done else api_pb2.STATUS_FAILURE
    return [
        # The name keeps trials of equal values apart.
        api.hparams_pb(values, trial_id=name, start_time_secs=end - trial.seconds),
        *([scalar_pb(score, trial.score)] if done else []),
        scalar_pb("seconds", trial.seconds),
        session_end_pb(status, end_time_secs=end),
    ]


def _domain(column: Column) -> Any:
    if column.scale == "levels":
        return api.Discrete(column.levels)
    interval = api.IntInterval if column.integer else api.RealInterval
    return interval(column.low, column.high)
