"""Benchmarks, run by hand: each times both sides in one run and prints the ratio."""

import labs  # noqa: F401 (TensorFlow starts without its remarks)
