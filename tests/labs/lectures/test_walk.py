"""`python -m labs.lectures C` walks through a lecture and its verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from labs import lectures
from labs.errors import InputError
from labs.lectures.__main__ import main, read
from labs.running.process import Ended
from tests.labs.quick_run import read_results, run_quickly


def walk(*arguments: str | Path) -> str:
    console = Console(file=StringIO(), width=200)
    main(read([str(argument) for argument in arguments]), console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_headings_and_claims_come_in_the_lectures_order(tmp_path: Path) -> None:
    text = walk("c", "--output-dir", tmp_path)
    lecture = lectures.load_lectures()["C"]
    headings = list(dict.fromkeys(entry.heading for entry in lecture.claims.values()))
    lines = text.splitlines()
    assert lines[0] == f"C: {lecture.title}"
    assert [line for line in lines if line in headings] == headings
    shown = [line.split()[0] for line in lines if line.strip().startswith("C-")]
    assert shown == list(lecture.claims)
    assert f"0 of {len(shown)} claims are judged" in text
    assert "verdict" not in text


def test_verdicts_are_those_of_the_latest_run_and_quick_ones_say_so(tmp_path: Path) -> None:
    judged = {c["id"]: c for c in read_results(run_quickly("line_fit", tmp_path))["claims"]}
    text = walk("C", "--output-dir", tmp_path)
    assert f"{len(judged)} of " in text
    assert text.count("(quick run)") == len(judged)
    assert "erratum (quick run)" in text
    assert "Right: " in text


def test_run_fills_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_quickly("line_fit", tmp_path)
    ran: list[tuple[str, tuple[str, ...]]] = []

    def note(labs: list[str], options: list[str], output: Path, at_once: int) -> Iterator[Ended]:
        for lab in labs:
            ran.append((lab, tuple(options)))
            yield Ended(lab, output, ())

    monkeypatch.setattr("labs.lectures.__main__.run_in_processes", note)
    walk("C", "--run", "--quick", "--seed", "3", "--output-dir", tmp_path)
    commands = {entry.command for entry in lectures.load_lectures()["C"].claims.values()}
    assert {f"labs.{lab}" for lab, _ in ran} == commands - {"labs.line_fit"}
    assert {options for _, options in ran} == {("--seed", "3", "--quick")}
    ran.clear()
    walk("C", "--run", "--output-dir", tmp_path)  # A quick verdict is none for a full walk.
    assert {f"labs.{lab}" for lab, _ in ran} == commands


def test_another_letter_is_refused() -> None:
    with pytest.raises(InputError, match="'A', 'B', 'C', 'D', 'E'"):
        read(["F"])
