"""Settings that must be made before TensorFlow is imported by the first test."""

import os
import signal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A shell starts what runs in its background with Ctrl-C ignored, and so would the programs that
# the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
