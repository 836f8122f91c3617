"""A search of anything: ask, train and tell; and what its trials show."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from keras_tuner import HyperParameters
from rich.console import Console

from labs import plots
from labs.errors import InputError
from labs.records import RunRecord
from tuning.certificate import certificate
from tuning.edges import edges_of_best
from tuning.grid_size import grid_size
from tuning.hparams import write_hparams
from tuning.importance import hyperparameter_importance
from tuning.journal import Journal
from tuning.optuna_oracle import OptunaOracle
from tuning.oracles import AskTell, Oracle
from tuning.plots import (
    plot_best_so_far,
    plot_hyperparameters,
    plot_importance,
    plot_parallel_coordinates,
)
from tuning.progress import SearchProgress
from tuning.schedule import Halving, OneByOne, Schedule
from tuning.study import Study
from tuning.trial import Task
from tuning.trial_loop import TrialLoop, write_trials
from tuning.trial_table import TrialRow, best_trial, columns_in_use, finished, last_rungs
from tuning.validation import Stretch
from tuning.workers import Workers

StudyT = TypeVar("StudyT", bound=Study)
Strategy = Literal["grid", "random", "bayesian", "tpe", "gp", "halving"]

SHOWN_CURVES = 3
TOGETHER = 64
"""Trials of a grid or a rung that are asked for together; a group has no others."""
CAPTIONS = {
    "best_so_far": "the score of each trial, and the best one up to it.",
    "parallel_coordinates": "each trial is a line through its values, the best ones dark.",
    "hyperparameters": "score over each hyperparameter, a dot a trial.",
    "curves": "training and validation curves of the best trials, means over folds and seeds.",
    "importance": "how much of the score's variation each hyperparameter explains.",
}
"""What to see in each picture."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a search goes on.

    Attributes:
        strategy: What proposes the trials.
        trials: Most trials, with halving those of the first rung; None for a whole grid.
        epochs: Epochs of the last rung of halving.
        factor: With halving, one trial in so many goes on to the next rung.
        at_once: Trials asked for ahead of those that are told.
        enqueue: Known settings, tried first.
        planned: Trials that the search began with, if it goes on with more.
        mend: Whether to drop damaged lines of the journal.
    """

    strategy: Strategy
    trials: int | None
    epochs: int = 0
    factor: int = 3
    at_once: int = 4
    enqueue: Sequence[Mapping[str, Any]] = ()
    planned: int | None = None
    mend: bool = False


@dataclass(frozen=True)
class Searched(Generic[StudyT]):
    """One kind of net after its search.

    Attributes:
        study: What was trained on.
        space: What was chosen from, with what appeared on the way.
        trials: All trials, in the order of asking.
        directory: Where journal, curves and table are.
        settings: How it was searched.
    """

    study: StudyT
    space: HyperParameters
    trials: list[TrialRow]
    directory: Path
    settings: Settings

    @property
    def ranked(self) -> list[TrialRow]:
        """A trial for each setting, with scores of which more is better."""
        return [self.study.objective.upward(trial) for trial in last_rungs(self.trials)]

    @property
    def best(self) -> TrialRow:
        """The best trial, with the score that it has."""
        return self.trials[best_trial(self.ranked).number]


def search_study(
    study: StudyT,
    space: HyperParameters,
    settings: Settings,
    workers: Workers,
    directory: Path,
    console: Console,
    *,
    refresh: Callable[[Callable[[], None]], None] = lambda write: None,
    chance: float | None = None,
) -> Searched[StudyT]:
    """Search, or go on with a search.

    Args:
        study: What to train on.
        space: What to choose from.
        settings: How.
        workers: Who runs the trials.
        directory: Where journal, curves, table and TensorBoard's files go.
        console: Where to show how far it is.
        refresh: Called after each trial with what writes the table, for a page that follows.
        chance: Score of a constant answer, if known.

    Raises:
        InputError: If no trial has a score, or the journal is not of this search.
    """
    directory.mkdir(exist_ok=True)
    title = f"{study.name}, {settings.strategy} search"
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(directory / "journal.jsonl", mend=settings.mend))
        known = frozenset(journal.trials)
        if settings.trials is not None and settings.strategy != "halving":
            # It may have gone on with more trials before.
            settings = replace(settings, trials=max(settings.trials, len(known)))
        schedule, planned = make_schedule(study, space, settings, chance)
        progress = SearchProgress(title, planned, console, study.objective)
        stack.enter_context(progress)

        def tell(trial: TrialRow) -> None:
            progress.show(trial, trial.number not in known)
            refresh(lambda: write_trials(directory / "trials.csv", journal.in_order))

        trials = TrialLoop(
            schedule=schedule,
            journal=journal,
            study=study,
            submit=workers.submit,
            directory=directory / "histories",
            at_once=settings.at_once,
            together=_asked_together(study, settings),
            on_finished=tell,
        ).run()
    write_trials(directory / "trials.csv", trials)
    write_hparams(directory / "tensorboard", trials, schedule.oracle.space, study.objective)
    if not finished(trials):
        raise InputError(
            f"None of {len(trials)} trials of {study.name} has a score, the last one "
            f"because: {trials[-1].error}"
        )
    return Searched(study, schedule.oracle.space, trials, directory, settings)


def _asked_together(study: Study, settings: Settings) -> int:
    """Return how many trials are asked for together: many where some may be of one program.

    Those of a random search are too seldom, and it may go on with more, which would regroup them.
    """
    may_group = settings.strategy in ("grid", "halving") and study.most_together > 1
    return TOGETHER if may_group else 1


def make_schedule(
    study: Study, space: HyperParameters, settings: Settings, chance: float | None
) -> tuple[Schedule, int | None]:
    """Return who asks for the trials, and how many there will be at most, if that is known."""
    trials, size = settings.trials, grid_size(space)
    given: dict[str, Any] = {
        "trials": trials,
        "seed": study.seed,
        "objective": study.objective,
        "chance": chance,
    }
    oracle: Oracle
    if settings.strategy == "tpe" or settings.strategy == "gp":
        oracle = OptunaOracle(space, settings.strategy, **given)
    else:
        strategy = "random" if settings.strategy == "halving" else settings.strategy
        oracle = AskTell(strategy, space, planned=settings.planned, **given)
    flat = OneByOne(oracle, settings.enqueue, trials)
    if settings.strategy != "halving":
        most = min(trials or size, size)
        return flat, None if math.isinf(most) else int(most)
    assert trials is not None
    halving = Halving(
        flat,
        trials=trials,
        epochs=settings.epochs,
        factor=settings.factor,
        objective=study.objective,
    )
    rungs = range(len(halving.stops))
    return halving, sum(max(1, trials // settings.factor**rung) for rung in rungs)


def fresh_task(searched: Searched[Any]) -> Task:
    """Return what shows how good the best settings are: other splits, and other seeds."""
    best = searched.best
    halved = searched.settings.strategy == "halving"
    stretch = Stretch(max(best.epochs)) if halved else None
    return Task(searched.study, best.hyperparameters, stretch, fresh=True)


def report(searched: Searched[Any], title: str, record: RunRecord, *, prefix: str = "") -> None:
    """Record what the trials show: certificate, edges, importance, pictures.

    Args:
        searched: A finished search.
        title: Name of the data, for the pictures.
        record: Where it goes.
        prefix: In front of the names of tables and pictures, where a run has several searches.
    """
    study, space, trials = searched.study, searched.space, searched.ranked
    record.add_table(f"{prefix}certificate", [certificate(searched.trials, space)])
    values = searched.best.hyperparameters.items()
    record.add_table(f"{prefix}best", [{"hyperparameter": k, "value": v} for k, v in values])
    # A grid's values are its points.
    edges = [] if searched.settings.strategy == "grid" else edges_of_best(trials, space)
    record.add_findings(*(f"{study.name}: {edge.sentence}" for edge in edges))
    importance = hyperparameter_importance(trials, space, study.seed)
    record.add_findings(f"{study.name}, importance: {importance.remark}")
    title = ", ".join(dict.fromkeys([title, study.name]))  # A search of one's own has one name.
    figures = {"best_so_far": plot_best_so_far(title, trials, study.objective)}
    if columns_in_use(space, trials):
        for key, plot in (
            ("parallel_coordinates", plot_parallel_coordinates),
            ("hyperparameters", plot_hyperparameters),
        ):
            figures[key] = plot(title, trials, space, objective=study.objective)
    if histories := best_histories(searched):
        figures["curves"] = plots.plot_curves(title, histories)
    if importance.rows:
        figures["importance"] = plot_importance(title, importance)
    for key, figure in figures.items():
        record.add_figure(prefix + key, figure, caption=f"{study.name}: {CAPTIONS[key]}")


def best_histories(searched: Searched[Any]) -> dict[str, dict[str, Any]]:
    """Return the curves of the best trials that have losses, means over folds and seeds."""
    own = [trial for trial in finished(searched.ranked) if trial.repeats is None]
    histories = {}
    for trial in sorted(own, key=lambda trial: -(trial.score or 0))[:SHOWN_CURVES]:
        path = searched.directory / "histories" / f"trial-{trial.number:05d}.npz"
        with np.load(path) as curves:
            if "loss" in curves:
                # An early stop of one training makes its curves shorter than the longest.
                histories[f"trial {trial.number}"] = {
                    metric: np.nanmean(curves[metric], axis=0) for metric in curves.files
                }
    return histories
