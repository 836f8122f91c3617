import numpy as np

import callbacks
from labs import data, step_decay
from labs.step_decay import Config
from models.by_hand import update_rules as rules
from tests.labs.quick_run import judged

CONFIG = Config(seeds=2)


def test_the_decayed_training_has_the_rates_of_step_decay(monkeypatch):
    train = data.load_diabetes().train
    descent = rules.gradient_descent
    with_decay = step_decay.train_with_step_decay(train, descent, CONFIG)
    for constant, decayed in with_decay.values():
        assert constant.shape == decayed.shape == (2, 100)
        np.testing.assert_array_equal(constant[:, :30], decayed[:, :30])
        assert (constant[:, 30:] != decayed[:, 30:]).all()
        assert (decayed > 0).all()  # Nothing lies below the minimum.
    monkeypatch.setattr(callbacks.StepDecay, "rate_at", lambda self, epoch, rate: rate)
    for constant, decayed in step_decay.train_with_step_decay(train, descent, CONFIG).values():
        np.testing.assert_array_equal(constant, decayed)
    (rates, _) = judged(step_decay.judge_step_decay, {"descent": with_decay}, CONFIG)
    assert rates.verdict == "erratum"


def test_a_constant_rate_that_ends_nearer_to_the_minimum_differs():
    near, far = np.array([[0.1], [0.11]]), np.array([[0.5], [0.55]])
    wins, loses = {0.3: (far, near)}, {0.3: (near, far)}
    for trained, expected in (
        ({"descent": wins, "Adam": wins}, "reproduced"),
        ({"descent": wins, "Adam": loses}, "depends"),
        ({"descent": loses, "Adam": loses}, "differs"),
    ):
        _, needed = judged(step_decay.judge_step_decay, trained, CONFIG)
        assert needed.verdict == expected
