"""Experiments, one file each: `python -m labs` lists them."""

import sys

__version__ = "0.9"

if sys.argv[0] == "-m":  # Python is about to run one of our modules as a program.
    from labs.interrupts import interrupts

    interrupts.install()
