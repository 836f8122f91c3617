"""Runs side by side: the settings that differ, results with intervals of their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from string import ascii_uppercase
from typing import Any

import numpy as np

from labs.errors import InputError
from labs.pages.comparison_page import comparison_html
from labs.pages.curves import read_histories
from labs.pages.report import OWN_SETTINGS
from labs.pages.values import is_number, printed_tables, show
from labs.records.report import draw_histories, static_picture
from labs.records.runs import Run, as_written
from labs.stats import Interval, interval_of_difference, mean_interval

Rows = list[dict[str, Any]]
Measured = tuple[float, Interval | None]
PAIRED = "Results by seed"
REMARKS = {
    "Results": "The interval of a difference is made of two results' intervals as if they were "
    "independent; of nets tested on the same rows it is too wide rather than too narrow.",
    PAIRED: "Runs of one seed on the same rows: each seed's value is taken from that of the same "
    "seed, and the interval is that of the mean of these differences.",
}


def compare(runs: Sequence[Run]) -> dict[str, Rows]:
    """Return tables by their titles that set runs side by side, each under a letter.

    Raises:
        InputError: If there are fewer than two runs, or more than there are letters.
    """
    if not 2 <= len(runs) <= len(ascii_uppercase):
        raise InputError(f"A comparison needs 2 to 26 runs, got {len(runs)}; name them.")
    named = dict(zip(ascii_uppercase, runs, strict=False))
    tables = {
        "Runs": [
            {
                "run": letter,
                "lab": r.lab,
                "directory": r.directory.name,
                "answer": r.results.get("answer"),
            }
            for letter, r in named.items()
        ],
        "Settings that differ": _settings(named),
        "Results": _results(named),
        PAIRED: _paired(named),
        "Verdicts that differ": _verdicts(named),
    }
    return {title: rows for title, rows in tables.items() if rows}


def comparison_page(runs: Sequence[Run]) -> str:
    """Return a comparison as a page, with the curves of all runs in one picture."""
    tables = compare(runs)
    histories, marks = curves_of(runs)
    figure = draw_histories("all runs", histories, marks)
    picture = None if figure is None else static_picture(figure)
    return comparison_html(tables, REMARKS, histories, marks, picture)


def curves_of(runs: Sequence[Run]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return curves and marks of all runs, a model of one run beside that of the next."""
    found: dict[str, dict[str, Any]] = {}
    marks = {}
    for letter, run in zip(ascii_uppercase, runs, strict=False):
        with as_written(run):
            for name, history in read_histories(run.directory).items():
                found.setdefault(name, {})[f"{letter} {name}"] = history
                marks[f"{letter} {name}"] = run.results.get("marks", {}).get(name, {})
    # Models that all runs have first: they are what one wants to compare.
    order = sorted(found.values(), key=lambda curves: -len(curves))
    return {name: history for curves in order for name, history in curves.items()}, marks


def _settings(named: Mapping[str, Run]) -> Rows:
    names = dict.fromkeys(n for run in named.values() for n in run.config if n not in OWN_SETTINGS)
    rows = [
        {"setting": name} | {letter: show(run.config.get(name)) for letter, run in named.items()}
        for name in names
    ]
    return [row for row in rows if len({row[letter] for letter in named}) > 1]


def _results(named: Mapping[str, Run]) -> Rows:
    """Return what several runs have measured, with each difference from the first run that has."""
    measured: dict[str, dict[str, Measured]] = {}
    for letter, run in named.items():
        with as_written(run):
            for what, value in _measured(run):
                measured.setdefault(what, {})[letter] = value
    rows = []
    for what, found in measured.items():
        if len(found) > 1:
            first, *others = found
            row: dict[str, Any] = {"result": what} | {k: found[k][0] for k in named if k in found}
            for other in others:
                (a, own), (b, its) = found[first], found[other]
                row[f"{other} − {first}"] = b - a
                if own and its and _same_data(named[first], named[other]):
                    difference = interval_of_difference(b, its, a, own)
                    row[f"95% interval of {other} − {first}"] = list(difference)
            rows.append(row)
    return rows


def _measured(run: Run) -> Iterator[tuple[str, Measured]]:
    """Give the models' test accuracies, and numbers of tables that an interval stands behind."""
    for model in run.results["models"]:
        if model["test_accuracy"] is not None:
            interval = model["test_interval"]
            yield f"{model['name']}: test", (model["test_accuracy"], _interval(interval))
    for name, rows in printed_tables(run.results).items():
        for row in rows:
            first = next(iter(row.values()), None)
            for (column, value), (following, interval) in pairwise(row.items()):
                if "interval" in following and _is_float(value) and is_number(interval):
                    yield f"{name}, {show(first)}: {column}", (value, _interval(interval))


def _paired(named: Mapping[str, Run]) -> Rows:
    """Return the mean difference from the first run where both tell the values of the same seeds.

    The data, the seed of the runs, and so the rows that are tested must be the same.
    """
    measured: dict[str, dict[str, dict[int, float]]] = {}
    for letter, run in named.items():
        with as_written(run):
            for what, seed, value in _each_seed(run):
                measured.setdefault(what, {}).setdefault(letter, {})[seed] = value
    rows = []
    for what, found in measured.items():
        first, *others = found
        own = found[first]
        row = {"result": what, "seeds": len(own), first: np.mean([*own.values()])}
        for other in others:
            its = found[other]
            alike = len(own) > 1 and own.keys() == its.keys()
            if alike and _same_rows(named[first], named[other]):
                added = np.array([its[seed] - value for seed, value in own.items()])
                difference = f"{other} − {first}"
                row |= {other: np.mean([*its.values()]), difference: added.mean()}
                row[f"95% interval of {difference}"] = list(mean_interval(added))
        if len(row) > 3:
            rows.append(row)
    return rows


def _each_seed(run: Run) -> Iterator[tuple[str, int, float]]:
    """Give what tables with a row for each seed hold, by table, words of the row, and column."""
    for name, rows in run.results["tables"].items():
        for row in rows:
            words = ", ".join([name, *(value for value in row.values() if isinstance(value, str))])
            for column, value in row.items():
                if "seed" in row and isinstance(value, float):
                    yield f"{words}: {column}", row["seed"], value


def _interval(ends: Sequence[float] | None) -> Interval | None:
    return None if ends is None else Interval(*ends)


def _is_float(value: Any) -> bool:
    return is_number(value) and not isinstance(value, list)


def _same_data(first: Run, second: Run) -> bool:
    return bool(first.results.get("dataset") == second.results.get("dataset"))


def _same_rows(first: Run, second: Run) -> bool:
    return _same_data(first, second) and first.config.get("seed") == second.config.get("seed")


def _verdicts(named: Mapping[str, Run]) -> Rows:
    found: dict[str, dict[str, str]] = {}
    for letter, run in named.items():
        with as_written(run):
            for claim in run.results["claims"]:
                verdict = f"{claim['verdict']}: {show(claim['measured'])}"
                found.setdefault(claim["id"], {})[letter] = verdict
    return [
        {"claim": id, **verdicts}
        for id, verdicts in found.items()
        if len({verdict.partition(":")[0] for verdict in verdicts.values()}) > 1
    ]
