import numpy as np

from labs import slow_weights as lab
from models.by_hand.slow_weights import BIASES, SlowWeights
from tests.labs.quick_run import make_record, verdicts


def test_the_same_seed_watches_the_same_nets():
    config = lab.Config(seeds=2, steps=5)
    for first, second in zip(lab.watch(config), lab.watch(config), strict=True):
        assert first.shape == (2, len(BIASES))
        assert np.array_equal(first, second)


def test_weights_that_all_move_alike_contradict_both_insights(tmp_path):
    alike = np.tile(np.linspace(0.9, 1, 3)[:, None], len(BIASES))
    record = make_record("slow_weights", tmp_path)
    lab.judge_insights(record, SlowWeights(alike, alike, alike, alike))
    assert set(verdicts(record).values()) == {"differs"}
