"""How a worker process begins; it is imported before TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labs.running.process import end_with
from labs.running.start import start_keras

start_keras()

_study: Any = None


def begin(parent: int, study: Any) -> None:
    """Prepare a worker process: without a parent it ends.

    Args:
        parent: Process id of the parent, which may have died before this is called.
        study: What tasks without a study of their own work on.
    """
    global _study
    _study = study

    end_with(parent)


def run_here(run: Callable[[Any], Any], task: Any) -> Any:
    """Run a task in this process, on the study that it was given at its start if on none other."""
    return run(task if task.study is not None else replace(task, study=_study))
