"""`tuning.search`: any net or estimator on any rows, by the engine of `python -m tuning`."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

import keras_tuner
import numpy as np
import pandas as pd

from labs import stats
from labs.errors import InputError
from labs.records import RunRecord, strict_json
from labs.records.console import make_console
from tuning.engine import Searched, Settings, Strategy, fresh_task, report, search_study
from tuning.estimator_trial import OWN_SCORE
from tuning.keras_trial import EPOCHS, Callbacks, TrainingOptions
from tuning.objective import Objective, objective_of
from tuning.own_study import OwnStudy
from tuning.rows import Arrays, OwnRows
from tuning.space_entries import completed, entries_of
from tuning.trial import Outcome
from tuning.workers import ClusterWorkers, LocalWorkers

QUESTION = "Which hyperparameters suit this model?"
MAY_GROW = "trials"


@dataclass(frozen=True)
class OwnConfig:
    """What a search of one's own began with, as its run directory keeps it."""

    name: str
    strategy: str
    trials: int | None
    objective: str
    direction: str
    seeds: int
    seed: int
    epochs: int | None
    batch_size: int | None
    patience: int | None
    factor: int
    ask: int
    threads: int
    enqueue: Sequence[Mapping[str, Any]]
    data: str
    splits: str
    space: Any
    quiet: bool = False
    output_dir: Path = Path()


@dataclass(frozen=True)
class Best:
    """The best trial of a search.

    Attributes:
        hyperparameters: Its values.
        score: Mean of the objective over folds and seeds.
        interval: 95% interval of that mean for other rows of the same kind, None of a single
            training: Nadeau and Bengio's over folds, Student's over seeds.
        fresh_score: The same on other splits and from other seeds: the score without the luck of
            having been the best of many; with a fixed split, from other seeds only.
        fresh_interval: Its interval.
        epochs: Epochs that were trained, mean over folds and seeds.
        number: Which trial it is.
    """

    hyperparameters: Mapping[str, Any]
    score: float
    interval: stats.Interval | None
    fresh_score: float | None
    fresh_interval: stats.Interval | None
    epochs: int
    number: int


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        best: The best trial.
        space: What was chosen from.
        how: Whether the trainings of a trial ran as one program, and if not, why.
        directory: Where everything is kept, None if nothing is.
    """

    best: Best
    space: keras_tuner.HyperParameters
    how: str
    directory: Path | None
    _searched: Searched[OwnStudy]

    @property
    def trials(self) -> pd.DataFrame:
        """A row for each trial, a column for each hyperparameter."""
        facts = ("number", "status", "score", "seconds", "group", "continues", "repeats", "error")
        rows = [
            {**{name: getattr(t, name) for name in facts}, **t.hyperparameters}
            for t in self._searched.trials
        ]
        return pd.DataFrame(rows)

    def fit_best(self, x: Arrays, y: Arrays, *, sample_weight: Any = None, seed: int = 0) -> Any:
        """Build the best setting once more and train it on all of these rows.

        Args:
            x: Inputs, as for the search.
            y: Targets.
            sample_weight: Weight of each row.
            seed: Seed of weights and of the order of rows; Keras's global seed is set by it.

        Returns:
            A Keras model, or an estimator.
        """
        rows = OwnRows(x, y, sample_weight=sample_weight)
        study, best = self._searched.study, self.best
        return study.fit_whole(best.hyperparameters, rows, best.epochs, seed)


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
    name: str | None = None,
    quiet: bool = False,
) -> Found:
    """Search the hyperparameters of a Keras model or a scikit-learn estimator.

    The table of trials depends on data, space, seed and settings alone, not on the workers, and
    not on how often the search was killed and went on in its directory. The seed of a training is
    set globally before each `build`.

    What to take when: `"grid"` for a dozen points that you all want to see; `"halving"` for nets,
    where a few epochs already tell bad from good; `"random"` to learn what matters, and beside
    anything else; `"bayesian"` where a trial takes minutes and there are few hyperparameters.

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
            data, space and settings, the search goes on there. None keeps nothing.
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
    space, library = study.explore()
    goal = _objective(objective, direction, library)
    study = replace(study, library=library, objective=goal, known=tuple(entries_of(space)))
    _check(study, strategy, trials, library)
    settings = Settings(
        strategy=strategy,  # type: ignore[arg-type]
        trials=trials,
        epochs=options.of("epochs", space, EPOCHS),
        factor=factor,
        at_once=ask,
        enqueue=[completed(space, known) for known in enqueue],
    )
    config = OwnConfig(
        name=study.label,
        objective=goal.name,
        direction=goal.direction,
        seeds=seeds,
        seed=seed,
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        strategy=strategy,
        trials=trials,
        factor=factor,
        ask=ask,
        threads=threads,
        enqueue=settings.enqueue,
        quiet=quiet,
        **study.fingerprints,
    )
    with ExitStack() as stack:
        if directory is None:
            folder, record = Path(stack.enter_context(tempfile.TemporaryDirectory())), None
        else:
            folder = Path(directory)
            record = stack.enter_context(_record(config, folder))
            settings = replace(settings, planned=_planned(folder, settings))
        make: Callable[[], Any] = (
            (lambda: ClusterWorkers(cluster, ask, study=study))
            if cluster
            else (lambda: LocalWorkers(min(workers, ask), study=study))
        )
        with make() as crew:
            searched = search_study(study, space, settings, crew, folder, make_console(quiet))
            fresh = crew.submit(fresh_task(searched)).result()
        found = _found(searched, fresh, None if directory is None else folder)
        if record is not None:
            _report(found, searched, record)
    return found


