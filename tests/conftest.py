"""Settings that must be made before NumPy and TensorFlow are imported by the first test."""

import os
import signal

# Processes that share the cores wait for each other's threads: measured, eight times the CPU time.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

from labs.running.start import start_keras

# A shell starts what runs in its background with Ctrl-C ignored, and so would the programs that
# the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
start_keras()
