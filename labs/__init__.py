"""Experiments, one file each: `python -m labs` lists them."""
