"""Run labs as programs of their own, so that memory, seeds and threads are their own as well."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from labs import lectures
from labs.errors import InputError
from labs.running.catalog import BY_THE_CLOCK
from labs.running.start import start_keras

PARENT = "LABS_PARENT"
"""Environment variable that names the process without which a lab ends."""


class Ended(NamedTuple):
    """A lab that has ended.

    Attributes:
        lab: Its name.
        outcome: Its run directory, or why there is none.
        running: The labs that go on.
    """

    lab: str
    outcome: Path | InputError
    running: tuple[str, ...]


def run_in_processes(
    labs: Iterable[str], options: Sequence[str], output: Path, at_once: int
) -> Iterator[Ended]:
    """Run labs side by side, and yield each as it ends; one that judges times runs alone.

    What ends the iteration early, such as Ctrl-C, ends the labs: they keep what they have.

    Args:
        labs: Names of labs, or of commands of `tuning` that judge claims, in the order in which
            they are begun.
        options: Options of their command lines.
        output: Their `--output-dir`.
        at_once: Most labs at a time.
    """
    waiting, running = deque(labs), dict[str, subprocess.Popen[str]]()
    try:
        while waiting or running:
            while waiting and len(running) < _most_beside(waiting[0], running, at_once):
                lab = waiting.popleft()
                running[lab] = _start(lab, options, output)
            for lab, program in list(running.items()):
                try:
                    printed, errors = program.communicate(timeout=0.05)
                except subprocess.TimeoutExpired:
                    continue
                del running[lab]
                outcome: Path | InputError = Path(_last_line(printed).partition(": ")[2])
                if status := program.returncode:
                    reason = _last_line(errors) or "no message"
                    outcome = InputError(f"{lab} ended with status {status}: {reason}")
                yield Ended(lab, outcome, tuple(running))
    finally:
        for program in running.values():
            program.terminate()
        for program in running.values():
            program.communicate()


def _most_beside(lab: str, running: Iterable[str], at_once: int) -> int:
    """Return how many labs may run at a time if this lab is one of them."""
    return 1 if BY_THE_CLOCK & {lab, *running} else at_once


def _start(lab: str, options: Sequence[str], output: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", lectures.command_of(lab), *options]
    # In a group of its own, since Ctrl-C goes to a whole group: the lab shall get one signal only.
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        [*command, "--output-dir", str(output), "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {PARENT: str(os.getpid())},
        **own_group,
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def start_worker(parent: int) -> None:
    """Begin a process that works for another one: Keras is started, and it ends with that one.

    Nothing that imports Keras stands in this module, so that it is started quietly.
    """
    end_with(parent)
    start_keras()


def end_with(parent: int) -> None:
    """End this process as soon as another one is gone, which may be killed at any moment."""

    def watch() -> None:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(parent)
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
