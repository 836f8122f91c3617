import numpy as np

from labs.nand import NETS, is_rebuilt, judge_gates_of_nand
from models.by_hand import perceptron
from tests.labs.quick_run import judged


def test_a_nand_that_is_an_and_is_found_out(monkeypatch):
    monkeypatch.setattr(perceptron, "NAND", perceptron.AND)
    assert [claim.verdict for claim in judged(judge_gates_of_nand, NETS)] == ["differs"]
    assert not all(is_rebuilt(np.random.default_rng(net)) for net in range(20))


def test_a_net_that_nands_do_not_replace_refutes_the_lecture():
    verdicts = [judged(judge_gates_of_nand, nets)[0].verdict for nets in (NETS, NETS - 1)]
    assert verdicts == ["reproduced", "differs"]
