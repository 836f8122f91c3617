import csv
import json

import pytest

from labs import claims, results
from labs.claims import Config, labs_with_claims, write_markdown
from labs.errors import InputError


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    config = Config(quick=True, labs=("line_fit",), output_dir=tmp_path_factory.mktemp("runs"))
    with results.RunRecord("claims", config, "replay") as record:
        claims.run(config, record)
    return record.directory


def test_each_claim_stands_in_the_table_with_its_lab_and_verdict(ledger):
    with (ledger / "claims.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["lab"] for row in rows} == {"line_fit"}
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    errata = {row["id"] for row in rows if row["verdict"] == "erratum"}
    assert any(erratum.startswith("C-gradient") for erratum in errata)
    markdown = (ledger / "claims.md").read_text(encoding="utf-8").splitlines()
    assert len(markdown) == len(rows) + 2
    verdicts = json.loads((ledger / "results.json").read_text())["tables"]["verdicts"]
    assert sum(row["claims"] for row in verdicts) == len(rows)


def test_every_lab_but_the_ledger_itself_is_run():
    assert {"diabetes", "mnist", "sign_language", "line_fit"} < set(labs_with_claims())
    assert "claims" not in labs_with_claims()


def test_unknown_lab_is_refused():
    with pytest.raises(InputError, match="--labs must be some of"):
        Config(labs=("nothing",))


def test_a_bar_in_a_claim_does_not_break_the_table(tmp_path):
    claim = dict.fromkeys(("lab", *claims.COLUMNS), "a|b\nc")
    write_markdown(tmp_path / "claims.md", [claim])
    *_, row = (tmp_path / "claims.md").read_text().splitlines()
    assert row.count(" | ") == len(claims.COLUMNS)