def _objective(
    objective: str | keras_tuner.Objective | None, direction: str | None, library: str
) -> Objective:
    if isinstance(objective, keras_tuner.Objective):
        return objective_of(objective.name, direction or objective.direction)
    if library == "keras":
        return objective_of(objective or "val_loss", direction)
    return Objective(objective or OWN_SCORE, "max")  # Of scikit-learn's scorers more is better.


def _check(study: OwnStudy, strategy: str, trials: int | None, library: str) -> None:
    """Refuse what does not fit together before the first trial."""
    if strategy not in (known := get_args(Strategy)):
        raise InputError(f"strategy must be one of {', '.join(known)}, got {strategy!r}.")
    if trials is None and strategy != "grid":
        raise InputError(f"trials must be a number for {strategy!r}, got None; say how many.")
    if strategy != "halving":
        return
    if library != "keras" or study.options.patience or "patience" in _names(study):
        raise InputError(
            "strategy 'halving' stops and goes on with Keras nets by itself, got patience or "
            "estimators; leave patience out, or choose another strategy."
        )
    study.options.require_resumable(study.build)


def _names(study: OwnStudy) -> set[str]:
    return {entry["name"] for entry in study.known}


def _record(config: OwnConfig, folder: Path) -> RunRecord:
    """Begin a run directory, or go on with one that holds the same search.

    Raises:
        InputError: If it holds another one.
    """
    if not (folder / "config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        return RunRecord(
            "tuning-own", config, "tuning.search(...)", question=QUESTION, directory=folder
        )
    stored = strict_json.load(folder / "config.json")
    plain = {field.name: getattr(config, field.name) for field in fields(config)}
    differ = [
        name
        for name, value in strict_json.to_plain(plain).items()
        if name not in ("quiet", "output_dir", MAY_GROW) and value != stored.get(name)
    ]
    if differ:
        raise InputError(
            f"{folder} holds a search with other {', '.join(differ)}; search in another directory, "
            "or with what it began with."
        )
    return RunRecord.reopen(folder, config)


def _planned(folder: Path, settings: Settings) -> int | None:
    """Return how many trials the search began with.

    Raises:
        InputError: If there are to be fewer now, or more where that would change the first ones.
    """
    planned: int | None = strict_json.load(folder / "config.json")["trials"]
    more = planned is not None and (settings.trials is None or settings.trials > planned)
    if settings.trials == planned or (more and settings.strategy != "halving"):
        return planned
    raise InputError(
        f"{folder} holds a search of {planned} trials, got {settings.trials}: there can be more, "
        "but not fewer, and with halving not more either, since they would change who goes on."
    )


def _found(searched: Searched[OwnStudy], fresh: Outcome, directory: Path | None) -> Found:
    best, study = searched.best, searched.study
    assert best.score is not None
    return Found(
        Best(
            hyperparameters=dict(best.hyperparameters),
            score=best.score,
            interval=_interval(best.fold_scores, study),
            fresh_score=float(np.mean(fresh.scores)) if fresh.scores else None,
            fresh_interval=_interval(fresh.scores, study),
            epochs=max(1, round(float(np.mean(best.epochs)))),
            number=best.number,
        ),
        searched.space,
        _how(searched),
        directory,
        searched,
    )


def _interval(scores: Sequence[float], study: OwnStudy) -> stats.Interval | None:
    """Return where the mean of a setting lies: over folds, or over seeds where there is one."""
    by_fold = np.array(scores).reshape(-1, study.seeds) if scores else np.empty((0, 1))
    if len(by_fold) > 1:
        train, held_out = study.splits(study.seed)[0]
        means = by_fold.mean(axis=1)
        return stats.corrected_resampled_t_test(means, len(train), len(held_out)).interval()
    return stats.mean_interval(by_fold[0]) if by_fold.size > 1 else None


def _how(searched: Searched[OwnStudy]) -> str:
    """Say how the trainings of a trial ran."""
    done = [trial for trial in searched.trials if trial.status == "done"]
    reasons = Counter(trial.one_by_one for trial in done)
    together = reasons.pop("", 0)
    parts = [f"{together} of {len(done)} trials trained all their nets as one program."] * (
        together > 0
    )
    for reason, count in reasons.items():
        parts.append(f"{count} of {len(done)} trained one after the other: {reason}")
    return " ".join(parts)


def _report(found: Found, searched: Searched[OwnStudy], record: RunRecord) -> None:
    """Record what a search of one's own shows."""
    study, best = searched.study, found.best
    report(searched, study.label, record)
    record.add_findings(found.how)
    record.add_table(
        "winners_curse",
        [
            {
                "objective": study.objective.name,
                "in the search": best.score,
                "95% interval": best.interval,
                "fresh splits and seeds": best.fresh_score,
                "95% interval of that": best.fresh_interval,
            }
        ],
    )
    record.answer(
        f"{study.objective.label} {best.score:.4f} in the search, "
        f"{'none' if best.fresh_score is None else f'{best.fresh_score:.4f}'} on fresh splits and "
        "seeds, by " + ", ".join(f"{k} {v}" for k, v in best.hyperparameters.items()) + ".",
        limits="No test rows were read; what another strategy or a larger budget would find.",
    )
