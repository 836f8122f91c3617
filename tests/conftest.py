"""Settings that must be made before TensorFlow is imported by the first test."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Labs load Keras and TensorFlow with the first name they ask for. Where TensorFlow comes first, it
# loads Keras half, and in a process that runs many labs that stays so.
import keras  # noqa: F401
