import numpy as np
import pytest

from models.row_order import row_order


def test_every_epoch_visits_every_row_once_in_an_order_of_its_own():
    order = row_order(100, shuffle=True, seed=3)
    epochs = [order(epoch) for epoch in range(3)]
    for rows in epochs:
        assert sorted(rows) == list(range(100))
    assert not np.array_equal(epochs[0], epochs[1])


def test_an_epoch_depends_on_seed_and_epoch_alone():
    forward, backward = row_order(20, True, seed=1), row_order(20, True, seed=1)
    later_first = [backward(epoch) for epoch in (4, 0)][::-1]
    np.testing.assert_array_equal([forward(0), forward(4)], later_first)
    assert not np.array_equal(forward(0), row_order(20, True, seed=2)(0))


def test_without_shuffling_rows_stay_as_they_are():
    assert list(row_order(4, shuffle=False, seed=None)(7)) == [0, 1, 2, 3]


def test_without_a_seed_numpys_global_state_decides():
    np.random.seed(1)
    first = row_order(20, True, None)(0)
    assert not np.array_equal(first, row_order(20, True, None)(0))
    np.random.seed(1)
    assert np.array_equal(first, row_order(20, True, None)(0))


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="-1"):
        row_order(3, True, -1)
