import numpy as np

from labs import data
from labs import penalties as lab
from models.by_hand import normalization
from tests.labs.quick_run import judged


def test_each_penalty_is_told_from_the_others():
    x = normalization.standardize(data.load_diabetes().train.x)
    scores, _ = data.load_progression_scores()
    y = scores - scores.mean()
    paths = lab.penalty_paths(x, y, 11)
    taken = {"L0": "L2", "L1": "L∞", "L2": "L1", "L∞": "L2"}
    mixed = {name: paths[other] for name, other in taken.items()}
    assert {c.verdict for c in judged(lab.judge_penalties, x, y, mixed)} == {"differs"}
    rising = {name: path._replace(weights=path.weights[::-1]) for name, path in paths.items()}
    assert {c.verdict for c in judged(lab.judge_penalties, x, y, rising)} == {"differs"}


def test_a_penalty_under_which_no_weight_grows_bears_the_sentence_out():
    factors = np.array([1.0, 2.0, 3.0])
    shrinks = lab.Path(factors, np.array([[3.0, 1.0], [2.0, 1.0], [1.0, 0.5]]))
    grows = lab.Path(factors, np.array([[3.0, 1.0], [4.0, 0.0], [0.0, 0.0]]))
    for paths, expected in (
        ({"L1": shrinks, "L2": shrinks}, "reproduced"),
        ({"L0": grows, "L2": shrinks}, "depends"),
        ({"L0": grows}, "differs"),
    ):
        assert judged(lab.judge_size, paths)[0].verdict == expected


def test_another_penalty_than_that_of_the_squares_differs(monkeypatch):
    x, y = normalization.standardize(data.load_diabetes().train.x), data.load_diabetes().train.y
    assert judged(lab.judge_alpha, x, y, 0)[0].verdict == "reproduced"
    log_loss = lab.sklearn.metrics.log_loss
    monkeypatch.setattr(lab.sklearn.metrics, "log_loss", lambda y, p: log_loss(y, p) + 0.01)
    assert judged(lab.judge_alpha, x, y, 0)[0].verdict == "differs"
