"""A whole search, read from top to bottom: search, report, and only then the test rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from keras_tuner import HyperParameters
from rich.console import Console

from labs import data, results
from labs.errors import InputError
from labs.results import RunRecord
from tuning import spaces
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
from tuning.study import Kind, Study, fingerprint_of, load
from tuning.trial_table import TrialRow, best_trial, finished
from tuning.workers import ClusterWorkers, LocalWorkers, Workers

NAMES: Mapping[Kind, str] = {
    "dense": "dense Keras net",
    "convnet": "convolutional Keras net",
    "mlp_classifier": "MLPClassifier",
}
SHOWN_CURVES = 3


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
        keras = search(config, study, workers, record.directory)
        searched = [keras]
        if config.compare == "yes":
            baseline = replace(study, kind="mlp_classifier")
            searched.append(search(config, baseline, workers, record.directory / "mlp_classifier"))
    dataset = load(config.lab, config.dataset)  # With its test rows: every choice is made.
    record.use_dataset(dataset)
    record.add_findings(*data.check(dataset))
    for one in searched:
        report(one, dataset.name, record)
    finals = [evaluate(one.study, best_trial(one.trials), dataset, config) for one in searched]
    record_finals(finals, record)
    if config.lab == "diabetes":
        rows, sentences = compare_on_resplits(finals, dataset, config)
        record.add_table("resplits", rows)
        record.add_findings(*sentences)
    elif len(finals) > 1:
        record.add_findings(compare_on_test(finals))


def study_of(config: Config) -> Study:
    """Return what the search works on.

    Raises:
        InputError: If its rows cannot be split into so many folds.
    """
    study = Study(
        lab=config.lab,
        dataset=config.dataset,
        kind="convnet" if config.model == "convnet" else "dense",
        folds=config.folds,
        seeds=config.seeds,
        validation_fraction=config.validation_fraction,
        training_rows=config.training_rows,
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
    units = (4, 64) if config.lab == "diabetes" else (32, 256)
    epochs = (max(2, config.most_epochs // 16), config.most_epochs)
    make = {
        ("dense", False): spaces.dense_space,
        ("dense", True): spaces.dense_grid,
        ("convnet", False): spaces.convnet_space,
        ("convnet", True): spaces.convnet_grid,
        ("mlp_classifier", False): spaces.mlp_classifier_space,
        ("mlp_classifier", True): spaces.mlp_classifier_grid,
    }[kind, config.strategy == "grid"]
    return make(units, epochs)


def search(config: Config, study: Study, workers: Workers, directory: Path) -> Searched:
    """Search one kind of net, or go on with its search."""
    directory.mkdir(exist_ok=True)
    space = space_of(study.kind, config)
    labels = study.training_part().y
    chance = float(np.bincount(labels).max() / len(labels))
    size = grid_size(space)
    planned = min(config.trials or size, size)
    progress = SearchProgress(
        f"{NAMES[study.kind]}, {config.strategy} search", int(planned), Console()
    )
    with Journal(directory / "journal.jsonl") as journal, progress:
        known = frozenset(journal.trials)
        trials = Search(
            AskTell(config.strategy, space, config.trials or None, config.seed, chance),
            journal,
            study,
            workers.submit,
            directory / "histories",
            config.ask,
            lambda trial: progress.show(trial, trial.number not in known),
        ).run()
    write_trials(directory / "trials.csv", trials)
    write_hparams(directory / "tensorboard", trials, space)
    if not finished(trials):
        raise InputError(
            f"None of {len(trials)} trials of {NAMES[study.kind]} has a score, the last one "
            f"because: {trials[-1].error}"
        )
    return Searched(study, space, trials, sum(trial.seconds for trial in trials))


def report(searched: Searched, dataset_name: str, record: RunRecord) -> None:
    """Record what the trials show: certificate, edges, importance, pictures."""
    kind, trials, space = searched.study.kind, searched.trials, searched.space
    name, prefix = NAMES[kind], "mlp_classifier_" if kind == "mlp_classifier" else ""
    record.add_table(f"{prefix}certificate", [certificate(trials, space)])
    best = best_trial(trials)
    record.add_table(
        f"{prefix}best",
        [{"hyperparameter": key, "value": value} for key, value in best.hyperparameters.items()],
    )
    record.add_findings(*(f"{name}: {edge.sentence}" for edge in edges_of_best(trials, space)))
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
    record.add_figures(**{prefix + key: figure for key, figure in figures.items()})


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
    return results.plot_curves(title, histories)


def record_finals(finals: Sequence[Final], record: RunRecord) -> None:
    """Record the best settings' nets, and what is left of their score outside the search."""
    for final in finals:
        record.add_models(final.result)
        if final.net is not None:
            record.save_model("best", final.net)
    record.add_table("winners_curse", [final.curse for final in finals])
    for final in finals:
        record.add_findings(final.sentence)
