"""Pictures that several labs draw, in one style."""

import lazy_loader

# The .pyi file beside this one is the list of what the package offers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
