import numpy as np
import pytest

import callbacks
from labs import data, learning_rate
from labs.errors import InputError
from labs.learning_rate import Config
from tests.labs.quick_run import read_results, run_quickly

CONFIG = Config(seeds=2)


def test_every_claim_is_judged_and_every_picture_drawn(tmp_path):
    directory = run_quickly("learning_rate", tmp_path, seeds=2)
    found = read_results(directory)
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts.pop("A-step-decay-needed")  # Two seeds do not always show it.
    assert verdicts == {
        "A-gradient-descent": "reproduced",
        "A-rate-too-small": "reproduced",
        "A-rate-too-large": "reproduced",
        "D-rate-diverges": "reproduced",
        "A-momentum-faster": "differs",
        "A-step-decay": "reproduced",
    }
    for picture in ("rates", "step_decay"):
        assert (directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")


def test_rates_up_to_the_limit_go_down_and_beyond_it_up():
    losses = learning_rate.ravine_losses([0.0199, 0.0201], 1000)
    assert losses[-1, 0] < losses[0, 0] < losses[-1, 1]
    # The slow direction shrinks by 1 − λ: its square is a millionth of 8/80 of the loss.
    steps = np.ceil(np.log(1e-6 * 80 / 8) / np.log(0.99) / 2)
    np.testing.assert_array_equal(learning_rate.steps_to_floor([0.021, 0.01]), [3000, steps])


def test_momentum_pays_in_steep_ravines_only():
    for steepness, pays in ((10, False), (400, True)):
        plain, heavy = learning_rate.count_steps(steepness)
        assert (heavy.min() < plain.min()) == pays


def test_the_decayed_training_has_the_rates_of_step_decay(monkeypatch):
    train = data.load_diabetes().train
    with_decay = learning_rate.train_with_step_decay(train, CONFIG)
    for constant, decayed in with_decay.values():
        assert constant.shape == decayed.shape == (2, 100)
        np.testing.assert_array_equal(constant[:, :30], decayed[:, :30])
        assert (constant[:, 30:] != decayed[:, 30:]).all()
        assert (decayed > 0).all()  # Nothing lies below the minimum.
    monkeypatch.setattr(callbacks.StepDecay, "rate_at", lambda self, epoch, rate: rate)
    for constant, decayed in learning_rate.train_with_step_decay(train, CONFIG).values():
        np.testing.assert_array_equal(constant, decayed)
    (rates, _) = learning_rate.check_step_decay(with_decay)
    assert rates.verdict == "erratum"


def test_a_single_seed_is_refused():
    with pytest.raises(InputError, match="seeds"):
        Config(seeds=1)
