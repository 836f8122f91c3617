import os
import signal
import time

import numpy as np
import psutil
import pytest

from tests.tuning.conftest import STUDY, made_up_outcome
from tuning.trial import Outcome, Task
from tuning.workers import LocalWorkers

TASKS = [Task(STUDY, {"rate": 10.0**-n}) for n in range(1, 5)]


def slow(task: Task) -> Outcome:
    time.sleep(0.3)
    return made_up_outcome(task)


def deadly(task: Task) -> Outcome:
    if task.values["rate"] == 0.01:
        os.kill(os.getpid(), signal.SIGKILL)
    return made_up_outcome(task)


def scores(futures) -> list:
    return [future.result().scores for future in futures]


@pytest.mark.slow
def test_two_processes_give_what_one_gives():
    expected = [made_up_outcome(task).scores for task in TASKS]
    for count in (1, 2):
        with LocalWorkers(count, made_up_outcome) as workers:
            assert scores([workers.submit(task) for task in TASKS]) == expected


def test_a_killed_worker_costs_its_trial_a_second_run_and_nothing_else():
    with LocalWorkers(2, slow) as workers:
        futures = [workers.submit(task) for task in TASKS]
        futures[0].result()
        futures[1].result()
        for child in psutil.Process().children(recursive=True):
            if "loky" in " ".join(child.cmdline()) and "resource_tracker" not in str(
                child.cmdline()
            ):
                child.kill()
                break
        assert scores(futures) == [made_up_outcome(task).scores for task in TASKS]


@pytest.mark.slow
def test_a_trial_that_always_kills_its_worker_is_given_up():
    with LocalWorkers(1, deadly) as workers:
        futures = [workers.submit(task) for task in TASKS]
        outcomes = [future.result() for future in futures]
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done", "done"]
    assert "died again and again" in outcomes[1].error


@pytest.mark.slow
def test_leaving_early_ends_the_processes():
    before = set(psutil.Process().children(recursive=True))
    with LocalWorkers(2, slow) as workers:
        futures = [workers.submit(task) for task in TASKS * 3]
        futures[0].result()
    left = [
        child
        for child in set(psutil.Process().children(recursive=True)) - before
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    assert not left


def growing(task: Task) -> Outcome:
    GROWTH.append(np.ones(50_000_000))  # 400 MB, for as long as the process lives.
    time.sleep(1.5)  # loky looks once a second.
    return Outcome("done", 0.0, scores=(float(os.getpid()),))


GROWTH: list[np.ndarray] = []


@pytest.mark.slow
def test_a_process_that_grows_is_replaced_without_a_word(recwarn):
    with LocalWorkers(1, growing) as workers:
        futures = [workers.submit(task) for task in TASKS]
        processes = {future.result().scores for future in futures}
    assert len(processes) > 1
    assert not recwarn.list
