"""A whole search, read from top to bottom: search, report, and only then the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from keras_tuner import HyperParameters
from rich.console import Console

from labs import data, plots
from labs.errors import InputError
from labs.records import RunRecord
from tuning.certificate import certificate
from tuning.config import Config
from tuning.edges import edges_of_best
from tuning.final import Final, compare_on_resplits, compare_on_test, evaluate
from tuning.grid_size import grid_size
from tuning.hparams import write_hparams
from tuning.importance import hyperparameter_importance
from tuning.journal import Journal
from tuning.oracles import AskTell
from tuning.plots import (
    plot_best_so_far,
    plot_hyperparameters,
    plot_importance,
    plot_parallel_coordinates,
)
from tuning.progress import SearchProgress
from tuning.search import Search, write_trials
from tuning.spaces import add_scaling
from tuning.study import Kind, Study, fingerprint_of, load
from tuning.subjects import SUBJECTS
from tuning.trial import NETS
from tuning.trial_table import TrialRow, best_trial, finished
from tuning.workers import ClusterWorkers, LocalWorkers, Workers

SHOWN_CURVES = 3
FORMATS = {"accuracy": ".4f", "Keras net minus this": ".4f", "95% interval": ".4f", "p": ".2g"}
CAPTIONS = {
    "best_so_far": "the score of each trial, and the best one up to it.",
    "parallel_coordinates": "each trial is a line through its values, the best ones dark.",
    "hyperparameters": "score over each hyperparameter, a dot a trial.",
    "curves": "training and validation curves of the best trials, means over folds and seeds.",
    "importance": "how much of the score's variation each hyperparameter explains.",
}
"""What to see in each picture."""


@dataclass(frozen=True)
class Searched:
    """One kind of net after its search."""

    study: Study
    space: HyperParameters
    trials: list[TrialRow]
    seconds: float


def run_search(config: Config, record: RunRecord) -> None:
    """Search, report, evaluate the best settings, and compare.

    Args:
        config: Settings without open choices, see `Config.complete`.
        record: Where results go; a reopened one goes on from its journals.
    """
    study = study_of(config)
    with make_workers(config) as workers:
        keras = search(config, study, workers, record.directory, record.console)
        searched = [keras]
        if config.compare == "yes":
            baseline = replace(study, kind="mlp_classifier")
            below = record.directory / "mlp_classifier"
            searched.append(search(config, baseline, workers, below, record.console))
    dataset = load(config.lab, config.dataset)  # With its test rows: every choice is made.
    record.use_dataset(dataset)
    record.add_findings(*data.check(dataset))
    for one in searched:
        report(one, dataset.name, record, is_grid=config.strategy == "grid")
    finals = [evaluate(one.study, best_trial(one.trials), dataset, config) for one in searched]
    record_finals(finals, record)
    if SUBJECTS[config.lab].resplits:
        rows, sentences = compare_on_resplits(finals, dataset, config)
        record.add_table("resplits", rows, formats=FORMATS)
        record.add_findings(*sentences)
    elif len(finals) > 1:
        record.add_findings(compare_on_test(finals, dataset))


def study_of(config: Config) -> Study:
    """Return what the search works on.

    Raises:
        InputError: If its rows cannot be split into so many folds.
    """
    study = Study(
        lab=config.lab,
        dataset=config.dataset,
        kind="convnet" if config.model == "convnet" else "dense",
        folds=int(config.folds),
        seeds=int(config.seeds),
        validation_fraction=config.validation_fraction,
        training_rows=None if config.training_rows == "all" else int(config.training_rows),
        seed=config.seed,
        threads=config.threads,
    )
    try:
        study.splits()
    except ValueError as error:  # Too few rows or groups for what was asked.
        raise InputError(f"The training rows cannot be split as asked. {error}") from error
    return replace(study, fingerprint=fingerprint_of(study.training_part()))


def make_workers(config: Config) -> Workers:
    """Return who runs the trials."""
    if config.cluster:
        return ClusterWorkers(config.cluster, config.ask)
    return LocalWorkers(min(config.workers, config.ask))


def space_of(kind: Kind, config: Config) -> HyperParameters:
    """Return the space of a kind of net, or its grid."""
    make = NETS[kind].grid if config.strategy == "grid" else NETS[kind].space
    most = config.most_epochs
    assert isinstance(most, int)  # See `Config.complete`.
    space = make(SUBJECTS[config.lab].units, (max(2, most // 16), most))
    if not SUBJECTS[config.lab].images:
        add_scaling(space, is_grid=config.strategy == "grid")
    return space


def search(
    config: Config, study: Study, workers: Workers, directory: Path, console: Console
) -> Searched:
    """Search one kind of net, or go on with its search."""
    directory.mkdir(exist_ok=True)
    space = space_of(study.kind, config)
    labels = study.training_part().y
    chance = float(np.bincount(labels).max() / len(labels))
    size = grid_size(space)
    most = None if config.trials == "all" else int(config.trials)
    planned = min(most or size, size)
    progress = SearchProgress(
        f"{NETS[study.kind].name}, {config.strategy} search", int(planned), console
    )
    with Journal(directory / "journal.jsonl", mend=config.mend) as journal, progress:
        known = frozenset(journal.trials)
        trials = Search(
            oracle=AskTell(config.strategy, space, trials=most, seed=config.seed, chance=chance),
            journal=journal,
            study=study,
            submit=workers.submit,
            directory=directory / "histories",
            at_once=config.ask,
            on_finished=lambda trial: progress.show(trial, trial.number not in known),
        ).run()
    write_trials(directory / "trials.csv", trials)
    write_hparams(directory / "tensorboard", trials, space)
    if not finished(trials):
        raise InputError(
            f"None of {len(trials)} trials of {NETS[study.kind].name} has a score, the last one "
            f"because: {trials[-1].error}"
        )
    return Searched(study, space, trials, sum(trial.seconds for trial in trials))


def report(searched: Searched, dataset_name: str, record: RunRecord, *, is_grid: bool) -> None:
    """Record what the trials show: certificate, edges, importance, pictures."""
    kind, trials, space = searched.study.kind, searched.trials, searched.space
    name, prefix = NETS[kind].name, "mlp_classifier_" if kind == "mlp_classifier" else ""
    record.add_table(f"{prefix}certificate", [certificate(trials, space)])
    best = best_trial(trials)
    record.add_table(
        f"{prefix}best",
        [{"hyperparameter": key, "value": value} for key, value in best.hyperparameters.items()],
    )
    edges = [] if is_grid else edges_of_best(trials, space)  # A grid's values are its points.
    record.add_findings(*(f"{name}: {edge.sentence}" for edge in edges))
    importance = hyperparameter_importance(trials, space, searched.study.seed)
    record.add_findings(f"{name}, importance: {importance.remark}")
    title = f"{dataset_name}, {name}"
    figures = {
        "best_so_far": plot_best_so_far(title, trials),
        "parallel_coordinates": plot_parallel_coordinates(title, trials, space),
        "hyperparameters": plot_hyperparameters(title, trials, space),
        "curves": plot_best_curves(title, searched, record.directory),
    }
    if importance.rows:
        figures["importance"] = plot_importance(title, importance)
    for key, figure in figures.items():
        record.add_figure(prefix + key, figure, caption=f"{name}: {CAPTIONS[key]}")


def plot_best_curves(title: str, searched: Searched, directory: Path) -> Any:
    """Draw the curves of the best trials, means over folds and seeds."""
    if searched.study.kind == "mlp_classifier":
        directory = directory / "mlp_classifier"
    own = [trial for trial in finished(searched.trials) if trial.repeats is None]
    best = sorted(own, key=lambda trial: -(trial.score or 0))[:SHOWN_CURVES]
    histories = {}
    for trial in best:
        with np.load(directory / "histories" / f"trial-{trial.number:05d}.npz") as curves:
            # An early stop of one training makes its curves shorter than the longest.
            histories[f"trial {trial.number}"] = {
                metric: np.nanmean(curves[metric], axis=0) for metric in curves.files
            }
    return plots.plot_curves(title, histories)


def record_finals(finals: Sequence[Final], record: RunRecord) -> None:
    """Record the best settings' nets, and what is left of their score outside the search."""
    for final in finals:
        record.add_models(final.result)
        if final.net is not None:
            record.save_model("best", final.net)
            record.recommend("best")
    record.add_table("winners_curse", [final.curse for final in finals])
    for final in finals[1:]:
        record.add_findings(final.sentence)
    record.answer(
        finals[0].sentence,
        limits="The test rows are one sample; what another strategy or a larger budget would find.",
    )
