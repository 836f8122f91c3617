import numpy as np
import pytest

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


def test_constant_starts_that_end_as_well_as_random_ones_differ():
    outcomes = {setting: outcome(0.8, 0.9, 0.85) for setting in lab.SETTINGS}
    verdicts = {c.id: c.verdict for c in judged(lab.judge_starts, outcomes)}
    assert verdicts["E-initialization-random"] == "differs"


@pytest.mark.parametrize("start", ["Xavier", "He"])
def test_a_wrong_formula_of_a_start_is_noticed(monkeypatch, start):
    monkeypatch.setitem(lab.FORMULAS, start, lambda inputs, outputs: np.sqrt(1 / inputs))
    claims = judged(lab.judge_variances, lab.Config())
    differing = [claim.id for claim in claims if claim.verdict == "differs"]
    assert differing == [f"E-initialization-{start.lower()}"]


def test_pretraining_that_helps_one_way_only_depends():
    random, better = np.array([0.5, 0.52, 0.51]), np.array([0.6, 0.61, 0.63])
    cases = [(better, better), (better, random), (random, random - 0.1)]
    verdicts = [
        judged(lab.judge_pretraining, {"one": (random, one), "other": (random, other)})[0].verdict
        for one, other in cases
    ]
    assert verdicts == ["reproduced", "depends", "differs"]
