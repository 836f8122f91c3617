"""Successive halving: who goes on, from where, and that a pause changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import callbacks
from labs.errors import InputError
from tests.tuning.conftest import at_once, made_up_outcome, search
from tests.tuning.own import dense, rows
from tests.tuning.own import search as own_search
from tests.tuning.searches import row
from tuning.objective import Objective
from tuning.schedule import Halving, OneByOne, stops_of_rungs
from tuning.trial import Task
from tuning.trial_table import last_rungs
from tuning.validation import Stretch


def test_best_third_of_each_rung_goes_on_to_three_times_the_epochs(folder):
    table = search(folder, "halving", trials=9)
    assert [row.epochs[0] for row in table] == [1] * 9 + [3] * 3 + [9]
    assert [row.group for row in table] == list(range(13))
    first = sorted(table[:9], key=lambda row: -(row.score or 0))
    assert [row.continues for row in table[9:12]] == sorted(row.number for row in first[:3])
    second = max(table[9:12], key=lambda row: row.score or 0)
    assert table[12].continues == second.number
    assert table[12].seed == second.seed
    assert len(last_rungs(table)) == 9
    with np.load(folder / "histories/trial-00012.npz") as curves:
        assert curves["loss"].shape == (2, 3)  # Those of all three stretches.
    assert not list((folder / "states").iterdir())


def test_state_that_is_gone_is_named(folder):
    search(folder, "halving", trials=9)
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:9]))
    with pytest.raises(InputError, match="cannot go on without its state"):
        search(folder, "halving", trials=9, submit=at_once(made_up_outcome))


@pytest.mark.parametrize(
    ("trials", "epochs", "factor", "stops"),
    [
        (9, 9, 3, [1, 3, 9]),
        (8, 9, 3, [3, 9]),
        (100, 9, 3, [1, 3, 9]),
        (2, 9, 3, [9]),
        (8, 10, 2, [1, 2, 5, 10]),
        (9, 2, 9, [1, 2]),
        (100, 1, 3, [1]),
    ],
)
def test_rungs_stop_at_epochs_by_the_factor_and_at_one_epoch_first(trials, epochs, factor, stops):
    assert stops_of_rungs(trials, epochs, factor) == stops


class Listed:
    """Proposes numbers, and keeps what it is told."""

    version = "listed"

    def __init__(self, count, learns=True):
        self.left, self.learns = [{"a": n} for n in range(count)], learns
        self.learned, self.told = [], []

    def ask(self):
        return self.left.pop(0) if self.left else None

    def learn(self, values):
        self.learned.append(values)

    def tell(self, number, score, appeared=()):
        self.told.append((number, score))


@pytest.mark.parametrize("sign", [1, -1])
def test_who_goes_on_is_among_the_best_that_have_a_score_of_their_own(sign):
    objective = Objective("val_score", "max" if sign == 1 else "min")
    oracle: Any = Listed(7)
    halving: Any = Halving(OneByOne(oracle), trials=7, epochs=8, factor=2, objective=objective)
    first = [halving.ask() for _ in range(7)]
    assert [(p.epochs, p.initial_epoch, p.goes_on) for p in first] == [(2, 0, True)] * 7
    scores = [-0.5, None, 0.9, 0.7, 0.7, 0.7, 0.9]
    for number, score in enumerate(scores):
        assert (halving.ask(), halving.kept) == (None, frozenset())
        trial = row(number, {}, score and sign * score, "failed" if score is None else "done")
        halving.tell(replace(trial, repeats=2 if number == 6 else None))
    assert [number for number, _ in oracle.told] == list(range(7))
    second = [halving.ask() for _ in range(3)]
    assert (halving.ask(), halving.kept) == (None, {2, 3, 4})  # Of equal ones the earlier.
    assert [(p.values["a"], p.continues, p.epochs, p.initial_epoch) for p in second] == [
        (2, 2, 4, 2), (3, 3, 4, 2), (4, 4, 4, 2),
    ]  # fmt: skip
    assert all(p.goes_on for p in second)
    for number, score in ((7, 0.1), (8, 0.2), (9, -0.3)):
        halving.tell(row(number, {}, sign * score))
    last = halving.ask()
    assert (last.values["a"], last.continues, last.epochs, last.initial_epoch) == (3, 8, 8, 4)
    assert (last.goes_on, halving.kept) == (False, {8})
    halving.tell(row(10, {}, sign * 0.5))
    assert (halving.ask(), halving.kept) == (None, frozenset())
    assert len(oracle.told) == 7  # A longer training is none that it has asked for.


def test_a_rung_that_failed_as_a_whole_is_the_last():
    objective = Objective("val_score", "max")
    oracle: Any = Listed(3)
    halving = Halving(OneByOne(oracle), trials=3, epochs=3, factor=3, objective=objective)
    for number in range(3):
        halving.ask()
        halving.tell(row(number, {}, None, "failed"))
    assert halving.ask() is None


@pytest.mark.parametrize("learns", [True, False])
def test_known_settings_come_first_and_count(learns):
    oracle: Any = Listed(9, learns)
    schedule = OneByOne(oracle, [{"a": 70}, {"a": 71}], trials=4)
    asked = [schedule.ask() for _ in range(5)]
    assert [p and p.values for p in asked] == [{"a": 70}, {"a": 71}, {"a": 0}, {"a": 1}, None]
    assert oracle.learned == [{"a": 70}, {"a": 71}] * learns
    for number in range(4):
        schedule.tell(row(number, {}, number / 10))
    told = [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3)] if learns else [(0, 0.2), (1, 0.3)]
    assert oracle.told == told


@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_nets_that_were_paused_are_those_that_were_not(monkeypatch, alone):
    x, y = rows()
    # Two rates that drop beside each other keep nets from one program.
    decays = [callbacks.StepDecay(0.5, every=1)] * (1 + alone)
    found = own_search(
        monkeypatch, dense, x, y, strategy="halving", trials=3, epochs=3, folds=1, callbacks=decays
    )
    assert ("as one program" in found.how) != alone
    last = found._searched.trials[-1]
    study = found._searched.study
    whole = study.validate(
        last.hyperparameters,
        Task(study, last.hyperparameters).seed,
        fresh=False,
        stretch=Stretch(3),
    )
    assert last.continues is not None
    assert last.fold_scores == tuple(whole.scores)
