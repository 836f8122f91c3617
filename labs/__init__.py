"""Experiments, one file each: `python -m labs` lists them."""

from labs.tensorflow_import import prepare_import

prepare_import()
