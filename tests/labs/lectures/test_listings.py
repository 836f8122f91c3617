"""The lectures' code can be copied, pasted and run, with stock libraries and nothing of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from labs import lectures
from labs.lectures.__main__ import latest_claims, main, read, show_code
from labs.lectures.listings import CODE
from tests.labs.quick_run import run_quickly


def test_every_listing_that_an_entry_names_is_there_in_the_lectures_order() -> None:
    for letter, lecture in lectures.load_lectures().items():
        numbers = [cell.number for cell in lectures.load_listings(letter) if cell.number]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {entry.listing for entry in lecture.claims.values()} - {None} <= set(numbers)
    assert [len(lectures.load_listings(letter)) for letter in "BD"] == [0, 0]


@pytest.mark.parametrize("letter", ["A", "C", "E"])
def test_code_is_one_program_that_imports_nothing_of_ours(letter: str) -> None:
    code = show_code(lectures.load_lectures()[letter], {})
    compile(code, letter, "exec")
    titles = [cell.title for cell in lectures.load_listings(letter)]
    assert [line for line in code.splitlines() if line.startswith("# %%")] == [
        line
        for line in (CODE / f"{letter.lower()}.py").read_text().splitlines()
        if line.startswith("# %%")
    ]
    assert all(title in code for title in titles)
    assert not re.search(r"^\s*(import|from) (labs|models|callbacks)\b", code, flags=re.M)


def test_shown_code_runs_by_itself_with_its_verdicts_as_comments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_quickly("perceptron", tmp_path)
    main(read(["e", "--code", "--output-dir", str(tmp_path)]), None)  # type: ignore[arg-type]
    program = capsys.readouterr().out
    assert "# E-or-code: reproduced" in program
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [
        "or_gate [0, 1, 1, 1]",
        "and_gate [0, 0, 0, 1]",
        "nand_gate [1, 1, 1, 0]",
    ]


def test_a_lecture_without_code_says_so(tmp_path: Path) -> None:
    claims = latest_claims(read(["b", "--output-dir", str(tmp_path)]))
    assert "prints no code" in show_code(lectures.load_lectures()["B"], claims)


def test_a_cell_takes_what_others_defined_and_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = lectures.run_listing("C", 3, {"x": 2.0, "w": -3.0, "b": 1.0})
    assert names["y_hat"] == 0
    assert capsys.readouterr().out == ""
