import numpy as np

from models.by_hand import half_planes

OUTWARD_STEP = 1e-9


def test_a_square_by_half_planes_holds_exactly_its_inside():
    square = half_planes.polygon(4, radius=2.0, center=(10.0, 20.0))
    corner = np.array([12.0, 22.0])
    points = np.array([[10, 20], corner - OUTWARD_STEP, corner + OUTWARD_STEP, [10, 22.1]])
    assert half_planes.vote(square, points, at_least=4).tolist() == [1, 1, 0, 0]
    assert half_planes.vote(square, points, at_least=3).tolist() == [1, 1, 0, 1]


def test_a_union_is_inside_any_part():
    parts = [half_planes.polygon(4, 1.0), half_planes.polygon(3, 1.0, (5.0, 0.0))]
    assert half_planes.union(parts, np.array([[0, 0], [5, 0], [2.5, 0]])).tolist() == [1, 1, 0]
