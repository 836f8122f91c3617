"""What went wrong outside the program: the user can mend it."""

from __future__ import annotations


class InputError(Exception):
    """An option, a file or a folder that the user gave cannot be used.

    The message is one sentence or two that name what was received, what was expected
    and the remedy. On the command line it becomes one line on standard error and exit
    status 2; every other exception is a bug and shows its traceback.

    It is no `ValueError`, which tyro would catch and report in a box of its own.
    """
