"""`tuning.search`: any net or estimator on any rows, by the engine of `python -m tuning`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import keras_tuner

from labs.errors import InputError
from labs.records.console import make_console
from tuning.engine import Searched, Settings, Strategy, fresh_task, search_study
from tuning.estimator_trial import OWN_SCORE
from tuning.found import Found, found_by
from tuning.keras_trial import EPOCHS, Callbacks, TrainingOptions
from tuning.objective import Objective, objective_of
from tuning.own_record import begin_record, config_of, planned_trials, report_found
from tuning.own_study import OwnStudy
from tuning.rows import Arrays, OwnRows
from tuning.space_entries import completed, entries_of
from tuning.workers import ClusterWorkers, LocalWorkers, Workers


def search(
    build: Any,
    x: Arrays,
    y: Arrays,
    *,
    strategy: str = "random",
    trials: int | None = 40,
    folds: int = 5,
    seeds: int = 1,
    seed: int = 0,
    epochs: int | None = None,
    batch_size: int | None = None,
    patience: int | None = None,
    callbacks: Callbacks = (),
    objective: str | keras_tuner.Objective | None = None,
    direction: str | None = None,
    validation_data: tuple[Arrays, Arrays] | None = None,
    validation_split: float = 0.2,
    groups: Any = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
    splitter: Any = None,
    enqueue: Sequence[Mapping[str, Any]] = (),
    factor: int = 3,
    workers: int = 2,
    cluster: str = "",
    ask: int = 4,
    threads: int = 1,
    directory: str | Path | None = None,
    mend: bool = False,
    name: str | None = None,
    quiet: bool = False,
) -> Found:
    """Search the hyperparameters of a Keras model or a scikit-learn estimator.

    The table of trials depends on data, space, seed and settings alone, not on the workers, and
    not on how often the search was killed and went on in its directory. The seed of a training is
    set globally before each `build`.

    What to take when: `"grid"` for a dozen points that you all want to see; `"halving"` for nets,
    where a few epochs already tell bad from good; `"random"` to learn what matters, and as a
    yardstick; `"bayesian"` (keras-tuner's) where a trial takes minutes and there are few
    hyperparameters; `"tpe"` (Optuna's) as that, also for more than a hundred trials; `"gp"`
    (Optuna's) as that, where torch is installed.

    Args:
        build: Takes keras-tuner's `HyperParameters`, and the rows it will be trained on if it has
            a parameter `x_train`; returns a compiled Keras model or an estimator. Or a
            `keras_tuner.HyperModel`, whose own `fit` trains if it has one.
        x: Inputs: an array, a data frame, or a dict or tuple of them, `(rows, ...)`.
        y: Targets, `(rows, ...)`.
        strategy: What proposes the trials.
        trials: Most trials, with halving those of the first rung; None for a whole grid.
        folds: Folds of the cross-validation; 1 holds out a share of the rows.
        seeds: Trainings on each fold.
        seed: Seed of everything.
        epochs: Epochs of a training, with halving those of the last rung; unless given, the
            hyperparameter `epochs`, or 100.
        batch_size: Rows a step; unless given, the hyperparameter `batch_size`, or 32.
        patience: Stop after so many epochs without a lower validation loss and take the score of
            the best; unless given, the hyperparameter `patience`, or 0, where the score is the
            last epoch's. Not with halving.
        callbacks: Keras callbacks, copied for each training, or a function that makes them of the
            hyperparameters. A `StepDecay` leaves nets in one program, others do not.
        objective: A name of the logs such as `"val_accuracy"`, `"val_loss"` unless given; for
            estimators one of scikit-learn's scorers, unless given their own `score`. Note that
            `val_loss` counts penalties.
        direction: `"min"` or `"max"`, where the objective's name does not tell.
        validation_data: `(x, y)` to validate on, instead of folds.
        validation_split: Share of the rows held out where there is one fold.
        groups: For each row what it must not be separated from, `(rows,)`.
        sample_weight: Weight of each row in training, `(rows,)`.
        class_weight: Weight of each class in training.
        splitter: One of scikit-learn's, such as `TimeSeriesSplit()`, instead of folds.
        enqueue: Known settings to begin with; what they leave out has its default.
        factor: With halving, one trial in so many goes on to the next rung.
        workers: Processes that run trials.
        cluster: Address of a running Dask scheduler, in place of own processes.
        ask: Trials asked for ahead of those that are finished.
        threads: Threads of a trial.
        directory: Where journal, curves, tables and pictures are kept; called again with the same
            data, space, settings and `build`, whose code is compared, the search goes on there.
            None keeps nothing.
        mend: Whether to train the trials of damaged lines of the journal again.
        name: What it is called; the function's name unless given.
        quiet: Whether to show nothing on the way.

    Raises:
        InputError: If an argument cannot be used, or the directory holds another search.
    """
    options = TrainingOptions(
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        callbacks=callbacks,
        class_weight=class_weight,
    )
    rows, fixed = OwnRows(x, y, groups, sample_weight), None
    if validation_data is not None:
        rows, fixed = rows.joined(OwnRows(*validation_data)), len(rows)
    study = OwnStudy(
        build=build,
        rows=rows,
        folds=folds,
        seeds=seeds,
        seed=seed,
        threads=threads,
        validation_split=validation_split,
        splitter=splitter,
        fixed=fixed,
        options=options,
        label=name or getattr(build, "__name__", type(build).__name__).strip("<>"),
    )
    study = replace(study, drawn=study.splits(seed))
    space, library = study.explore()
    goal = _objective(objective, direction, library)
    study = replace(study, library=library, objective=goal, known=tuple(entries_of(space)))
    _check(study, strategy, trials)
    settings = Settings(
        strategy=strategy,  # type: ignore[arg-type]
        trials=trials,
        epochs=options.of("epochs", space, EPOCHS),
        factor=factor,
        at_once=ask,
        enqueue=[completed(space, known) for known in enqueue],
        mend=mend,
    )
    crew = partial(ClusterWorkers, cluster) if cluster else partial(LocalWorkers, min(workers, ask))
    if directory is not None:
        return _search_in(Path(directory), study, space, settings, crew, quiet)
    with tempfile.TemporaryDirectory() as folder:
        return _search(Path(folder), study, space, settings, crew, quiet)[0]


def _search_in(
    folder: Path,
    study: OwnStudy,
    space: keras_tuner.HyperParameters,
    settings: Settings,
    crew: Callable[..., Workers],
    quiet: bool,
) -> Found:
    """Search in a run directory, or go on there, and record what is found."""
    with begin_record(config_of(study, settings, quiet), folder, settings.mend) as record:
        settings = replace(settings, planned=planned_trials(folder, settings))
        found, searched = _search(
            folder, study, space, settings, crew, quiet, refresh=record.refresh
        )
        found = replace(found, directory=folder)
        report_found(found, searched, record)
    return found


def _search(
    folder: Path,
    study: OwnStudy,
    space: keras_tuner.HyperParameters,
    settings: Settings,
    crew: Callable[..., Workers],
    quiet: bool,
    **watched: Any,
) -> tuple[Found, Searched[OwnStudy]]:
    console = make_console(quiet)
    with crew(study=study) as workers:
        searched = search_study(study, space, settings, workers, folder, console, **watched)
        fresh = workers.submit(fresh_task(searched)).result()
    return found_by(searched, fresh), searched


def _objective(
    objective: str | keras_tuner.Objective | None, direction: str | None, library: str
) -> Objective:
    if isinstance(objective, keras_tuner.Objective):
        return objective_of(objective.name, direction or objective.direction)
    if library == "keras":
        return objective_of(objective or "val_loss", direction)
    return Objective(objective or OWN_SCORE, "max")  # Of scikit-learn's scorers more is better.


def _check(study: OwnStudy, strategy: str, trials: int | None) -> None:
    """Refuse what does not fit together before the first trial."""
    if strategy not in (known := get_args(Strategy)):
        raise InputError(f"strategy must be one of {', '.join(known)}, got {strategy!r}.")
    if trials is None and strategy != "grid":
        raise InputError(f"trials must be a number for {strategy!r}, got None; say how many.")
    if strategy != "halving":
        return
    own = {"epochs", "patience"} & {entry["name"] for entry in study.known}
    if study.library != "keras" or study.options.patience or own:
        raise InputError(
            "strategy 'halving' decides by itself when Keras nets stop, got estimators, patience, "
            "or epochs as a hyperparameter; leave that out, or choose another strategy."
        )
    study.options.require_resumable(study.build)
