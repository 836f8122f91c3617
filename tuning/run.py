"""A lab's search, read from top to bottom: search, report, and only then the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from keras_tuner import HyperParameters

from labs import data
from labs.errors import InputError
from labs.records import RunRecord
from labs.running.resuming import load_config
from tuning.config import Config
from tuning.engine import Searched, Settings, report, search_study
from tuning.final import Final, compare_on_resplits, compare_on_test, evaluate
from tuning.lab_study import LabStudy, fingerprint_of, load
from tuning.nets import NETS, Kind
from tuning.space_entries import declare, entries_of
from tuning.spaces import add_scaling
from tuning.subjects import SUBJECTS
from tuning.workers import ClusterWorkers, LocalWorkers, Workers

PREFIXES = {"mlp_classifier": "mlp_classifier_"}
"""In front of what a run has of each kind of net but Keras's."""
FORMATS = {"accuracy": ".4f", "Keras net minus this": ".4f", "95% interval": ".4f", "p": ".2g"}


def run_search(config: Config, record: RunRecord) -> None:
    """Search, report, evaluate the best settings, and compare.

    Args:
        config: Settings without open choices, see `Config.complete`.
        record: Where results go; a reopened one goes on from its journals.
    """
    study = study_of(config)
    with make_workers(config) as workers:
        searched = [search(config, study, workers, record)]
        if config.compare == "yes":
            baseline = replace(study, kind="mlp_classifier")
            searched.append(search(config, baseline, workers, record))
    dataset = load(config.lab, config.dataset)  # With its test rows: every choice is made.
    record.use_dataset(dataset)
    record.add_findings(*data.check(dataset))
    for one in searched:
        report(one, dataset.name, record, prefix=PREFIXES.get(one.study.kind, ""))
    finals = [evaluate(one, dataset, config) for one in searched]
    record_finals(finals, record)
    if SUBJECTS[config.lab].resplits:
        rows, sentences = compare_on_resplits(finals, dataset, config)
        record.add_table("resplits", rows, formats=FORMATS)
        record.add_findings(*sentences)
    elif len(finals) > 1:
        record.add_findings(compare_on_test(finals, dataset))


def study_of(config: Config) -> LabStudy:
    """Return what the search works on.

    Raises:
        InputError: If its rows cannot be split into so many folds.
    """
    study = LabStudy(
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
    if config.strategy != "halving":
        return space
    paused = HyperParameters()
    declare((e for e in entries_of(space) if e["name"] not in ("epochs", "patience")), paused)
    return paused


def search(
    config: Config, study: LabStudy, workers: Workers, record: RunRecord
) -> Searched[LabStudy]:
    """Search one kind of net, or go on with its search."""
    labels = study.training_part().y
    began_with = load_config(record.directory, Config).trials
    return search_study(
        study,
        space_of(study.kind, config),
        Settings(
            strategy=config.strategy,
            trials=None if config.trials == "all" else int(config.trials),
            epochs=int(config.most_epochs),
            at_once=config.ask,
            mend=config.mend,
            planned=None if began_with == "all" else int(began_with),
        ),
        workers,
        record.directory / PREFIXES.get(study.kind, "").rstrip("_"),
        record.console,
        refresh=record.refresh,
        chance=float(np.bincount(labels).max() / len(labels)),
    )


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
