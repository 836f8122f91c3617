"""Run a lab as a program of its own, so that memory, seeds and threads are its own as well."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from labs.errors import InputError
from labs.running.start import start_keras

PARENT = "LABS_PARENT"
"""Environment variable that names the process without which a lab ends."""


def run_in_process(lab: str, options: Sequence[str], output: Path) -> Path:
    """Run a lab and return its run directory.

    Args:
        lab: Name of the lab.
        options: Options of its command line.
        output: Its `--output-dir`.

    Raises:
        InputError: If the lab ends with an error.
    """
    command = [
        sys.executable,
        "-m",
        f"labs.{lab}",
        *options,
        "--output-dir",
        str(output),
        "--quiet",
    ]
    # In a group of its own, since Ctrl-C goes to a whole group: the lab shall get one signal only.
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    pipe = subprocess.PIPE
    environment = os.environ | {PARENT: str(os.getpid())}
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment, **own_group
    ) as process:
        try:
            printed, errors = process.communicate()
        except BaseException:
            process.terminate()  # It keeps what it has; leaving the block waits for it.
            raise
    if process.returncode:
        reason = (errors.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{lab} ended with status {process.returncode}: {reason}")
    return Path(printed.strip().splitlines()[-1].partition(": ")[2])


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
