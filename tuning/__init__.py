"""Hyperparameter search: keras-tuner proposes, our loop trains, and the result can be believed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
