import numpy as np

from labs import slow_weights as lab
from models.by_hand.slow_weights import BIASES, SlowWeights
from tests.labs.quick_run import make_record, read_results, run_quickly, verdicts


def test_both_insights_are_borne_out_in_a_quick_run(tmp_path):
    directory = run_quickly("slow_weights", tmp_path, seed=7)
    found = read_results(directory)
    claims = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert claims == {"D-low-activation": "reproduced", "D-saturation": "reproduced"}
    assert (directory / "slow.png").read_bytes().startswith(b"\x89PNG")


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
