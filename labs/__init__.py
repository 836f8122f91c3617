"""Experiments, one file each: `python -m labs` lists them."""

__version__ = "0.9"
