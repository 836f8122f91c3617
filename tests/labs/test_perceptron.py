from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labs.errors import InputError
from labs.perceptron import (
    SLIDE_GATES,
    Config,
    check_gates_of_nand,
    check_slide_neurons,
    check_xor,
    count_separable,
    is_separable,
    last_mistake,
)
from models.by_hand import perceptron
from tests.labs.quick_run import read_results, run_quickly, without_times

X = perceptron.binary_inputs(2)

VERDICTS = {
    "E-net": "reproduced",
    "E-and": "reproduced",
    "E-or": "reproduced",
    "E-nand": "reproduced",
    "E-threshold-70": "reproduced",
    "E-threshold-20": "reproduced",
    "D-bias": "reproduced",
    "D-nand-any-gate": "reproduced",
    "E-xor": "reproduced",
    "D-not-separable": "reproduced",
    "D-xor": "reproduced",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("perceptron", tmp_path_factory.mktemp("first"), seed=5)


def test_the_same_seed_gives_the_same_results(found, tmp_path):
    again = read_results(run_quickly("perceptron", tmp_path, seed=5))
    assert without_times(again) == without_times(found)


def test_every_claim_has_its_verdict(found):
    claims = found["claims"]
    assert {claim["id"]: claim["verdict"] for claim in claims} == VERDICTS


def test_tables_and_pictures_are_in_the_run_directory(run_directory):
    for picture in ("gates", "learning"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    gates = read_results(run_directory)["tables"]["gates"]
    lines = [row["outputs for 00 01 10 11"] for row in gates if row["a line exists"] == "no"]
    assert lines == ["0 1 1 0", "1 0 0 1"]
    learned = [row["neurons that learned it"] == "5 of 5" for row in gates]
    assert learned == [row["a line exists"] == "yes" for row in gates]


def test_known_numbers_of_separable_gates():
    # 4, 14, 104 for 1, 2, 3 inputs (OEIS A000609).
    assert [len(count_separable(n)) for n in (1, 2, 3)] == [4, 14, 104]


def test_separable_points_that_are_no_bits():
    x = np.array([[-1e3, 0.0], [1e-3, 5.0], [2.0, 5.0]])
    assert is_separable(x, [0, 1, 0])
    assert not is_separable(np.array([[0.0], [1.0], [2.0]]), [0, 1, 0])


def test_a_broken_gate_is_an_erratum(monkeypatch):
    monkeypatch.setitem(
        SLIDE_GATES,
        "AND",
        perceptron.Neuron((0.5, 0.5), -0.4),
    )
    claims = {claim.id: claim for claim in check_slide_neurons()}
    assert claims["E-and"].verdict == "erratum"
    assert claims["E-or"].verdict == "reproduced"


def test_a_nand_that_is_an_and_is_found_out(monkeypatch):
    monkeypatch.setattr(perceptron, "NAND", perceptron.AND)
    assert [claim.verdict for claim in check_gates_of_nand()] == ["differs"]


def test_a_list_with_xor_in_it_would_refute_the_slide():
    impossible, *_ = check_xor(np.array([[0, 0, 0, 1], [0, 1, 1, 0]]))
    assert impossible.verdict == "differs"
    possible, *_ = check_xor(np.array([[0, 1, 1, 1]]))
    assert possible.measured == "at best 3 of 4 rows right"


def test_the_last_mistake_counts_from_one():
    assert last_mistake(np.array([[1, 0, 0], [0, 2, 0]])) == 2
    assert last_mistake(np.zeros((2, 3))) == 0


@pytest.mark.parametrize(("setting", "value"), [("epochs", 5), ("seeds", 1)])
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        Config(**{setting: value})
