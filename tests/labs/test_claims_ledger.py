import csv
import json
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from labs import claims, records
from labs.claims import Config, labs_with_claims, list_claims, page, run_one
from labs.errors import InputError
from tests.labs.checklist import ERRATA

LABS = tuple(
    name
    for name in labs_with_claims()
    if any(f'"{id}"' in (Path(claims.__file__).parent / f"{name}.py").read_text() for id in ERRATA)
)
"""Those that find a slide wrong."""

CLAIM = {
    "lab": "line_fit",
    "id": "C-mse",
    "statement": "a|b\nc",
    "published": "2.5",
    "measured": 2.5000001,
    "interval": [2.4, 2.6],
    "verdict": "reproduced",
    "note": "note",
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Path:
    config = Config(quick=True, labs=LABS, output_dir=tmp_path_factory.mktemp("runs"))
    with records.RunRecord("claims", config, "replay") as record:
        claims.run(config, record)
    return record.directory


def read_rows(ledger: Path, name: str) -> list[dict[str, str]]:
    with (ledger / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_known_errata_come_out_of_the_labs(ledger):
    verdicts = {row["id"]: row["verdict"] for row in read_rows(ledger, "claims")}
    assert {id for id, verdict in verdicts.items() if verdict == "erratum"} == ERRATA


def test_each_claim_stands_in_the_tables_with_its_lab(ledger):
    rows = read_rows(ledger, "claims")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
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
    assert {"diabetes", "mnist", "sign_language", "line_fit"} < set(labs_with_claims())
    assert "claims" not in labs_with_claims()


def test_unknown_lab_is_refused():
    with pytest.raises(InputError, match="--labs must be some of"):
        Config(labs=("nothing",))


def test_a_lab_that_fails_is_named_and_stops_no_other(tmp_path, monkeypatch):
    def run_or_fail(name: str, config: Config, output: Path) -> claims.Claims:
        if name == "diabetes":
            raise InputError("ended with status 1: KeyError: 'x'")
        return [CLAIM]

    monkeypatch.setattr(claims, "run_one", run_or_fail)
    config = Config(quick=True, labs=("diabetes", "line_fit"), output_dir=tmp_path)
    with (
        pytest.raises(InputError, match=r"^diabetes failed.* python -m labs.diabetes --seed 0 --q"),
        records.RunRecord("claims", config, "replay") as record,
    ):
        claims.run(config, record)
    assert [row["id"] for row in read_rows(record.directory, "claims")] == ["C-mse"]


def test_the_last_line_of_a_lab_that_fails_is_told(tmp_path):
    with pytest.raises(InputError, match=r"status 1: .*No module named labs\.nothing"):
        run_one("nothing", Config(), tmp_path)


def test_ctrl_c_ends_the_lab_as_well(tmp_path, monkeypatch):
    started = []

    def interrupt(lab: subprocess.Popen[str]) -> None:
        started.append(lab)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_one("line_fit", Config(), tmp_path)
    assert [lab.returncode for lab in started] != [0]


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
