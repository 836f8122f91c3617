"""A Dask scheduler and two workers, started by the commands that the README gives."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, KilledWorker
from distributed.scheduler import WorkerState

import tuning
from labs.errors import InputError
from tests.tuning.conftest import STUDY, search
from tests.tuning.own import dense, rows, table
from tuning import spaces
from tuning.trial import Task, use_threads
from tuning.workers import ClusterWorkers, LocalWorkers

SPACE = spaces.dense_space(units=(4, 8), epochs=(2, 4))
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "scheduler.json"
    own_port = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    commands = [
        ["scheduler", *own_port, "--scheduler-file", str(file)],
        ["worker", "--scheduler-file", str(file), "--nthreads", "1", "--nworkers", "2"],
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=PROJECT,
            env={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        while not file.exists():
            assert processes[0].poll() is None
            time.sleep(0.1)
        found: str = json.loads(file.read_text())["address"]
        yield found
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGINT)  # A nanny ends its worker, too.
            process.wait(30)


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_changes_nothing_in_the_table(address, tmp_path):
    submitted = 0

    def kill_one_then_submit(task: Task):
        nonlocal submitted
        submitted += 1
        if submitted == 5:  # Four are under way.
            assert len(workers_of(address)) == 2
            os.kill(workers_of(address)[0], signal.SIGKILL)
        return cluster.submit(task)

    here = use_threads.cache_info()
    with ClusterWorkers(address, at_once=4) as cluster:
        search(tmp_path / "cluster", "random", SPACE, 8, submit=kill_one_then_submit)
    assert use_threads.cache_info() == here, "A trial was run in the process of the search."
    with LocalWorkers(1) as local:
        search(tmp_path / "local", "random", SPACE, 8, submit=local.submit)
    assert submitted == 8
    tables = [tmp_path / name / "trials.csv" for name in ("cluster", "local")]
    assert tables[0].read_bytes() == tables[1].read_bytes()
    assert tables[0].read_text().count("done") == 8


@pytest.mark.slow
def test_a_search_of_ones_own_on_a_cluster_gives_what_it_gives_here(address, tmp_path):
    x, y = rows()
    options: dict[str, Any] = {"trials": 4, "folds": 2, "epochs": 2, "quiet": True}
    tuning.search(dense, x, y, cluster=address, directory=tmp_path / "there", **options)
    tuning.search(dense, x, y, workers=1, directory=tmp_path / "here", **options)
    assert table(tmp_path / "there") == table(tmp_path / "here")


def test_a_trial_that_always_kills_its_worker_is_given_up(monkeypatch):
    class Dying:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def submit(self, *_: Any, **__: Any) -> Any:
            return self

        def result(self) -> None:
            raise KilledWorker("run_trial", WorkerState.__new__(WorkerState), 3)

        def close(self) -> None: ...

    monkeypatch.setattr("distributed.Client", Dying)
    server = socket.create_server(("127.0.0.1", 0))
    address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    with server, ClusterWorkers(address, at_once=1) as cluster:
        outcome = cluster.submit(Task(STUDY, {})).result()
    assert outcome.status == "failed"
    assert "died again and again" in outcome.error


def workers_of(address: str) -> list[int]:
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        return list(client.run(os.getpid).values())


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", ""])
def test_an_address_without_a_scheduler_is_refused(address):
    with pytest.raises(InputError, match="start one with: dask scheduler"):
        ClusterWorkers(address, at_once=1)
