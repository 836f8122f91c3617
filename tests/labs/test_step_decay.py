import numpy as np

import callbacks
from labs import data, step_decay
from labs.step_decay import Config
from tests.labs.quick_run import judged

CONFIG = Config(seeds=2)


def test_the_decayed_training_has_the_rates_of_step_decay(monkeypatch):
    train = data.load_diabetes().train
    with_decay = step_decay.train_with_step_decay(train, CONFIG)
    for constant, decayed in with_decay.values():
        assert constant.shape == decayed.shape == (2, 100)
        np.testing.assert_array_equal(constant[:, :30], decayed[:, :30])
        assert (constant[:, 30:] != decayed[:, 30:]).all()
        assert (decayed > 0).all()  # Nothing lies below the minimum.
    monkeypatch.setattr(callbacks.StepDecay, "rate_at", lambda self, epoch, rate: rate)
    for constant, decayed in step_decay.train_with_step_decay(train, CONFIG).values():
        np.testing.assert_array_equal(constant, decayed)
    (rates, _) = judged(step_decay.judge_step_decay, with_decay, CONFIG)
    assert rates.verdict == "erratum"


def test_a_constant_rate_that_ends_nearer_to_the_minimum_differs():
    near, far = np.array([[0.1], [0.11]]), np.array([[0.2], [0.21]])
    _, decay_wins = judged(step_decay.judge_step_decay, {0.3: (far, near)}, CONFIG)
    _, decay_loses = judged(step_decay.judge_step_decay, {0.3: (near, far)}, CONFIG)
    assert (decay_wins.verdict, decay_loses.verdict) == ("reproduced", "differs")
