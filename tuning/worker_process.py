"""How a worker process begins; it is imported before TensorFlow."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def run_here(run: Callable[[Any], Any], task: Any) -> Any:
    """Run a task in this process, on the study that it was given at its start if on none other."""
    return run(task if task.study is not None else replace(task, study=_study))
