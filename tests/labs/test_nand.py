from labs.nand import judge_gates_of_nand
from models.by_hand import perceptron
from tests.labs.quick_run import judged


def test_a_nand_that_is_an_and_is_found_out(monkeypatch):
    monkeypatch.setattr(perceptron, "NAND", perceptron.AND)
    assert [claim.verdict for claim in judged(judge_gates_of_nand)] == ["differs"]
