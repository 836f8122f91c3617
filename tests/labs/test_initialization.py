import numpy as np

from labs import initialization as lab
from labs.studies.deep_nets import Outcome
from tests.labs.quick_run import judged


def outcome(*accuracies: float) -> Outcome:
    test = np.array(accuracies)
    labels = np.arange(2 * len(test)).reshape(len(test), 2)
    return Outcome(test, labels, test, 0.0)


def test_ends_that_are_all_the_same_contradict_the_lecture():
    same = outcome(0.5, 0.5, 0.5)._replace(labels=np.ones((3, 4)))
    outcomes = {setting: outcome(0.1, 0.11, 0.1) for setting in lab.SETTINGS} | {lab.XAVIER: same}
    verdicts = {c.id: c.verdict for c in judged(lab.judge_starts, outcomes)}
    assert verdicts["E-different-ends"] == "differs"
    assert verdicts["E-initialization-random"] == "reproduced"


def test_a_wrong_formula_of_a_start_is_noticed(monkeypatch):
    monkeypatch.setitem(lab.FORMULAS, "He", lambda inputs, outputs: np.sqrt(1 / inputs))
    verdicts = {c.id: c.verdict for c in judged(lab.judge_variances, lab.Config())}
    assert verdicts == {
        "E-initialization-xavier": "reproduced",
        "E-initialization-he": "differs",
    }
