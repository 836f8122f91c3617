"""The machine, the software and the settings that the numbers of a run depend on."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

PROJECT = Path(__file__).parents[2]

PACKAGES = (
    "tensorflow",
    "keras",
    "keras-tuner",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "matplotlib",
    "tyro",
    "rich",
    "lazy_loader",
)

# Threads and instruction sets change the order in which floats are added, and with it the
# last bits of every result; the data folder and the devices change more than that.
VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "KERAS_BACKEND",
    "LABS_DATA_DIR",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
)


def describe_environment(project: Path = PROJECT) -> dict[str, Any]:
    """Return what `environment.json` holds; None where something cannot be had.

    Args:
        project: Root of the checkout whose commit is wanted.

    Returns:
        Python's version, the packages' versions, platform, CPU, memory in bytes, the
        environment variables that change numbers, and the git commit.
    """
    return {
        "python": platform.python_version(),
        "packages": {name: _installed_version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpu": {
            "model": _cpu_model(),
            "cores": os.cpu_count(),
            "usable_cores": _usable_cores(),
        },
        "memory_bytes": _memory_bytes(),
        "variables": {name: os.environ.get(name) for name in VARIABLES},
        "git": _git_state(project),
    }


def _installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cpu_seconds() -> float:
    """Return the time that processors have worked for this process and for those it has begun."""
    process = psutil.Process()
    spent = sum(process.cpu_times()[:4])  # Of its own and of those that have ended.
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            spent += sum(child.cpu_times()[:4])
    return spent


def _cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the CPU's name: what Linux calls `model name`, elsewhere what Python knows."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine() or None


def _usable_cores() -> int | None:
    """Return how many cores this process may run on, fewer than all in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_bytes() -> int | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _git_state(project: Path) -> dict[str, Any]:
    """Return the commit, and whether the files were those of the commit.

    Both are None outside a checkout, before the first commit, and without git. A file that
    git does not know counts as a change: it may be code that ran. A checkout that merely
    contains the project as a subfolder is somebody else's.
    """
    top_level = _git(project, "rev-parse", "--show-toplevel")
    if top_level is None or Path(top_level).resolve() != project.resolve():
        return {"commit": None, "clean": None}
    commit = _git(project, "rev-parse", "--verify", "HEAD")
    changes = _git(project, "status", "--porcelain")
    return {
        "commit": commit,
        "clean": None if commit is None or changes is None else changes == "",
    }


def _git(project: Path, *arguments: str) -> str | None:
    """Return what a git command prints, or None if it fails or there is no git."""
    # Without optional locks, a run does not disturb a git command of the user's.
    command = ["git", "--no-optional-locks", "-C", str(project), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
