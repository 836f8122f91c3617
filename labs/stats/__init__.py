"""Intervals and tests for results: how much of a number is chance?"""

import lazy_loader

# The .pyi file beside this one is the list of what the package offers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
