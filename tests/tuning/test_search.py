import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from labs.errors import InputError
from tests.tuning.conftest import at_once, made_up_outcome, needs_torch, search, small_grid
from tuning.trial import Outcome, Task
from tuning.trial_loop import MAX_FAILURES_IN_A_ROW

PROJECT = Path(__file__).parents[2]
STRATEGIES = ("grid", "random", "bayesian", "halving", "tpe")

# Kills a search at random moments and lets it go on, again and again.
KILL_SEARCHES = """
import os, random, signal, sys, time
from pathlib import Path
from tests.tuning.conftest import at_once, made_up_outcome, search

def slowly(task):
    time.sleep(0.004)
    return made_up_outcome(task)

folder, strategy, trials = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
random.seed(strategy)
kills = 0
while kills < 10:
    child = os.fork()
    if child == 0:
        search(folder, strategy, trials=trials, submit=at_once(slowly))
        os._exit(0)
    time.sleep(random.uniform(0.01, 0.08 if strategy != "bayesian" else 0.3))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kills += 1
search(folder, strategy, trials=trials)
"""


def counting(seen: list[Task]):
    def run(task: Task) -> Outcome:
        seen.append(task)
        return made_up_outcome(task)

    return run


@pytest.mark.parametrize(
    "strategy",
    [
        *(
            pytest.param(name, marks=[] if name == "halving" else pytest.mark.slow)
            for name in STRATEGIES
        ),
        pytest.param("gp", marks=[pytest.mark.slow, needs_torch]),
    ],
)
def test_ten_kills_leave_the_table_as_it_is(tmp_path, strategy):
    # A Gaussian process is fitted for each trial; Optuna's first ten are random.
    trials = {"bayesian": 6, "gp": 14}.get(strategy, 16)
    search(tmp_path / "whole", strategy, trials=trials)
    command = [sys.executable, "-c", KILL_SEARCHES, str(tmp_path / "killed"), strategy]
    command.append(str(trials))
    subprocess.run(command, cwd=PROJECT, check=True, timeout=600)
    whole, killed = (tmp_path / name / "trials.csv" for name in ("whole", "killed"))
    assert killed.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("strategy", [*STRATEGIES, pytest.param("gp", marks=needs_torch)])
def test_the_table_does_not_depend_on_workers_and_their_timing(tmp_path, strategy):
    def slow_at_random(task):
        time.sleep(random.random() / 100)
        return made_up_outcome(task)

    for name, threads in (("one", 1), ("four", 4)):
        with ThreadPoolExecutor(threads) as pool:
            search(
                tmp_path / name,
                strategy,
                trials=10,
                submit=partial(pool.submit, slow_at_random),  # type: ignore[call-arg]
            )
    assert (tmp_path / "one/trials.csv").read_bytes() == (tmp_path / "four/trials.csv").read_bytes()


def test_seeds_differ_and_zero_is_one_of_them(tmp_path):
    tables = [
        search(tmp_path / name, seed=seed) for name, seed in zip("abc", (0, 0, 1), strict=True)
    ]
    values = [[trial.hyperparameters for trial in table] for table in tables]
    assert values[0] == values[1] != values[2]


def test_a_half_written_last_line_is_dropped_and_run_again(folder):
    search(folder)
    whole = (folder / "trials.csv").read_bytes()
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-30])
    ran: list[Task] = []
    search(folder, submit=at_once(counting(ran)))
    assert len(ran) == 1
    assert (folder / "trials.csv").read_bytes() == whole


def test_a_damaged_line_is_refused_or_its_trial_run_again(folder):
    search(folder)
    whole = (folder / "trials.csv").read_bytes()
    journal = folder / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0][:20] + "\n", *lines[1:]]))
    with pytest.raises(InputError, match="damaged in 1 of 12 lines, first in line 1"):
        search(folder)
    ran: list[Task] = []
    search(folder, submit=at_once(counting(ran)), mend=True)
    assert len(ran) == 1
    assert (folder / "trials.csv").read_bytes() == whole


