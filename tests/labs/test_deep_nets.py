from itertools import pairwise

import numpy as np
import pytest

from labs import deep_nets
from labs.deep_nets import EXPLODING, SETTINGS
from labs.studies.deep_nets import FAILING, Outcome, Setting
from tests.labs.quick_run import judged


def test_settings_of_one_program_differ_in_the_start_only():
    order = [(s.activation, s.batch_norm, s.clipped, s.skips) for s in SETTINGS]
    changes = sum(a != b for a, b in pairwise(order))
    assert changes + 1 == len(set(order))


def outcome(*accuracies: float) -> Outcome:
    test = np.array(accuracies)
    labels = np.arange(2 * len(test)).reshape(len(test), 2)
    return Outcome(test, labels, test, 0.0)


def all_alike() -> dict[Setting, Outcome]:
    return {s: outcome(0.1, 0.11, 0.1) for s in SETTINGS}


def test_remedies_that_change_nothing_differ_from_the_lecture():
    verdicts = {c.id: c.verdict for c in judged(deep_nets.judge_remedies, all_alike())}
    assert set(verdicts.values()) == {"differs"}


def test_a_remedy_that_helps_in_every_start_is_reproduced():
    outcomes = all_alike() | {FAILING._replace(clipped=True): outcome(0.8, 0.9, 0.85)}
    verdicts = {c.id: c.verdict for c in judged(deep_nets.judge_remedies, outcomes)}
    assert verdicts.pop("E-remedy-clipping") == "reproduced"
    assert set(verdicts.values()) == {"differs"}


def test_the_best_setting_is_ranked_first():
    outcomes = all_alike() | {EXPLODING: outcome(0.7, 0.8, 0.9)}
    first = deep_nets.rank(outcomes)[0]
    assert first["setting"] == "relu, large"
    assert first["test accuracy"] == pytest.approx(0.8)
