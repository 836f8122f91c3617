"""Start TensorFlow and Keras quietly and in an order that works."""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext

from labs.errors import standard_error_kept_back


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
    # TensorFlow writes lines before it reads its log level.
    with standard_error_kept_back(shown=True) if quiet_tensorflow() else nullcontext():
        import keras

        dir(keras)  # A module that is loaded lazily is loaded by any look at it.
