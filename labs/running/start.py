"""Start TensorFlow and Keras quietly and in an order that works."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext


def quiet_tensorflow() -> bool:
    """Let TensorFlow, which is not imported here, log nothing but what goes wrong.

    A user who has set TF_CPP_MIN_LOG_LEVEL to something else than 3 gets what it says. A
    process that was started by a quiet one has inherited the level and is quiet as well.

    Returns:
        Whether TensorFlow is to be quiet.
    """
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "3"
    if quiet:
        # Its advice against retracing: a lab trains many nets, each traced once.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return quiet


def start_keras() -> None:
    """Import Keras, and TensorFlow through it.

    Keras comes first: TensorFlow asks for Keras while it is half imported itself, of no use to
    Keras, which would stay empty where it has been announced by `lazy_loader.load`.
    """
    with _standard_error_kept_back() if quiet_tensorflow() else nullcontext():
        import keras

        dir(keras)  # A module that is loaded lazily is loaded by any look at it.


@contextmanager
def _standard_error_kept_back() -> Iterator[None]:
    """Keep back what is written to file descriptor 2; show it if there is an exception.

    TensorFlow writes lines before it reads its log level.
    """
    sys.stderr.flush()
    standard_error = os.dup(2)
    with tempfile.TemporaryFile() as kept_back:
        os.dup2(kept_back.fileno(), 2)
        try:
            yield
        except Exception:
            kept_back.seek(0)
            os.write(standard_error, kept_back.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
