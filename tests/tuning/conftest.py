"""A search on a made-up task that needs no training, and takes no time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from keras_tuner import HyperParameters

from tuning.engine import Settings, make_schedule
from tuning.journal import Journal
from tuning.lab_study import LabStudy
from tuning.trial import Outcome, Task
from tuning.trial_loop import TrialLoop, write_trials
from tuning.trial_table import TrialRow
from tuning.validation import Stretch

STUDY = LabStudy(lab="diabetes", folds=2, seeds=1, seed=0)


def made_up_space() -> HyperParameters:
    space = HyperParameters()
    space.Int("layers", 1, 2)
    for layer in (1, 2):
        with space.conditional_scope("layers", list(range(layer, 3))):
            space.Choice(f"units_{layer}", [4, 8, 16])
    space.Float("rate", 1e-4, 1e-1, sampling="log")
    return space


def small_grid() -> HyperParameters:
    space = HyperParameters()
    space.Choice("a", [1, 2, 3])
    space.Choice("kind", ["plain", "deep"])
    with space.conditional_scope("kind", ["deep"]):
        space.Choice("depth", [2, 3])
    return space


def made_up_outcome(task: Task) -> Outcome:
    """Give a score that the values and the seed decide."""
    noise = np.random.default_rng(task.seed).random(2) / 10
    scores = 0.5 + 0.3 * np.exp(-abs(np.log10(task.values.get("rate", 0.01)) + 2)) + noise
    history = {"loss": np.array([[0.7], [0.6]], np.float32)}
    stretch = task.stretch or Stretch(1)
    if stretch.initial_epoch:  # It gets what the stretch before has left, and nothing else.
        assert stretch.state[0][0].tolist() == [task.seed, stretch.initial_epoch]
    state = [[np.array([task.seed, stretch.epochs])]] if stretch.goes_on else ()
    epochs = (stretch.epochs, stretch.epochs)
    return Outcome("done", 0.0, tuple(scores.tolist()), epochs, history, state=state)


needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")


def at_once(run: Callable[[Task], Outcome]) -> Callable[[Task], Future[Outcome]]:
    def submit(task: Task) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_result(run(task))
        return future

    return submit


def search(
    folder: Path,
    strategy: str = "random",
    space: HyperParameters | None = None,
    trials: int | None = 12,
    seed: int = 0,
    submit: Callable[[Task], Future[Outcome]] | None = None,
    ask: int = 4,
    mend: bool = False,
    study: LabStudy = STUDY,
    together: int = 1,
) -> list[TrialRow]:
    folder.mkdir(exist_ok=True)
    schedule, _ = make_schedule(
        replace(STUDY, seed=seed),
        space or made_up_space(),
        Settings(strategy=strategy, trials=trials, epochs=9),  # type: ignore[arg-type]
        chance=0.0,
    )
    submit = submit or at_once(made_up_outcome)
    with Journal(folder / "journal.jsonl", mend=mend) as journal:
        rows = TrialLoop(
            schedule=schedule,
            journal=journal,
            study=study,
            submit=submit,
            directory=folder / "histories",
            at_once=ask,
            together=together,
        ).run()
    write_trials(folder / "trials.csv", rows)
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "search"
