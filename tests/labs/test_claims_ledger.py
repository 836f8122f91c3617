import csv
import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from labs import claims, lectures
from labs.claims import Config, labs_with_claims, list_claims, page
from labs.errors import InputError
from labs.running.process import Ended
from tests.labs.quick_run import run_quickly

ORDER = [id for lecture in lectures.load_lectures().values() for id in lecture.claims]
ERRATA = {
    id: entry
    for lecture in lectures.load_lectures().values()
    for id, entry in lecture.claims.items()
    if entry.wrong
}
LABS = tuple(sorted({entry.command.removeprefix("labs.") for entry in ERRATA.values()}))
"""Those that find a slide wrong."""

CLAIM = {
    "lab": "line_fit",
    "id": "C-mse",
    "statement": "a|b\nc",
    "published": "2.5",
    "measured": 2.5000001,
    "interval": [2.4, 2.6],
    "p": 0.5,
    "detectable": 0.14,
    "verdict": "reproduced",
    "note": "note",
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("runs")
    return claims.run(quick=True, labs=LABS, output_dir=output, quiet=True).directory


@pytest.fixture(scope="module")
def line_fit(tmp_path_factory) -> Path:
    return run_quickly("line_fit", tmp_path_factory.mktemp("line_fit"))


def change_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


def read_rows(ledger: Path, name: str) -> list[dict[str, str]]:
    with (ledger / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_known_errata_come_out_of_the_labs(ledger):
    verdicts = {row["id"]: row["verdict"] for row in read_rows(ledger, "claims")}
    assert {id for id, verdict in verdicts.items() if verdict == "erratum"} == set(ERRATA)


@pytest.mark.slow
def test_each_claim_stands_in_the_tables_with_its_lab(ledger):
    rows = read_rows(ledger, "claims")
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), key=ORDER.index)
    assert {row["lab"]: int(row["claims"]) for row in read_rows(ledger, "labs")} == {
        lab: sum(row["lab"] == lab for row in rows) for lab in LABS
    }
    markdown = (ledger / "claims.md").read_text(encoding="utf-8")
    assert all(f"| {row['id']} |" in markdown for row in rows)
    verdicts = json.loads((ledger / "results.json").read_text())["tables"]["verdicts"]
    *lectures, every = verdicts
    assert every["claims"] == sum(row["claims"] for row in lectures) == len(rows)
    assert every["erratum"] == len(ERRATA)


def test_every_lab_but_the_ledger_itself_is_run():
    own = {"diabetes", "mnist", "sign_language", "line_fit"}
    assert own | {"strategies"} < set(labs_with_claims())  # And a command of `tuning`.
    assert "claims" not in labs_with_claims()


def test_unknown_lab_is_refused():
    with pytest.raises(InputError, match="--labs must be names that"):
        Config(labs=("nothing",))


def test_a_lab_that_fails_is_named_and_stops_no_other(tmp_path, monkeypatch, line_fit):
    def run_or_fail(
        names: list[str], options: list[str], output: Path, at_once: int
    ) -> Iterator[Ended]:
        for name in names:
            copy: Path | InputError = InputError("ended with status 1: KeyError: 'x'")
            if name != "diabetes":
                copy = shutil.copytree(line_fit, output / name / line_fit.name)
            yield Ended(name, copy, ())

    monkeypatch.setattr(claims, "run_in_processes", run_or_fail)
    with pytest.raises(
        InputError, match=r"^diabetes failed.* python -m labs.diabetes --seed 0 --q"
    ):
        claims.run(quick=True, labs=("diabetes", "line_fit"), output_dir=tmp_path, quiet=True)
    (directory,) = (tmp_path / "claims").iterdir()
    assert {row["lab"] for row in read_rows(directory, "claims")} == {"line_fit"}


def test_a_ledger_goes_on_with_what_others_have_finished_alike(tmp_path, monkeypatch, line_fit):
    options = {"quick": True, "output_dir": tmp_path, "quiet": True}
    started = []

    def run_and_note(names: list[str], _: Any, output: Path, at_once: int) -> Iterator[Ended]:
        for name in names:
            started.append(name)
            if name == "line_fit":
                directory = shutil.copytree(line_fit, output / name / line_fit.name)
            else:
                directory = run_quickly(name, output)
            yield Ended(name, directory, ())

    monkeypatch.setattr(claims, "run_in_processes", run_and_note)
    begun = claims.run(labs=("line_fit",), **options).directory
    broken = begun / "labs/losses/2026-01-01T00-00-00-seed0"
    shutil.copytree(next(begun.glob("labs/line_fit/*")), broken)
    change_json(broken / "results.json", lab="losses", status="running")
    other = begun / "labs/nand/2026-01-01T00-00-00-seed0"
    shutil.copytree(next(begun.glob("labs/line_fit/*")), other)
    change_json(other / "results.json", lab="nand")
    change_json(other / "config.json", seed=1)
    labs = ("line_fit", "losses", "nand")
    found = claims.run(labs=labs, resume=(str(begun),), **options).directory
    assert started == ["line_fit", "losses", "nand"]
    assert {path.name for path in (found / "labs").iterdir()} == set(labs)
    ours, theirs = (
        [row for row in read_rows(ledger, "claims") if row["lab"] == "line_fit"]
        for ledger in (found, begun)
    )
    assert ours == theirs


def test_a_claim_takes_one_line_of_a_narrow_terminal():
    console = Console(width=80, file=StringIO(), record=True)
    long = CLAIM | {"id": "A-layer-normalization-stable", "measured": "[0.1,\n 0.2] " * 20}
    console.print(list_claims("line_fit, 3 s", [long, long, CLAIM]))
    lines = console.export_text().splitlines()
    assert sum("reproduced" in line for line in lines) == 3
    assert sum(line.strip() != "" for line in lines) == 6  # Title, head, rule and the rows.


def test_a_bar_in_a_claim_does_not_break_the_page():
    *_, row = page([CLAIM], claims.count_verdicts([CLAIM])).splitlines()
    assert row == ("| C-mse | a\\|b c | 2.5 | 2.5 (2.4 to 2.6) | reproduced | line_fit | note |")


def test_many_claims_are_corrected_for_their_number():
    surprising = [{**CLAIM, "id": f"C-{n}", "p": 0.03} for n in range(2)]
    others = [{**CLAIM, "id": f"D-{n}", "p": 0.9} for n in range(18)]
    without = {**CLAIM, "p": None}
    rows = claims.correct_for_many([*surprising, *others, without])
    assert len(rows) == 20
    assert rows[0]["corrected p"] == pytest.approx(0.3)  # .03 · 20 / 2
    assert claims.correct_for_many([without]) == []


def test_verdicts_that_another_seed_turns_are_listed():
    here = [{**CLAIM, "id": "C-a"}, {**CLAIM, "id": "C-b"}, {**CLAIM, "id": "C-new"}]
    earlier = {"seed 1": {"C-a": "differs", "C-b": "reproduced"}, "seed 2": {"C-a": "reproduced"}}
    assert claims.turned_verdicts(here, earlier) == [
        {"id": "C-a", "here": "reproduced", "seed 1": "differs"}
    ]
