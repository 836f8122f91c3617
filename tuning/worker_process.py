"""How a worker process begins; it is imported before TensorFlow."""

from __future__ import annotations

import os
import threading
import time

from labs.running.start import start_keras

start_keras()


def begin(parent: int) -> None:
    """Prepare a worker process: without a parent it ends.

    Args:
        parent: Process id of the parent, which may have died before this is called.
    """

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
