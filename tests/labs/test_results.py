"""RESULTS.md is written from runs, section by section, and is in step with the code."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from labs import lectures
from labs.errors import InputError
from labs.pages.results_page import CLAIM_COLUMNS, MODEL_COLUMNS, read_sections
from labs.results import PICTURES, main
from labs.running.catalog import find_labs
from tests.labs.quick_run import run_quickly

PAGE = Path(__file__).parents[2] / "RESULTS.md"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that says of itself that it was a full one."""
    return as_full(run_quickly("line_fit", tmp_path_factory.mktemp("runs")))


def as_full(directory: Path) -> Path:
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"quick": False}))
    return directory


def write(folder: Path, *runs: Path) -> str:
    page = folder / "page.md"
    main([*map(str, runs), "--page", str(page), "--pictures", str(folder / "pictures")])
    return page.read_text(encoding="utf-8")


def test_a_section_says_what_was_measured_how_and_where(run: Path, tmp_path: Path) -> None:
    text = read_sections(write(tmp_path, run))["line_fit"]
    found = json.loads((run / "results.json").read_text())
    for part in (found["question"], found["answer"], "`python -m labs.line_fit`", "seed 0"):
        assert part in text
    assert run.name[:10] in text
    for claim in found["claims"]:
        assert f"| {claim['id']} | " in text


def test_a_section_says_what_was_set_otherwise(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    config = json.loads((other / "config.json").read_text())
    changed = {"changed": ["rate", "seed", "quiet"], "rate": 0.25, "seed": 7}
    (other / "config.json").write_text(json.dumps(config | changed))
    assert "`python -m labs.line_fit`; rate 0.25; seed 7; " in write(tmp_path, other)


def test_what_was_not_run_again_stays(run: Path, tmp_path: Path) -> None:
    text = write(tmp_path, run)
    other = text.replace("line_fit", "losses").replace("seed 0", "seed 5")
    (tmp_path / "page.md").write_text(other, encoding="utf-8")
    sections = read_sections(write(tmp_path, run))
    assert list(sections) == ["line_fit", "losses"]
    assert "seed 5" in sections["losses"]
    assert write(tmp_path, run) == write(tmp_path, run)


def test_a_ledger_brings_its_labs_and_a_section_its_picture(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = tmp_path / "claims" / "a-ledger"
    ledger.mkdir(parents=True)
    for name in ("config.json", "environment.json"):
        (ledger / name).write_bytes((run / name).read_bytes())
    found = json.loads((run / "results.json").read_text())
    (ledger / "results.json").write_text(json.dumps(found | {"lab": "claims", "claims": []}))
    below = as_full(run_quickly("decision_regions", ledger / "labs"))
    monkeypatch.setitem(PICTURES, "decision_regions", "regions")
    text = write(tmp_path, ledger)
    assert re.findall("<!-- run: (.+) -->", text) == ["claims", "decision_regions"]
    (link,) = re.findall(r"!\[.+\]\((.+)\)", text)
    assert (tmp_path / link).read_bytes() == (below / "regions.png").read_bytes()


def test_a_quick_or_broken_run_is_no_result(tmp_path: Path) -> None:
    quick = run_quickly("nand", tmp_path)
    with pytest.raises(InputError, match="a quick run"):
        write(tmp_path, quick)
    as_full(quick)
    found = json.loads((quick / "results.json").read_text())
    (quick / "results.json").write_text(json.dumps(found | {"status": "interrupted"}))
    with pytest.raises(InputError, match="interrupted"):
        write(tmp_path, quick)
    with pytest.raises(InputError, match="one or more run directories"):
        write(tmp_path)
    assert not (tmp_path / "page.md").exists()


def test_the_page_has_every_lab_and_its_claims_in_the_columns_of_today() -> None:
    sections = read_sections(PAGE.read_text(encoding="utf-8"))
    assert find_labs().keys() <= sections.keys()
    claims, models = (
        "| " + " | ".join(columns) + " |" for columns in (CLAIM_COLUMNS, MODEL_COLUMNS)
    )
    for lab in find_labs().keys() - {"claims"}:  # The ledger lists those of all labs.
        text = sections[lab]
        ids = re.findall(r"^\| ([A-E]\d?(?:-[a-z0-9]+)+) \|", text, flags=re.M)
        assert sorted(ids) == sorted(lectures.claims_of(f"labs.{lab}")), lab
        assert (claims in text) == bool(ids), lab
    assert all(models in sections[lab] for lab in ("diabetes", "mnist", "sign_language"))
    assert all(f"{lab}-{name}.png)" in sections[lab] for lab, name in PICTURES.items())


def test_a_time_that_is_not_the_docstrings_is_told(run: Path, tmp_path: Path, capsys) -> None:
    found = json.loads((run / "results.json").read_text())
    write(tmp_path, run)
    assert "Time:" not in capsys.readouterr().out
    slow = tmp_path / "slow"
    slow.mkdir()
    for name in ("config.json", "environment.json"):
        (slow / name).write_bytes((run / name).read_bytes())
    (slow / "results.json").write_text(json.dumps(found | {"seconds": 100}))
    write(tmp_path, slow)
    assert "labs.line_fit says Time: seconds, and took 100 s." in capsys.readouterr().out
