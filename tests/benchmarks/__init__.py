"""Benchmarks, run by hand: each times both sides in one run and prints the ratio."""
