"""Nothing here needs what only POSIX has; what libraries have done with it is done before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
AS_ON_WINDOWS = """
import importlib, os, pkgutil, signal, sys

PACKAGES = ("callbacks", "labs", "models", "tuning")


def import_all():
    count = 0
    for package in PACKAGES:
        for module in pkgutil.walk_packages([package], f"{package}."):
            if not module.name.startswith("labs.lectures.code."):  # Cells, which run at once.
                importlib.import_module(module.name)
                count += 1
    return count


from labs.running.start import start_keras

start_keras()
import_all()
for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
    if name != "models.vectorized_operations":  # TensorFlow takes what it registers once only.
        del sys.modules[name]
for name in ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "setitimer", "pthread_sigmask", "alarm"):
    delattr(signal, name)
for name in ("fork", "getpgid", "getsid", "getuid", "killpg", "mkfifo", "setsid", "statvfs"):
    delattr(os, name)
print(import_all())

from labs import nand
from labs.running.exit_status import exit_status
from models.processes import starting_processes

with exit_status():
    with starting_processes():
        nand.run(quick=True, quiet=True, output_dir=sys.argv[1])
    signal.raise_signal(signal.SIGINT)
"""


@pytest.mark.slow
def test_all_modules_are_imported_and_a_lab_runs_without_what_windows_lacks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, tmp_path], cwd=PROJECT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")
    assert int(done.stdout) > 250
    assert [*tmp_path.glob("nand/*/report.html")]
