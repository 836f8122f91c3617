from itertools import islice

import numpy as np
import pytest
from scipy import optimize

from models.by_hand import linear_program as lp

C, A, B = np.array([2.0, 3.0]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 6.0])
SOLUTION, PRICES = [1.6, 1.2], [1.4, 0.2]
# Both conditions are just met: x + 2z = 4, 3x + z = 6, so x = 1.6, z = 1.2 and the cost is 6.8.
# The dual solves y + 3v = 2, 2y + v = 3: y = 1.4, v = .2, worth 4·1.4 + 6·.2 = 6.8.


def take(iterator, number):
    return list(islice(iterator, number))


def test_the_barrier_s_minima_are_those_worked_by_hand():
    # Minimum of t x − log(x − 1) is at 1 + 1/t.
    path = take(lp.interior_point(np.ones(1), np.ones((1, 1)), np.ones(1), np.array([4.0])), 60)
    centers = dict(path)
    for t in (1.0, 10.0, 100.0):
        assert centers[t] == pytest.approx([1 + 1 / t], rel=1e-7)


def test_interior_point_agrees_with_the_simplex_method():
    c, a, b = np.array([1.0, 1.0]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 6.0])
    all_rows, all_needs = np.vstack([a, np.eye(2)]), np.append(b, [0, 0])
    for t, point in lp.interior_point(c, all_rows, all_needs, np.full(2, 5.0)):
        assert np.all(all_rows @ point > all_needs)
        if t > 1e7:
            break
    reference = optimize.linprog(c, A_ub=-a, b_ub=-b, method="highs-ds")
    assert point == pytest.approx(reference.x, abs=1e-6)
    assert reference.x == pytest.approx([1.6, 1.2])


def test_interior_point_refuses_a_start_outside():
    with pytest.raises(ValueError, match="room to spare"):
        next(lp.interior_point(np.ones(1), np.ones((1, 1)), np.ones(1), np.ones(1)))


def test_interior_point_tells_that_there_is_no_minimum():
    endless = lp.interior_point(-np.ones(1), np.ones((1, 1)), np.ones(1), np.array([2.0]))
    with pytest.raises(ValueError, match="No minimum"):
        take(endless, 500)


def test_the_central_path_ends_at_the_optimum_with_its_proof():
    a, b = np.vstack([A, np.eye(2)]), np.append(B, [0, 0])
    path, prices, steps = lp.central_path(C, a, b, np.full(2, 20.0))
    assert path[-1] == pytest.approx(SOLUTION, abs=1e-5)
    assert prices == pytest.approx([*PRICES, 0, 0], abs=1e-5)
    assert steps > len(path)


def test_an_optimum_worked_by_hand_violates_nothing():
    found = lp.violations(np.array(SOLUTION), np.array(PRICES), C, A, B)
    assert found == pytest.approx(np.zeros(4), abs=1e-12)


@pytest.mark.parametrize(
    ("x", "prices", "failing"),
    [
        ([1.6, 1.0], [1.4, 0.2], 0),  # Too little.
        ([7.0, -0.5], [1.4, 0.2], 0),  # Less than nothing.
        ([1.6, 1.2], [1.5, 0.2], 1),  # Parts dearer than the whole they are in.
        ([1.6, 1.2], [1.5, -0.2], 1),  # A price below nothing.
        ([2.0, 1.2], [1.4, 0.2], 2),  # Dearer than the bound.
        ([2.0, 1.2], [1.4, 0.2], 3),  # More than needed of what has a price.
        ([1.6, 1.2], [1.0, 0.2], 3),  # A whole that costs more than its parts.
    ],
)
def test_each_failure_of_an_optimum_is_seen(x, prices, failing):
    assert lp.violations(np.array(x), np.array(prices), C, A, B)[failing] > 0.01
