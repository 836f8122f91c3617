"""Hyperparameter search: keras-tuner proposes, our loop trains, and the result can be believed."""

import lazy_loader

import labs  # noqa: F401  # First of all, since it handles Ctrl-C in a program.

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
