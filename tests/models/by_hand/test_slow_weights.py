import numpy as np
import pytest

from models.by_hand.slow_weights import BIASES, watch_slow_weights


def test_in_one_step_the_weights_out_move_as_the_activation_and_those_in_as_the_slope():
    seen = watch_slow_weights(np.random.default_rng(0), steps=1, learning_rate=1e-3)
    sigmoid = 1 / (1 + np.exp(-BIASES))
    assert np.corrcoef(seen.out_of, sigmoid)[0, 1] > 0.95
    assert np.corrcoef(seen.into, sigmoid * (1 - sigmoid))[0, 1] > 0.85
    assert seen.activation == pytest.approx(sigmoid, abs=0.1)
    assert seen.slope == pytest.approx(sigmoid * (1 - sigmoid), abs=0.05)


def test_the_way_grows_with_the_rate_and_is_zero_without_steps():
    slow, fast = (
        watch_slow_weights(np.random.default_rng(1), steps=1, learning_rate=rate)
        for rate in (1e-3, 3e-3)
    )
    assert fast.out_of == pytest.approx(3 * slow.out_of)
    none = watch_slow_weights(np.random.default_rng(1), steps=0)
    assert not none.out_of.any()
    assert not none.into.any()


def test_turning_back_adds_to_the_way():
    one, many = (watch_slow_weights(np.random.default_rng(2), steps=n) for n in (10, 40))
    assert (many.out_of > one.out_of).all()
