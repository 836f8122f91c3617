"""Settings that must be made before TensorFlow is imported by the first test."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
