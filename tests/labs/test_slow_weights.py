import numpy as np
import pytest

from labs import slow_weights as lab
from labs.errors import InputError
from models.by_hand.slow_weights import BIASES, SlowWeights
from tests.labs.quick_run import read_results, run_quickly


def test_both_insights_are_borne_out_in_a_quick_run(tmp_path):
    directory = run_quickly("slow_weights", tmp_path, seed=7)
    found = read_results(directory)
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts == {"D-low-activation": "reproduced", "D-saturation": "reproduced"}
    assert (directory / "slow.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_watches_the_same_nets():
    config = lab.Config(seeds=2, steps=5)
    for first, second in zip(lab.watch(config), lab.watch(config), strict=True):
        assert first.shape == (2, len(BIASES))
        assert np.array_equal(first, second)


def test_weights_that_all_move_alike_contradict_both_insights():
    alike = np.tile(np.linspace(0.9, 1, 3)[:, None], len(BIASES))
    claims = lab.check_slow_weights(SlowWeights(alike, alike, alike, alike))
    assert {claim.verdict for claim in claims} == {"differs"}


@pytest.mark.parametrize(("setting", "value"), [("seeds", 1), ("steps", 0)])
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        lab.Config(**{setting: value})
