"""A search on a table, read from top to bottom: search, and only then look at the test rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from threadpoolctl import threadpool_limits

from labs import plots
from labs.data import Table
from labs.data.leak_checks import find_leaks
from labs.errors import shorten
from labs.pages.terminal import LONGEST_TABLE, plain_table
from labs.records import RunRecord
from tuning.found import Found
from tuning.own_search import search
from tuning.tables.compare import FORMATS, Evaluated, compare_losses, differences
from tuning.tables.config import TableConfig
from tuning.tables.kinds import KINDS, Encoded, Kind
from tuning.tables.problem import Problem, prepare
from tuning.tables.reading import read
from tuning.validation import seeds_of

LIMITS = (
    "One table and one draw of test rows; all models take the same encoded columns. Scores are "
    "those of the first training, which is saved, differences are over all of them."
)


def search_table(config: TableConfig, record: RunRecord) -> None:
    """Search the settings of every kind of model, and compare their best on the test rows.

    Args:
        config: Settings with a target, see `TableConfig.complete`.
        record: Where results go; a reopened one goes on from its journals.
    """
    table = read(config)
    show_columns(table, record)
    problem = prepare(table)
    record.use_dataset(problem.dataset)
    found = [search_kind(kind, problem, config, record) for kind in KINDS]
    record.add_findings(
        f"Each kind was searched with {config.trials} trials in {config.folds} folds, its defaults "
        f"first; curves, importance and edges are in {', '.join(kind.key for kind in KINDS)}.",
        f"{KINDS[0].name}: {found[0].how}",
    )
    # Every choice is made: from here on the test rows are looked at.
    parts = {"training": problem.dataset.train, "test": problem.dataset.test}
    record.add_findings(*(leak.sentence for leak in find_leaks(parts)))
    fits = [fit_best(kind, one, problem, config) for kind, one in zip(KINDS, found, strict=True)]
    rows = [
        evaluate(kind, one, fitted, problem)
        for kind, one, fitted in zip(KINDS, found, fits, strict=True)
    ]
    record_results([*rows, evaluate_naive(problem)], problem, record)
    record.save_model("best", problem.joined(fits[0][0]))
    record.recommend("best")


def show_columns(table: Table, record: RunRecord) -> None:
    """Say what the columns were taken for, and what is odd about them."""
    rows = table.describe_columns()
    record.add_table("columns", rows, printed=False)
    kind = f"{len(table.class_names)} classes" if table.is_classification else "numbers"
    groups = "" if table.groups is None else ", groups on one side of every split"
    said = (
        f"{shorten(table.target)} is taken for {kind}; {len(table.test):,} of {len(table.y):,} "
        f"rows are set aside as test rows{groups}.",
        *table.remarks,
    )
    record.add_findings(*said)
    record.console.print(plain_table("columns", rows, {}))
    if len(rows) > LONGEST_TABLE:
        record.console.print(f"{len(rows) - LONGEST_TABLE} more in {record.directory}/columns.csv")
    record.console.print("\n".join(said), soft_wrap=True, markup=False, highlight=False)


def search_kind(kind: Kind, problem: Problem, config: TableConfig, record: RunRecord) -> Found:
    """Search the settings of one kind of model in a folder of the run, or go on with the search."""
    table, own = problem.table, problem.table.search
    epochs = config.epochs_for(len(own))
    encoded = Encoded(
        rows=len(own),
        numbers=len(table.frame.select_dtypes("number").columns),
        num_classes=len(table.class_names),
        epochs=epochs,
    )
    name, direction = kind.objective(encoded)
    halving = config.strategy == "halving"
    nets: dict[str, Any] = {}
    if kind.is_net:
        nets = {"epochs": epochs} if halving else {"epochs": epochs, "patience": epochs // 10 + 5}
    return search(
        partial(kind.build, encoded=encoded),
        problem.x[own],
        problem.y[own],
        strategy="random" if halving and not kind.is_net else config.strategy,
        trials=config.trials,
        folds=config.folds,
        seeds=config.seeds if kind.is_random else 1,
        seed=config.seed,
        objective=name,
        direction=direction,
        groups=table.groups_of(own),
        workers=config.workers,
        directory=record.directory / kind.key,
        enqueue=[{}],  # The defaults are tried first.
        name=f"{table.name}, {kind.name}",
        quiet=config.quiet,
        **nets,
    )


def fit_best(kind: Kind, found: Found, problem: Problem, config: TableConfig) -> list[Any]:
    """Train the best settings on all rows of the search, from several seeds if that matters."""
    own = problem.table.search
    seeds = seeds_of(config.seed, config.final_seeds if kind.is_random else 1)
    with threadpool_limits(1):  # As in the search: more threads change the last bits.
        return [found.fit_best(problem.x[own], problem.y[own], seed=seed) for seed in seeds]


def evaluate(kind: Kind, found: Found, fitted: Sequence[Any], problem: Problem) -> Evaluated:
    """Return what trained models answer to the test rows, beside their scores in the search."""
    best, in_units = found.best, problem.score_in_units
    return Evaluated(
        name=kind.name,
        library=kind.library,
        predictions=np.stack([problem.answers(model) for model in fitted]),
        seconds=float(found.trials["seconds"].sum()),
        score=in_units(best.score),
        fresh=None if best.fresh_score is None else in_units(best.fresh_score),
        parameters=fitted[0].count_params() if kind.is_net else None,
    )


def evaluate_naive(problem: Problem) -> Evaluated:
    """Return what the frequencies of the classes, or the mean, answer to the test rows."""
    start = time.perf_counter()
    classification, own = problem.table.is_classification, problem.table.search
    rule = DummyClassifier(strategy="prior") if classification else DummyRegressor()
    rule.fit(problem.x[own], problem.y[own])
    name = "majority class" if classification else "mean"
    return Evaluated(name, "scikit-learn", problem.answers(rule)[None], time.perf_counter() - start)


def record_results(evaluated: Sequence[Evaluated], problem: Problem, record: RunRecord) -> None:
    """Record the comparison, and an answer in words."""
    table = problem.table
    record.add_models(*(one.result(table) for one in evaluated))
    record.add_table("comparison", [one.row(table) for one in evaluated], formats=FORMATS)
    record.add_table("differences", differences(evaluated, table), formats=FORMATS)
    record.answer(answer(evaluated, table), limits=LIMITS)
    if table.is_classification:
        labels = evaluated[0].predictions[0].argmax(axis=-1)
        title = f"{evaluated[0].name}, test rows"
        truth = table.y[table.test]
        figure = plots.plot_confusion(table.name, title, truth, labels, table.class_names)
        record.add_figure("confusion", figure, caption="Which class is taken for which.")


def answer(evaluated: Sequence[Evaluated], table: Table) -> str:
    """Say how the net does, beside the best of the others in the search and what knows nothing."""
    first, *others, naive = evaluated
    known = [one for one in others if one.fresh is not None] or others
    sign = 1 if table.is_classification else -1
    rival = max(known, key=lambda one: sign * (one.fresh or 0))  # Not by the test rows.
    low, high = compare_losses(first, rival, table).interval()
    shown = f"a difference between the two is {'' if low > 0 or high < 0 else 'not '}shown"
    return (
        f"On {len(table.test):,} test rows, {first.describe(table)}; {rival.describe(table)}, the "
        f"best of the others on fresh splits; {naive.describe(table)}. At 5%, {shown}."
    )
