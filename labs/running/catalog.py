"""Which labs are there? Their modules are read, not imported, which would take seconds."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LABS = Path(__file__).parents[1]
TOPICS = (
    "practical labs",
    "one neuron and its limits",
    "activations",
    "gradients",
    "optimizers and rates",
    "losses",
    "normalization and regularization",
    "all lectures",
)
"""In the order in which `python -m labs` lists them."""
DURATIONS = {
    "seconds": (0, 45),
    "a minute": (20, 150),
    "ten minutes": (150, 900),
    "twenty minutes": (700, 2400),
    "an hour": (2400, 7200),
}
"""What a docstring's `Time:` says, and how many seconds on two cores it is true of."""

BY_THE_CLOCK = frozenset(
    {"batch_cost", "batch_size", "every_weight", "gradient_cost", "solvers_by_rows"}
)
"""Labs that judge times: a lab beside them would change what they judge."""


@dataclass(frozen=True)
class Listed:
    """What a lab's docstring says of it: `Topic: gradients    Time: seconds`."""

    name: str
    question: str
    topic: str
    time: str


def find_labs(folder: Path = LABS) -> dict[str, Listed]:
    """Return the labs in a folder by name, in the order of their topics.

    A lab is a module whose top level assigns `run = lab(…)`; its question is the first line of
    its docstring.
    """
    found = []
    for path in sorted(folder.glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"), path)
        if any(_makes_a_lab(node) for node in module.body):
            doc = ast.get_docstring(module) or ""
            topic, time = (_entry(doc, key) for key in ("Topic", "Time"))
            found.append(Listed(path.stem, doc.partition("\n")[0], topic, time))
    places = {topic: place for place, topic in enumerate(TOPICS)}
    found.sort(key=lambda lab: (places.get(lab.topic, len(TOPICS)), lab.topic))
    return {lab.name: lab for lab in found}


def longest_first(names: Iterable[str]) -> list[str]:
    """Return labs in the order that leaves a core idle least; those by the clock come last.

    What is no lab, such as a command of `tuning`, takes longest.
    """
    seconds = {lab.name: DURATIONS[lab.time][1] for lab in find_labs().values()}
    return sorted(names, key=lambda name: (name in BY_THE_CLOCK, -seconds.get(name, math.inf)))


def time_contradicted(lab: Listed, seconds: float) -> str | None:
    """Say that a full run took another time than its lab's docstring says; None if it did not."""
    low, high = DURATIONS[lab.time]
    if low <= seconds <= high:
        return None
    return f"labs.{lab.name} says Time: {lab.time}, and took {seconds:.0f} s."


def _makes_a_lab(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.targets[0]) == "run"
        and ast.unparse(node.value.func) == "lab"
    )


def _entry(doc: str, key: str) -> str:
    match = re.search(rf"\b{key}: +(.+?)(?:  |$)", doc, flags=re.MULTILINE)
    return match[1].strip() if match else ""
