"""Which labs are there, and which question does each answer?

List:  python -m labs
Run:   python -m labs.NAME --help
"""

from __future__ import annotations

import ast
import difflib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labs.errors import InputError
from labs.exit_status import exit_status


def find_labs(folder: Path = Path(__file__).parent) -> dict[str, str]:
    """Return the labs in a folder, by name, with the question each answers.

    A lab is a module with a function `run` and a class `Config`; its question is the first
    line of its docstring. The modules are read, not imported, which would take seconds.
    """
    labs = {}
    for path in sorted(folder.glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"), path)
        functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        classes = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
        if "run" in functions and "Config" in classes:
            labs[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return labs


def list_labs(labs: dict[str, str]) -> Table:
    """Return the labs as a table for the terminal."""
    table = Table("lab", "the question it answers", box=box.SIMPLE_HEAD)
    for name, question in labs.items():
        table.add_row(Text(name, style="bold"), Text(question))
    return table


def main(arguments: Sequence[str], labs: dict[str, str]) -> None:
    """List the labs, or tell how to run the one that is named.

    Raises:
        InputError: If there are arguments other than `--help`.
    """
    if not arguments:
        Console().print(list_labs(labs))
        print("Run one: python -m labs.NAME; its settings: python -m labs.NAME --help")
        print("Let a saved net read pictures of yours: python -m labs.predict RUN IMAGE...")
    elif arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
    elif arguments[0] in labs:
        name, *options = arguments
        command = shlex.join(["python", "-m", f"labs.{name}", *options])
        raise InputError(f"A lab is a program of its own; run {command}")
    else:
        near = difflib.get_close_matches(arguments[0], labs, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"No lab is named {arguments[0]!r}.{hint} All labs: python -m labs")


if __name__ == "__main__":
    with exit_status():
        main(sys.argv[1:], find_labs())
