from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from labs.pages.terminal import LONGEST_TABLE, list_in_groups, summarize

MODEL = {
    "name": "keras",
    "library": "Keras",
    "parameters": 669_706,
    "train_accuracy": 0.72452830,
    "validation_accuracy": None,
    "test_accuracy": 126 / 177,
    "test_interval": [0.6411, 0.7738],
    "seconds": 15.26,
}
CLAIM = {
    "id": "A1",
    "lecture": "A",
    "statement": "L-BFGS [alpha .01] scores",
    "published": 0.711864406779661,
    "measured": [0.6949, 177, None],
    "verdict": "within noise",
    "note": "30 seeds: .684 ± .022",
}


def rendered(width: int = 80, color: bool = False, **sections: Any) -> str:
    results: dict[str, Any] = {
        "dataset": None,
        "models": [],
        "claims": [],
        "tables": {},
        "findings": [],
    }
    results |= sections
    file = StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=color,
        color_system="standard" if color else "auto",
    )
    console.print(summarize(results))
    return file.getvalue()


def row_with(text: str, word: str) -> str:
    (row,) = (line for line in text.splitlines() if word in line)
    return " ".join(row.split())


def test_model_row_fits_80_columns() -> None:
    text = rendered(models=[MODEL])
    assert row_with(text, "keras") == "keras 669,706 15.3 0.7245 – 0.7119 0.641–0.774"
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_long_names_are_folded_not_cut() -> None:
    name = "the-convolutional-net-with-augmentation-and-one-cycle-rate"
    text = rendered(models=[{**MODEL, "name": name, "parameters": 123_456_789}])
    assert name in "".join(line[:14].strip() for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= 80
    assert "0.641–0.774" in text


def test_claim_row_shows_both_numbers_verdict_and_note() -> None:
    text = rendered(claims=[CLAIM])
    assert row_with(text, "A1") == "within noise A1: L-BFGS [alpha .01] scores"
    assert row_with(text, "measured").startswith("published 0.7119; measured 0.6949, ")
    assert row_with(text, "30 seeds") == "30 seeds: .684 ± .022"


@pytest.mark.parametrize(
    "verdict", ["reproduced", "within noise", "differs", "erratum", "undecided", "depends"]
)
def test_verdict_has_a_color_and_a_word(verdict: str) -> None:
    colored = rendered(color=True, claims=[{**CLAIM, "verdict": verdict}])
    assert f"m{verdict}\x1b[0m" in colored
    plain = rendered(claims=[{**CLAIM, "verdict": verdict}])
    assert verdict in plain
    assert "\x1b" not in plain


def test_what_is_missing_is_left_out_or_a_dash() -> None:
    text = rendered(claims=[{**CLAIM, "published": None, "measured": None, "note": None}])
    assert row_with(text, "measured") == "measured –"
    assert "30 seeds" not in text


def test_long_table_is_shortened_and_names_its_file() -> None:
    rows = [{"rate": 0.1, "step": 1000 + step} for step in range(LONGEST_TABLE + 3)]
    text = rendered(tables={"steps": rows})
    assert str(1000 + LONGEST_TABLE - 1) in text
    assert str(1000 + LONGEST_TABLE) not in text
    assert "3 more rows in steps.csv" in text


def test_table_shows_the_columns_of_all_rows() -> None:
    text = rendered(tables={"rates": [{"rate": 0.5}, {"rate": 0.1, "[steps]": 7}]})
    assert row_with(text, "[steps]") == "rate [steps]"
    assert row_with(text, "0.5") == "0.5 –"
    assert row_with(text, "0.1") == "0.1 7"


def test_data_and_their_source_are_named() -> None:
    text = rendered(dataset={"name": "diabetes", "source": "scikit-learn [sha256 12ab]"})
    assert "Data: diabetes (scikit-learn [sha256 12ab])" in text


def test_columns_keep_their_formats_and_numbers_stand_to_the_right() -> None:
    rows = [{"net": "a", "test": 0.123456, "interval": [0.1, 0.25]}, {"net": "bb", "test": 1.0}]
    formats = {"test": ".3f", "interval": ".2f"}
    text = rendered(tables={"nets": rows}, formats={"nets": formats})
    assert row_with(text, "0.123") == "a 0.123 0.10 to 0.25"
    assert row_with(text, "bb") == "bb 1.000 –"
    first, second = (line for line in text.splitlines() if "0.123" in line or "1.000" in line)
    assert first.index("0.123") == second.index("1.000")


def test_the_answer_comes_last_with_its_limits_and_pictures() -> None:
    text = rendered(
        findings=["A finding."],
        question="Does it learn?",
        answer="It does [.5].",
        limits="Other data.",
        figures=[{"name": "curves", "caption": "It falls."}],
    )
    assert text.index("A finding.") < text.index("It does [.5].") < text.index("curves.png")
    assert row_with(text, "Limits") == "Limits Other data."


def test_no_word_is_broken_at_40_columns() -> None:
    words = "Overparameterized networks generalize surprisingly, notwithstanding memorization."
    text = rendered(width=40, claims=[{**CLAIM, "note": words}], answer=words, limits=words)
    found = set(text.replace("\n", " ").split())
    assert set(words.split()) <= found
    assert max(map(len, text.splitlines())) <= 40


@pytest.mark.parametrize("width", range(24, 40))
def test_no_letter_of_a_list_is_lost(width: int) -> None:
    question = "검증 손실이 가장 좋은 에포크보다 넘게 올라야 한다"
    console = Console(width=width, file=StringIO())
    with console.capture() as capture:
        console.print(list_in_groups({"강의": [("이름", question)], "B": [("long name", "?")]}))
    shown = "".join(capture.get().split())
    assert shown == "".join(f"강의 이름 {question} B long name ?".split())
