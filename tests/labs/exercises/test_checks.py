"""Answers are told apart: right, wrong in a known way, wrong otherwise, of no use."""

from __future__ import annotations

import string
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from labs import playground
from labs.errors import InputError
from labs.exercises import measured
from labs.exercises.__main__ import main
from labs.exercises.checks import SPIRAL, check, check_spiral, read_settings
from labs.exercises.entries import Exercise, load_exercises
from labs.records import strict_json
from labs.records.runs import Run
from labs.running.catalog import find_labs

EXERCISES = load_exercises()
TRAINED = [e for e in EXERCISES.values() if not e.lecture]


def answer(id: str, *words: str) -> tuple[str, str]:
    reply = check(EXERCISES[id], words, seed=0)
    return reply.verdict, reply.name


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_every_text_is_there_in_both_languages_with_the_same_numbers(exercise: Exercise) -> None:
    assert exercise.lab in find_labs()
    for text in (exercise.question, exercise.hint, *exercise.replies.values()):
        assert set(text) == {"ko", "en"}
        assert fields(text["ko"]) == fields(text["en"])
        assert any("가" <= letter <= "힣" for letter in text["ko"])
    assert set(exercise.mistakes) <= set(exercise.replies)


def test_ten_exercises_are_the_lectures_and_ten_or_more_are_ours() -> None:
    assert [e.lecture for e in EXERCISES.values() if e.lecture] == list("BCCCCCDEEE")
    assert len(TRAINED) >= 10
    assert all(callable(getattr(measured, e.id.replace("-", "_"))) for e in TRAINED)


@pytest.mark.parametrize("id", ["graph", "parameters", "fill-the-gap", "simple-graph"])
def test_the_right_answer_is_right_and_every_known_mistake_gets_its_reply(id: str) -> None:
    exercise = EXERCISES[id]
    assert answer(id, *exercise.right) == ("right", "right")
    last = len(exercise.right) - 1
    for name, mistakes in exercise.mistakes.items():
        replies = {
            answer(id, *exercise.right[:place], mistake, *exercise.right[place + 1 :])[1]
            for mistake in mistakes
            for place in range(last + 1)
        }
        assert name in replies
    other = check(exercise, [*exercise.right[:last], "17.5"], seed=0)
    assert (other.verdict, other.name, other.values["got"]) == ("wrong", "other", 17.5)


def test_another_form_of_the_right_formula_is_right() -> None:
    assert answer("graph", "z + x*y", "2*x*y^2", "2*(x^2)*y") == ("right", "right")
    assert answer("fill-the-gap", "1.51") == ("right", "right")
    assert answer("parameters", "669705") == ("wrong", "other")
    assert answer("simple-graph", "-4", "z", "3") == ("right", "right")


def test_a_line_is_told_which_point_it_misses() -> None:
    assert answer("line", "2", "1") == ("right", "right")
    assert answer("line", "1", "2") == ("wrong", "swapped")
    reply = check(EXERCISES["line"], ["-1", "5"], 0)
    assert reply.name == "misses"
    assert dict(reply.values) == {"x": 2, "y": 5, "line": 3, "mse": 2.5}


def test_a_gate_is_told_its_first_wrong_row() -> None:
    assert answer("and-gate", "0.5", "0.5", "-0.7") == ("right", "right")
    assert answer("and-gate", "0.6", "0.6", "-0.5") == ("wrong", "fires")  # That is OR.
    assert answer("and-gate", "0.5", "0.5", "-1") == ("wrong", "silent")  # A sum of just 0.
    assert check(EXERCISES["and-gate"], ["0.6", "0.6", "-0.5"], 0).values["x2"] == 1


def test_each_choice_has_its_own_reply() -> None:
    assert answer("rmse", "B") == ("right", "b")
    assert answer("rmse", "a") == ("wrong", "a")
    with pytest.raises(InputError, match="one of a, b, c, got 'd'"):
        answer("rmse", "d")


def run_of(scores: list[float], **changed: Any) -> Run:
    """A run of the playground with these test accuracies."""
    defaults = asdict(playground.Config(data="spiral"))
    config = strict_json.to_plain({name: defaults[name] for name in SPIRAL})
    rows = [{"test accuracy": score} for score in scores]
    results = {"lab": "playground", "status": "done", "tables": {"seeds": rows}}
    return Run(Path("run"), results, config | changed, {})


@pytest.mark.parametrize(
    ("scores", "expected", "wins"),
    [
        ([0.95, 0.96, 0.97], ("right", "right"), 3),
        ([0.99, 0.6, 0.7], ("luck", "luck"), 1),
        ([0.6, 0.7, 0.65], ("wrong", "below"), 0),
    ],
)
def test_a_run_of_the_playground_is_judged_by_all_of_its_seeds(scores, expected, wins) -> None:
    reply = check_spiral(run_of(scores))
    assert (reply.verdict, reply.name) == expected
    assert (reply.values["wins"], reply.values["mean"]) == (wins, pytest.approx(np.mean(scores)))


@pytest.mark.parametrize("changed", [{"noise": 0.0}, {"features": ["x1", "x2", "sin(x1)"]}])
def test_a_run_on_easier_points_is_refused(changed) -> None:
    with pytest.raises(InputError, match=f"got playground {next(iter(changed))}="):
        check_spiral(run_of([0.95, 0.96], **changed))


@pytest.mark.parametrize(
    ("id", "words", "message"),
    [
        ("graph", ["2*z"], "Expected 3 words"),
        ("line", ["1", "y"], "Expected a formula"),
        ("beat-the-slide", ["no.keras"], "Expected a file, got no.keras"),
        ("spiral", ["no-run"], "Expected a run directory"),
        ("overfit-in-20", ["units=0"], "units must be 1 to 1024"),
        ("overfit-in-20", ["size=3"], "Expected words like|Expected settings such as"),
        ("overfit-in-20", ["rate=1/0"], "finite number"),
        ("xor-units", ["2.5"], "whole number"),
        ("adam-beats-sgd", ["-1"], "The rate must be"),
    ],
)
def test_an_answer_of_no_use_says_what_was_expected(
    id: str, words: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        answer(id, *words)


def test_settings_not_given_have_their_defaults() -> None:
    assert read_settings(EXERCISES["overfit-in-20"], ["units=3"]) == {"units": 3, "rate": 0.001}


def said(*arguments: str) -> str:
    console = Console(file=StringIO(), width=400)
    main(arguments, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_command_lists_poses_and_checks_in_two_languages() -> None:
    assert all(id in said() for id in EXERCISES)
    posed = said("graph", "--language", "ko")
    assert EXERCISES["graph"].question["ko"] in posed
    assert EXERCISES["graph"].hint["ko"] in posed
    assert "python -m labs.chain_rule" in posed
    assert "right" in said("and-gate", "0.5", "0.5", "-0.7", "--language", "en")
    assert "아직" in said("fill-the-gap", "-log(0.51)", "--language", "ko")
    with pytest.raises(InputError, match="Did you mean graph"):
        said("graf")
