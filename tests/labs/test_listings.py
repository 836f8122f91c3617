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


def test_another_shape_is_told():
    outcomes = {n: lab.Outcome("", "") for n in range(1, 9)} | {8: lab.Outcome("", "none")}
    optimizer = SimpleNamespace(learning_rate=0.001, iterations=10)
    history = SimpleNamespace(history={"loss": [0.5], "accuracy": [0.7]})

    def verdict(*units):
        layers = [
            SimpleNamespace(output=SimpleNamespace(shape=(None, n)), count_params=lambda: 1)
            for n in units
        ]
        model = SimpleNamespace(layers=layers, optimizer=optimizer)
        names = {"model": model, "last": history, "x_train": [1], "x_test": [1]}
        claims = judged(lab.judge_diabetes, names, outcomes, lab.Config(epochs=1))
        return {claim.id: claim.verdict for claim in claims}["A2-shapes"]

    assert verdict(10, 5, 2) == "reproduced"
    assert verdict(10, 5, 1) == "differs"


def test_changes_reach_the_cells_and_only_numbered_ones_are_judged(monkeypatch):
    cells = [lectures.Listing(None, "before", "n = 20"), lectures.Listing(3, "t", "m = n + 20")]
    monkeypatch.setattr(lectures, "load_listings", lambda letter: cells)
    names, outcomes = lab.run_program("A", {"+ 20": "+ 1"})
    assert (names["m"], set(outcomes)) == (21, {3})


@pytest.mark.parametrize(("letter", "text"), [("A", lab.LONG), ("C", lab.MNIST)])
def test_the_lectures_epochs_stand_in_the_code(letter, text):
    assert sum(text in cell.code for cell in lectures.load_listings(letter)) == 1
