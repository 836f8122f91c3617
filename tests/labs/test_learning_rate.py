import numpy as np

from labs import learning_rate


def test_rates_up_to_the_limit_go_down_and_beyond_it_up():
    losses = learning_rate.ravine_losses([0.0199, 0.0201], 1000)
    assert losses[-1, 0] < losses[0, 0] < losses[-1, 1]
    # The slow direction shrinks by 1 − λ: its square is a millionth of 8/80 of the loss.
    steps = np.ceil(np.log(1e-6 * 80 / 8) / np.log(0.99) / 2)
    np.testing.assert_array_equal(learning_rate.steps_to_floor([0.021, 0.01]), [3000, steps])


def test_momentum_pays_in_steep_ravines_only():
    for steepness, pays in ((10, False), (400, True)):
        plain, heavy = learning_rate.count_steps(steepness, 0.9)
        assert (heavy.min() < plain.min()) == pays
