"""Settings that must be made before TensorFlow is imported by the first test."""

import signal

from labs.running.start import start_keras

# A shell starts what runs in its background with Ctrl-C ignored, and so would the programs that
# the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
start_keras()
