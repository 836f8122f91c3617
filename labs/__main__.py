"""Which labs are there, and which question does each answer?

List:  python -m labs
Run:   python -m labs.NAME --help
"""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console, Group

from labs.errors import InputError
from labs.pages.terminal import list_in_groups
from labs.running.catalog import Listed, find_labs
from labs.running.command_line import print_version
from labs.running.exit_status import exit_status

COMMANDS = """\
Run one:                      python -m labs.NAME      its settings: python -m labs.NAME --help
Walk through a lecture:       python -m labs.lectures A
Answer questions:             python -m labs.exercises
Search hyperparameters:       python -m tuning diabetes
List, compare, open runs:     python -m labs.runs
Let a net read your pictures: python -m labs.predict RUN IMAGE..."""


def list_labs(labs: Mapping[str, Listed]) -> Group:
    """Return the labs by topic, each with its time and its question, for the terminal."""
    return list_in_groups(
        {
            topic.capitalize(): [(lab.name, lab.time, lab.question) for lab in group]
            for topic, group in groupby(labs.values(), lambda lab: lab.topic)
        }
    )


def main(arguments: Sequence[str], labs: Mapping[str, Listed]) -> None:
    """List the labs, or tell how to run the one that is named.

    Raises:
        InputError: If there are arguments other than `--help` and `--version`.
    """
    print_version(arguments)
    if not arguments:
        Console().print(list_labs(labs))
        print(COMMANDS)
    elif arguments[0] in ("-h", "--help"):
        print((__doc__ or "").strip())
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
