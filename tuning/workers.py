"""Who runs the trials: processes here, or a Dask cluster.

A worker that dies in the middle of a trial costs that trial's time: the trial is run again.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, Protocol, Self

import psutil
from joblib.externals.loky import ProcessPoolExecutor

from labs.errors import InputError
from models.processes import starting_processes
from tuning.study import Study
from tuning.trial import Outcome, Task, run_trial
from tuning.worker_process import begin, run_here

MAX_DEATHS = 3
"""A trial that kills its worker so often is at fault itself."""

# loky starts a process at the first task; two at a time, from two threads, may wait for ever.
_starting = threading.Lock()


class Workers(Protocol):
    """Whatever takes tasks and gives outcomes."""

    def submit(self, task: Task) -> Future[Outcome]:
        """Begin a trial and return at once."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: Any) -> None: ...


class LocalWorkers:
    """N processes on this machine, each with one trial at a time.

    Each process is an executor of joblib's (loky) of its own: in a pool, the death of one
    process ends the trials of all. TensorFlow keeps the traced program of every trial, about
    10 MB; once a process has grown by 300 MB, loky lets a new one take over.

    Args:
        count: Number of processes.
        run: What runs a task in a process.
        study: One that is given to each process at its start and not with each of its tasks.
    """

    def __init__(
        self,
        count: int,
        run: Callable[[Task], Outcome] = run_trial,
        *,
        study: Study | None = None,
    ) -> None:
        self._run, self._study = run, study
        self._closing = False
        self._free: SimpleQueue[_Process] = SimpleQueue()
        self._processes = [_Process(study) for _ in range(count)]
        for process in self._processes:
            self._free.put(process)
        self._threads = ThreadPoolExecutor(count, "trial")
        self._warnings = warnings.catch_warnings()

    def submit(self, task: Task) -> Future[Outcome]:
        """Run a trial in the next free process."""
        if task.study is self._study:
            task = replace(task, study=None)
        return self._threads.submit(self._run_in_process, task)

    def _run_in_process(self, task: Task) -> Outcome:
        process = self._free.get()
        start = time.perf_counter()
        try:
            for _ in range(MAX_DEATHS):
                try:
                    return process.call(self._run, task)
                except BrokenProcessPool:
                    if self._closing:
                        raise
                    process.restart()
            return _given_up(time.perf_counter() - start)
        finally:
            self._free.put(process)

    def __enter__(self) -> Self:
        self._warnings.__enter__()
        # What loky says when it replaces a process that has grown.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        return self

    def __exit__(self, *error: Any) -> None:
        self._closing = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.stop()
        self._threads.shutdown()
        self._warnings.__exit__(*error)


def _given_up(seconds: float) -> Outcome:
    reason = "Its worker died again and again in this trial; is there enough memory?"
    return Outcome("failed", seconds, error=reason)


class _Process:
    """One process, started when first needed and again after its death."""

    def __init__(self, study: Study | None) -> None:
        self._study = study
        self._executor: ProcessPoolExecutor | None = None

    def call(self, run: Callable[[Task], Outcome], task: Task) -> Outcome:
        with _starting:
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    1, timeout=None, initializer=begin, initargs=(os.getpid(), self._study)
                )
            with starting_processes():
                future = self._executor.submit(run_here, run, task)
        outcome: Outcome = future.result()
        return outcome

    def restart(self) -> None:
        self.stop()
        self._executor = None

    def stop(self) -> None:
        if self._executor is not None:
            # Killed, not asked to end: a trial may take minutes, and nobody waits for it.
            for process in list(self._executor._processes.values()):
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(process.pid).kill()
            self._executor.shutdown(wait=True)


class ClusterWorkers:
    """A running Dask cluster.

    Dask itself runs a trial again whose worker has died. Its client is asked directly, because
    joblib's Dask backend runs a trial in the process of the search as soon as the cluster is
    down to one worker of one thread.

    Args:
        address: Address of the scheduler, such as `tcp://192.168.0.7:8786`.
        at_once: Most trials that are given to the cluster at a time.
        study: One that is given to the cluster once and not with each of its tasks.

    Raises:
        InputError: If there is no scheduler at the address.
    """

    def __init__(self, address: str, at_once: int, *, study: Study | None = None) -> None:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port

        try:
            # Knocked at first: a client that finds nobody goes on trying in the background.
            socket.create_connection(get_address_host_port(address), timeout=10).close()
            self._client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                f"--cluster must be the address of a running Dask scheduler, got {address!r} "
                f"({type(error).__name__}); start one with: dask scheduler"
            ) from error
        self._threads = ThreadPoolExecutor(at_once, "trial")
        # A task's result, so that Dask can make it again when a worker that held it is gone.
        self._study = study
        self._sent = None if study is None else self._client.submit(_itself, study, pure=False)

    def submit(self, task: Task) -> Future[Outcome]:
        """Run a trial on the cluster."""
        return self._threads.submit(self._run_on_cluster, task)

    def _run_on_cluster(self, task: Task) -> Outcome:
        from distributed import KilledWorker

        start = time.perf_counter()
        # A pure task would be looked up among those done before.
        if task.study is self._study:
            future = self._client.submit(
                run_with, self._sent, replace(task, study=None), pure=False
            )
        else:
            future = self._client.submit(run_trial, task, pure=False)
        try:
            outcome: Outcome = future.result()
        except KilledWorker:
            return _given_up(time.perf_counter() - start)
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()


def run_with(study: Study, task: Task) -> Outcome:
    """Run a trial whose study came by itself."""
    return run_trial(replace(task, study=study))


def _itself(study: Study) -> Study:
    return study
