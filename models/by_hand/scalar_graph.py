"""A computational graph of numbers that finds its own derivatives.

Every node remembers what it was computed from and the local derivative with respect to
each. Backwards, a node multiplies the derivative it receives by its local ones and passes
the products on; where several arrive, they add up.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture D, Deep Learning 모델
학습법 (course notes, day 55), Upstage AI Lab; lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations


class Node:
    """A number in the graph.

    Args:
        value: The number.
        inputs: The nodes it was computed from, each with ∂(this node)/∂(that node).

    Attributes:
        value: The number.
        derivative: ∂(result)/∂(this node) once `backward` has run on the result, before 0.
    """

    def __init__(self, value: float, inputs: tuple[tuple[Node, float], ...] = ()) -> None:
        self.value = value
        self.derivative = 0.0
        self._inputs = inputs

    def __add__(self, other: Node) -> Node:
        """Return q = x + y: ∂q/∂x = 1, ∂q/∂y = 1."""
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Node) -> Node:
        """Return f = q z: ∂f/∂q = z, ∂f/∂z = q."""
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

    def square(self) -> Node:
        """Return z = t²: ∂z/∂t = 2t."""
        return Node(self.value**2, ((self, 2 * self.value),))

    def backward(self) -> None:
        """Set the derivative of this node with respect to every node it depends on."""
        order = self._in_order_of_computation()
        for node in order:
            node.derivative = 0.0
        self.derivative = 1.0
        for node in reversed(order):  # A node passes on only when all it receives has come.
            for source, local in node._inputs:
                source.derivative += node.derivative * local

    def _in_order_of_computation(self) -> list[Node]:
        order: list[Node] = []

        def visit(node: Node) -> None:
            if node not in order:
                for source, _ in node._inputs:
                    visit(source)
                order.append(node)

        visit(self)
        return order
