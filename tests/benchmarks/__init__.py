"""Benchmarks, run by hand: each times both sides in one run and leaves a run directory."""

from labs.running.start import start_keras

start_keras()
