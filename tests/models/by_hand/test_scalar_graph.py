import pytest

from models.by_hand.scalar_graph import Node


def test_the_slides_graph_gives_the_slides_derivatives():
    x, y, z = Node(-2.0), Node(5.0), Node(-4.0)
    q = x + y
    f = q * z
    f.backward()
    assert (q.value, f.value) == (3, -12)
    assert [node.derivative for node in (x, y, z, q, f)] == [-4, -4, 3, -4, 1]


def test_derivatives_that_arrive_over_several_ways_add_up():
    x = Node(3.0)
    (x * x + x).backward()
    assert x.derivative == 2 * 3 + 1


def test_a_node_waits_for_all_it_receives():
    # t feeds z directly and over its square, so a walk in the wrong order loses a part.
    x, y = Node(1.5), Node(-0.5)
    t = x + x + y
    z = t * (t.square() + t)  # t³ + t²
    z.backward()
    assert t.derivative == pytest.approx(3 * 2.5**2 + 2 * 2.5)
    assert x.derivative == pytest.approx(2 * t.derivative)


def test_backward_twice_gives_the_same():
    x = Node(2.0)
    z = x.square()
    z.backward()
    z.backward()
    assert x.derivative == 4
