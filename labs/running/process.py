"""Run a lab as a program of its own, so that memory, seeds and threads are its own as well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labs.errors import InputError


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
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **own_group) as process:
        try:
            printed, errors = process.communicate()
        except BaseException:
            process.terminate()  # It keeps what it has; leaving the block waits for it.
            raise
    if process.returncode:
        reason = (errors.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{lab} ended with status {process.returncode}: {reason}")
    return Path(printed.strip().splitlines()[-1].partition(": ")[2])
