"""Where a run prints on its way: a terminal, a file, a notebook, or nowhere."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

NOTEBOOK_WIDTH = 100


def make_console(quiet: bool = False) -> Console:
    """Return a console for standard output.

    With NO_COLOR set it writes no escape sequence at all, bold ones included. In a notebook it
    writes plain text, whose last line a progress bar draws again in place, as on a terminal.

    Args:
        quiet: Print nothing.
    """
    if Console().is_jupyter:
        return Console(
            file=sys.stdout,
            force_jupyter=False,
            force_terminal=True,
            width=NOTEBOOK_WIDTH,
            quiet=quiet,
        )
    return Console(color_system=None if os.environ.get("NO_COLOR") else "auto", quiet=quiet)


def progress_bars(console: Console) -> Progress:
    """Return bars for parts of a run, with the time gone by; nothing where nobody watches."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_interactive,
    )
