from types import SimpleNamespace

import pytest

from labs import lectures
from labs import listings as lab
from tests.labs.quick_run import judged


def test_a_cell_that_fails_or_warns_differs_and_says_why():
    cells = {
        "x = 1": "",
        "import warnings; warnings.warn('old')": "UserWarning: old",
        "1 / 0": "ZeroDivisionError: division by zero",
    }
    for code, trouble in cells.items():
        outcome = lab.run_cell(lectures.Listing(1, "t", code), {})
        assert outcome.trouble == trouble
        (claim,) = judged(lab.judge_fit, {"history": None}, {5: outcome}) if trouble else (None,)
        if claim:
            assert (claim.verdict, claim.measured) == ("differs", trouble)


@pytest.mark.parametrize("failing", [5, 6])
def test_without_a_compiled_model_every_cell_that_needs_it_differs(failing):
    names: dict = {"x_train": [1], "x_test": [1]}
    if failing == 6:
        names["model"] = SimpleNamespace(layers=[], optimizer=None)
    outcomes = {n: lab.Outcome("", "" if n < failing else f"E{n}") for n in range(1, 9)}
    claims = judged(lab.judge_diabetes, names, outcomes, lab.Config())
    told = {claim.id: (claim.verdict, claim.measured) for claim in claims}
    assert told["A3-steps"] == ("differs", f"E{failing}")
    assert told["A-code-train"] == ("differs", "E7")
    assert told["A-code-data"][0] == "reproduced"


def test_changes_reach_the_cells_and_only_numbered_ones_are_judged(monkeypatch):
    cells = [lectures.Listing(None, "before", "n = 20"), lectures.Listing(3, "t", "m = n + 20")]
    monkeypatch.setattr(lectures, "load_listings", lambda letter: cells)
    names, outcomes = lab.run_program("A", {"+ 20": "+ 1"})
    assert (names["m"], set(outcomes)) == (21, {3})


@pytest.mark.parametrize(("letter", "text"), [("A", lab.LONG), ("C", lab.MNIST)])
def test_the_lectures_epochs_stand_in_the_code(letter, text):
    assert sum(text in cell.code for cell in lectures.load_listings(letter)) == 1
