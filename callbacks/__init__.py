"""Keras callbacks: they know Keras and nothing else of this project."""

import lazy_loader

# The .pyi file beside this one is the list of what the package offers. Keras is
# imported with the first name asked for, so that `--help` stays fast.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
