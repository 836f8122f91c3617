"""Successive halving: who goes on, from where, and that a pause changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import callbacks
from labs.errors import InputError
from tests.tuning.conftest import at_once, made_up_outcome, search
from tests.tuning.own import dense, rows
from tests.tuning.own import search as own_search
from tuning.trial import Task
from tuning.trial_table import last_rungs
from tuning.validation import Stretch


def test_best_third_of_each_rung_goes_on_to_three_times_the_epochs(folder):
    table = search(folder, "halving", trials=9)
    assert [row.epochs[0] for row in table] == [1] * 9 + [3] * 3 + [9]
    assert [row.group for row in table] == [0] * 9 + [9] * 3 + [12]
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
