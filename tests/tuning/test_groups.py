"""Trials that train as one program: what becomes of each, and which they are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from tests.tuning.conftest import at_once, made_up_outcome, search
from tuning import dense, spaces, trial
from tuning.engine import TOGETHER
from tuning.lab_study import LabStudy
from tuning.trial import Outcome, Task, run_trial
from tuning.validation import DivergedError, Stretch, Validation
from tuning.workers import LocalWorkers

STUDY = LabStudy(lab="diabetes", folds=2, seeds=2, seed=3)
NET = {
    "layers": 1, "units_1": 5, "activation": "relu", "initializer": "glorot_uniform",
    "dropout": 0.0, "l2": 1e-4, "optimizer": "sgd", "learning_rate": 0.01, "batch_size": 64,
    "epochs": 12, "patience": 0, "decay_factor": 0.5, "decay_every": 4, "scaling": "standardized",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _threads_as_they_are(monkeypatch):
    """TensorFlow takes a number of threads before its first operation only."""
    monkeypatch.setattr(trial, "use_threads", lambda threads: None)


def nets(**settings: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        NET | dict(zip(settings, own, strict=True)) for own in zip(*settings.values(), strict=True)
    ]


def together(
    values: Sequence[Mapping[str, Any]], stretches: Sequence[Stretch | None] | None = None
) -> list[Any]:
    seeds = [STUDY.seed_of(own) for own in values]
    return STUDY.validate_together(values, seeds, stretches or [None] * len(values))


def alone(values: Mapping[str, Any]) -> Validation:
    return STUDY.validate(values, STUDY.seed_of(values), fresh=False, stretch=None)


def require_same(one: Any, other: Any, rtol: float = 0.0) -> None:
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.epochs, other.epochs)
    assert one.history.keys() == other.history.keys()
    for metric, curves in one.history.items():
        np.testing.assert_allclose(curves, other.history[metric], rtol)


def test_a_trial_in_its_group_is_the_trial_alone_but_for_rounding():
    values = nets(learning_rate=[0.01, 0.05, 0.2], l2=[1e-4, 1e-2, 1e-6], dropout=[0.2, 0.4, 0.5])
    values = [own | {"patience": 2, "epochs": 30} for own in values]
    found = together(values)
    for own, of_group in zip(values, found, strict=True):
        require_same(of_group, alone(own), rtol=1e-3)
    # Each stops when its own patience ends, not that of its neighbours.
    assert len({of_group.history["loss"].shape for of_group in found}) > 1


def test_a_trial_that_diverges_leaves_its_neighbours_to_the_last_bit():
    usual, other = nets(learning_rate=[0.01, 0.05])
    first, diverged, last = together([usual, usual | {"learning_rate": 1e30, "l2": 0.1}, other])
    assert isinstance(diverged, DivergedError)
    same_place = together([usual, usual | {"learning_rate": 0.02}, other])
    require_same(first, same_place[0])
    require_same(last, same_place[2])


def test_what_cannot_be_built_fails_by_itself(monkeypatch):
    def sgd(learning_rate: float) -> keras.optimizers.Optimizer:
        if learning_rate == 0.2:
            raise RuntimeError("no such rate")
        return keras.optimizers.SGD(learning_rate)

    monkeypatch.setitem(dense.OPTIMIZERS, "sgd", sgd)
    wrong, *right = (Task(STUDY, own) for own in nets(learning_rate=[0.2, 0.01, 0.05]))
    found = run_trial(replace(wrong, others=tuple(replace(one, study=None) for one in right)))
    assert (found.status, found.error) == ("failed", "RuntimeError: no such rate")
    assert [one.scores for one in found.others] == [run_trial(one).scores for one in right]
    assert not any(one.together for one in found.others)


def test_a_group_that_paused_is_the_group_that_did_not():
    values = nets(learning_rate=[0.01, 0.05, 0.1])
    states = [found.state for found in together(values, [Stretch(6, goes_on=True)] * 3)]
    rest = together(values, [Stretch(12, 6, state) for state in states])
    for later, whole in zip(rest, together(values), strict=True):
        np.testing.assert_array_equal(later.scores, whole.scores)
        np.testing.assert_array_equal(later.history["loss"], whole.history["loss"][:, 6:])


def test_programs_differ_in_more_than_numbers_of_their_own():
    part = STUDY.training_part()
    assert len({dense.program_of(v, part) for v in nets(learning_rate=[0.1, 0.2])}) == 1
    for name, value in {"dropout": 0.1, "l2": 0.0, "units_1": 6, "decay_factor": 0.1}.items():
        assert dense.program_of(NET | {name: value}, part) != dense.program_of(NET, part)
    assert dense.program_of(NET | {"units_1": 10_000}, part) is None


@dataclass(frozen=True, kw_only=True)
class MadeUpStudy(LabStudy):
    def program_of(self, values: Mapping[str, Any]) -> str | None:
        return None if values["kind"] == "alone" else values["kind"]

    @property
    def most_together(self) -> int:
        return 3


MADE_UP = MadeUpStudy(lab="diabetes", folds=2, seeds=1, seed=0)


def grid() -> HyperParameters:
    space = HyperParameters()
    space.Choice("rate", [1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    space.Choice("kind", ["one", "two", "alone"])
    return space


def of_group(task: Task) -> Outcome:
    """Give each trial a score that its whole group decides, as rounding does."""
    own = (task, *(replace(other, study=task.study) for other in task.others))
    outcomes = [made_up_outcome(one) for one in own]
    sum_of_all = sum(one.values["rate"] for one in own) * 1e-7
    outcomes = [
        replace(
            one,
            scores=tuple(score + sum_of_all for score in one.scores),
            together=len(own) > 1,
        )
        for one in outcomes
    ]
    return replace(outcomes[0], others=tuple(outcomes[1:]))


def search_groups(folder, submit=None, **options):
    submit = submit or at_once(of_group)
    given = {"strategy": "grid", "trials": None, "space": grid(), "together": TOGETHER}
    return search(folder, submit=submit, study=MADE_UP, **given | options)


def test_trials_of_one_program_are_a_group_of_at_most_so_many(folder):
    table = search_groups(folder)
    kinds = [row.hyperparameters["kind"] for row in table]
    assert kinds == ["one", "two", "alone"] * 5
    expected = [0, 1, 2, 0, 1, 5, 0, 1, 8, 9, 10, 11, 9, 10, 14]
    assert [row.group for row in table] == expected


def test_a_group_is_trained_whole_again_after_a_kill_at_any_place(tmp_path):
    search_groups(tmp_path / "whole")
    expected = (tmp_path / "whole/trials.csv").read_bytes()
    lines = (tmp_path / "whole/journal.jsonl").read_bytes().splitlines(keepends=True)
    for kept in range(len(lines)):
        folder = tmp_path / f"kept {kept}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(b"".join(lines[:kept]))
        search_groups(folder)
        assert (folder / "trials.csv").read_bytes() == expected


def slowly(task: Task) -> Outcome:
    time.sleep((task.seed % 7) / 100)
    return of_group(task)


@pytest.mark.parametrize("strategy", ["grid", "halving"])
def test_groups_do_not_depend_on_workers_and_their_timing(tmp_path, strategy):
    tables = set()
    for workers in (1, 2, 3):
        with ThreadPoolExecutor(workers) as pool:
            search_groups(
                tmp_path / str(workers),
                lambda task, pool=pool: pool.submit(slowly, task),
                strategy=strategy,
                trials=9 if strategy == "halving" else None,
                ask=workers,
            )
        tables.add((tmp_path / str(workers) / "trials.csv").read_bytes())
    assert len(tables) == 1


def test_a_group_that_kills_its_worker_is_run_trial_by_trial(folder):
    def deadly(task: Task) -> Outcome:
        own = (task, *task.others)
        if any(one.values["rate"] == 0.01 and one.values["kind"] == "two" for one in own):
            return Outcome("failed", 0.0, error="Its worker died again and again.")
        return of_group(task)

    table = search_groups(folder, at_once(deadly))
    assert [row.number for row in table if row.status != "done"] == [7]
    assert [table[number].group for number in (1, 4, 7, 10, 13)] == [1, 4, 7, 10, 10]


@pytest.mark.slow
def test_processes_train_groups_as_one_program(tmp_path):
    space = spaces.dense_grid((4, 8), (2, 3))
    space.Fixed("scaling", "none")
    tables = set()
    for count in (1, 2):
        with LocalWorkers(count) as workers:
            rows = search(
                tmp_path / str(count),
                "grid",
                space,
                None,
                submit=workers.submit,
                study=STUDY,
                together=TOGETHER,
            )
        assert [row.group for row in rows] == [row.number // 4 * 4 for row in rows]
        tables.add((tmp_path / str(count) / "trials.csv").read_bytes())
    assert len(tables) == 1
