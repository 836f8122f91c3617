"""Can you do it yourself?

List:   python -m labs.exercises
Pose:   python -m labs.exercises parameters                  question, hint and lab
Answer: python -m labs.exercises parameters "784 + 10"
        python -m labs.exercises overfit-in-20 units=12 rate=0.001

What the lectures ask, and ten questions of ours that need a run. An answer is checked, and what is
wrong about it is said. Where a run is random, many seeds tell whether it was skill or luck.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal

import tyro
from rich.console import Console, Group
from rich.text import Text

from labs.errors import InputError
from labs.exercises.checks import check
from labs.exercises.entries import Exercise, Reply, load_exercises
from labs.pages.terminal import list_in_groups
from labs.records.console import make_console
from labs.running.command_line import parse_dataclass, print_version
from labs.running.exit_status import exit_status
from labs.running.start import start_keras

PROGRAM = "python -m labs.exercises"
Language = Literal["ko", "en"]
VERDICTS: dict[str, tuple[str, dict[Language, str]]] = {
    "right": ("green", {"ko": "맞았습니다", "en": "right"}),
    "wrong": ("red", {"ko": "아직 아닙니다", "en": "not yet"}),
    "luck": ("yellow", {"ko": "운일 수 있습니다", "en": "that may be luck"}),
}
LECTURE: dict[Language, str] = {"ko": "강의", "en": "Lecture"}
OWN: dict[Language, str] = {"ko": "실험 문제", "en": "Ours, with a run"}


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    exercise: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")] = ""
    """Name of an exercise; all are listed without."""
    answer: Annotated[
        tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ANSWER...")
    ] = ()
    """A number, formulas, settings, a letter or a file, as asked for; nothing for a hint."""
    language: Language = "ko" if os.environ.get("LANG", "").startswith("ko") else "en"
    """Of the texts; the terminal's by default."""
    seed: int = 0
    """Seed of the first net; another gives other nets."""


def main(arguments: Sequence[str], console: Console) -> None:
    """List the exercises, pose one, or check an answer.

    Raises:
        InputError: If there is no such exercise, or the answer is of no use.
    """
    # What begins with a minus, but not as an option does, is a formula.
    marked = [f"\0{word}" if re.match(r"-(?![-h])", word) else word for word in arguments]
    settings = parse_dataclass(Settings, __doc__ or "", PROGRAM, marked)
    exercises = load_exercises()
    if not settings.exercise:
        console.print(list_exercises(exercises.values(), settings.language))
        return
    exercise = exercises.get(settings.exercise)
    if exercise is None:
        near = difflib.get_close_matches(settings.exercise, exercises, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"No exercise is named {settings.exercise!r}.{hint} All: {PROGRAM}")
    if not settings.answer:
        console.print(pose(exercise, settings.language))
        return
    if exercise.lecture is None:
        start_keras()
    words = [word.lstrip("\0") for word in settings.answer]
    reply = check(exercise, words, settings.seed)
    console.print(tell(exercise, reply, settings.language))


def list_exercises(exercises: Iterable[Exercise], language: Language) -> Group:
    """Return all exercises by lecture."""
    return list_in_groups(
        {
            f"{LECTURE[language]} {letter}" if letter else OWN[language]: [
                (exercise.id, exercise.question[language]) for exercise in own
            ]
            for letter, own in groupby(exercises, lambda exercise: exercise.lecture)
        }
    )


def pose(exercise: Exercise, language: Language) -> Text:
    """Return the question, a hint, the answer's form and the lab that helps."""
    return Text.assemble(
        (f"{exercise.question[language]}\n\n", "bold"),
        f"{exercise.hint[language]}\n\n",
        (f"{PROGRAM} {exercise.id} {exercise.form}\npython -m labs.{exercise.lab}", "dim"),
    )


def tell(exercise: Exercise, reply: Reply, language: Language) -> Text:
    """Return the verdict on an answer, what is to be said about it, and the lab."""
    style, words = VERDICTS[reply.verdict]
    said = exercise.replies[reply.name][language].format(**reply.values)
    return Text.assemble(
        (words[language], f"bold {style}"), f": {said}\n", (f"python -m labs.{exercise.lab}", "dim")
    )


if __name__ == "__main__":
    with exit_status():
        print_version(sys.argv[1:])
        main(sys.argv[1:], make_console())