def test_other_settings_give_other_trials_and_are_refused(folder):
    search(folder, seed=0)
    with pytest.raises(InputError, match="Trial 0 of the journal is not the one"):
        search(folder, seed=1)


def test_a_second_process_is_refused(folder):
    held = threading.Event()

    def hold(task):
        held.set()
        with pytest.raises(InputError, match="Another process is at work"):
            search(folder)
        return made_up_outcome(task)

    search(folder, trials=1, submit=at_once(hold))
    assert held.is_set()


@pytest.mark.parametrize("ask", [1, 4])
def test_a_small_grid_is_finished(folder, ask):
    rows = search(folder, "grid", small_grid(), None, ask=ask)
    tried = {tuple(sorted(row.hyperparameters.items())) for row in rows}
    assert len(rows) == len(tried) == 9


def test_random_search_finds_every_point_of_a_small_space(folder):
    rows = search(folder, "random", small_grid(), 50)
    assert len({str(row.hyperparameters) for row in rows}) == len(rows) == 9


def test_repeated_values_are_not_trained_again(folder):
    trained: list[Task] = []
    rows = search(
        folder,
        "bayesian",
        small_grid(),
        15,
        submit=at_once(counting(trained)),
    )
    repeats = [row for row in rows if row.repeats is not None]
    assert len(rows) == 15
    assert len(trained) + len(repeats) == 15
    assert repeats
    for row in repeats:
        assert row.repeats is not None
        assert (row.score, row.hyperparameters) == (
            rows[row.repeats].score,
            rows[row.repeats].hyperparameters,
        )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_regions_that_fail_and_diverge_are_recorded_and_survived(folder, strategy):
    def planted(task):
        units = task.values["units_1"]
        if units == 4:
            return Outcome("failed", 0.0, error="ValueError: planted")
        if task.values["rate"] > 0.03 or (units == 8 and strategy == "grid"):
            return Outcome("diverged", 0.0, error="The loss is not finite.")
        return made_up_outcome(task)

    # A grid takes ten values of a range without steps: 120 points, 30 of them sound.
    rows = (
        search(folder, strategy, trials=24, submit=at_once(planted))
        if (strategy != "grid")
        else search_grid_around_failures(folder, planted)
    )
    by_status = {row.status for row in rows}
    assert by_status == {"done", "failed", "diverged"}
    assert all((row.score is None) == (row.status != "done") for row in rows)
    assert all(row.error for row in rows if row.status != "done")


def search_grid_around_failures(folder, planted):
    from keras_tuner import HyperParameters

    space = HyperParameters()
    space.Choice("rate", [1e-3, 1e-2])
    space.Choice("units_1", [4, 8, 16])
    return search(folder, "grid", space, None, submit=at_once(planted))


def test_many_failures_in_a_row_stop_the_search_and_it_goes_on_when_mended(folder):
    failing = at_once(lambda task: Outcome("failed", 0.0, error="OSError: no disk."))
    with pytest.raises(InputError, match=f"{MAX_FAILURES_IN_A_ROW} trials.*no disk.*--resume"):
        search(folder, trials=20, submit=failing)
    rows = search(folder, trials=20)
    assert len(rows) == 20
    assert {row.status for row in rows[:MAX_FAILURES_IN_A_ROW]} == {"failed"}
    assert rows[-1].status == "done"


def test_every_epoch_of_every_trial_is_kept(folder):
    rows = search(folder, trials=3)
    for row in rows:
        with np.load(folder / "histories" / f"trial-{row.number:05d}.npz") as curves:
            assert curves["loss"].shape == (2, 1)


def test_the_seed_of_a_trial_follows_from_its_values(folder):
    rows = search(folder, trials=6)
    assert len({row.seed for row in rows}) == 6
    assert [row.seed for row in search(folder, trials=6)] == [row.seed for row in rows]


def test_ctrl_c_keeps_what_was_finished(folder):
    count = 0

    def interrupted(task):
        nonlocal count
        count += 1
        if count == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return made_up_outcome(task)

    with pytest.raises(KeyboardInterrupt):
        search(folder, submit=at_once(interrupted))
    lines = (folder / "journal.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 6
    assert len(search(folder)) == 12
