import numpy as np

from labs import local_minima
from tests.labs.quick_run import judged


def test_a_plateau_that_is_crossed_is_none():
    hole = {"gradient descent": np.zeros((2, 2))}
    assert judged(local_minima.judge_plateau, hole)[0].verdict == "differs"


def test_minima_that_all_starts_find_are_no_trouble():
    ends = {name: np.full(20, 2.0) for name in local_minima.RULES}
    verdicts = {claim.id: claim.verdict for claim in judged(local_minima.judge_local_minima, ends)}
    assert verdicts["A-local-minima"] == verdicts["D-local-minima"] == "differs"
    assert verdicts["A-momentum-local-minima"] == "reproduced"
