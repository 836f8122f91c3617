"""The exercises' texts, read from exercises.toml.

A table for each exercise; its name is what the command calls it. Every text is in Korean and
English. Its keys:

- `lecture`: the letter of the lecture that poses it; left out where it is ours.
- `lab`: the lab that shows the matter.
- `question`, `hint`: what is asked, and what helps.
- `form`: what an answer looks like, such as `"dJ/dz dJ/dx dJ/dy"`.
- `right`: the right answers, formulas in the variables of `given`; left out where a function of
  `measured.py`, named as the exercise, finds out.
- `given`: what variables stand for, in their order; an empty formula lets one be anything.
- `tolerance`: relative difference that rounding may make.
- `mistakes`: for a reply the wrong answers that get it, as formulas.
- `settings`: of answers such as `units=8 rate=0.1` the settings, each with default, low and high.
- `replies`: what is said to an answer; `{names}` are filled with what was measured.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

Text = Mapping[Literal["ko", "en"], str]
Verdict = Literal["right", "wrong", "luck"]


@dataclass(frozen=True)
class Exercise:
    """One exercise; the keys are explained above."""

    id: str
    lab: str
    question: Text
    hint: Text
    form: str
    replies: Mapping[str, Text]
    lecture: str | None = None
    right: Sequence[str] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 1e-6
    mistakes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, Sequence[float]] = field(default_factory=dict)


class Reply(NamedTuple):
    """What an answer gets: a verdict, the reply's name and what it is filled with."""

    verdict: Verdict
    name: str
    values: Mapping[str, float | str]


@cache
def load_exercises() -> dict[str, Exercise]:
    """Read all exercises by their names, those of the lectures first."""
    path = Path(__file__).with_name("exercises.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {id: Exercise(id, **table) for id, table in tables.items()}
