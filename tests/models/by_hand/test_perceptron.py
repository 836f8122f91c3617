from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from models.by_hand import perceptron as p

X = p.binary_inputs(2)


def test_net_value_of_the_slide_and_of_several_rows():
    assert p.net_value([-1, 0, 0], [0.3, 0.4, 0.1]) == -0.3
    assert p.net_value([[1, 2], [0, 0]], [3, 4], bias=5).tolist() == [16, 5]


def test_the_step_includes_its_threshold():
    assert p.step([-0.1, 0, 0.1]).tolist() == [0, 1, 1]
    assert p.step([99, 100, 101], threshold=100).tolist() == [0, 1, 1]


def test_inputs_come_in_counting_order():
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert p.binary_inputs(3).shape == (8, 3)


def test_known_numbers_of_separable_gates():
    # 4, 14, 104 for 1, 2, 3 inputs (OEIS A000609).
    assert [len(p.count_separable(n)) for n in (1, 2, 3)] == [4, 14, 104]


def test_separable_points_that_are_no_bits():
    x = np.array([[-1e3, 0.0], [1e-3, 5.0], [2.0, 5.0]])
    assert p.is_separable(x, [0, 1, 0])
    assert not p.is_separable(np.array([[0.0], [1.0], [2.0]]), [0, 1, 0])


def test_gates_of_the_slides():
    assert p.fire(p.AND, X).tolist() == [0, 0, 0, 1]
    assert p.fire(p.OR, X).tolist() == [0, 1, 1, 1]
    assert p.fire(p.NAND, X).tolist() == [1, 1, 1, 0]


def test_both_forms_of_xor():
    assert p.xor_of_three(X).tolist() == [0, 1, 1, 0]
    assert p.xor_of_two(X).tolist() == [0, 1, 1, 0]


def test_one_epoch_of_the_learning_rule_worked_by_hand():
    # One row, wrong or right at first: the error is at most one step of the rule.
    x, y = np.array([[2.0, -1.0]]), np.array([1])
    generator = np.random.default_rng(3)
    weights, bias = generator.normal(size=2), generator.normal()
    wrong = 2 * weights[0] - weights[1] + bias < 0
    learned = p.learn(x, y, epochs=1, learning_rate=0.5, seed=3)
    assert learned.mistakes.tolist() == [int(wrong)]
    assert learned.neuron.weights == pytest.approx(weights + 0.5 * wrong * x[0])
    assert learned.neuron.bias == pytest.approx(bias + 0.5 * wrong)


@pytest.mark.parametrize("seed", range(8))
def test_the_learning_rule_moves_towards_rows_that_it_gets_wrong(seed):
    x = np.array([[2.0, -1.0]])
    for target in (0, 1):
        start = p.learn(x, np.array([target]), epochs=0, seed=seed).neuron
        end = p.learn(x, np.array([target]), epochs=1, seed=seed).neuron
        before, after = (p.net_value(x, n.weights, n.bias)[0] for n in (start, end))
        wrong = int(before >= 0) != target
        assert after - before == pytest.approx((2 * target - 1) * 6 * wrong)  # |x|² + 1 = 6


def test_a_learned_gate_is_the_gate_and_xor_is_never_learned():
    learned = p.learn(X, np.array([0, 0, 0, 1]), epochs=50, seed=1)
    assert learned.mistakes[-1] == 0
    assert p.fire(learned.neuron, X).tolist() == [0, 0, 0, 1]
    assert (p.learn(X, np.array([0, 1, 1, 0]), epochs=200, seed=1).mistakes > 0).all()


@pytest.mark.parametrize("gate", list(product((0, 1), repeat=4)))
def test_every_gate_is_a_circuit_of_nand(gate):
    circuit, outputs = p.nand_circuit(gate)
    assert p.run_circuit(circuit, outputs, X)[:, 0].tolist() == list(gate)


def test_the_smallest_circuits_have_their_known_sizes():
    sizes = {"0111": 3, "0110": 4, "1001": 5, "1000": 4, "0001": 2, "1110": 1, "0011": 0}
    for gate, size in sizes.items():
        assert len(p.nand_circuit([int(bit) for bit in gate])[0]) == size


def test_a_half_adder_takes_five_nands_and_adds():
    circuit, outputs = p.nand_circuit((0, 1, 1, 0), (0, 0, 0, 1))
    assert len(circuit) == 5
    assert (p.run_circuit(circuit, outputs, X) @ [1, 2]).tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize("gate", [(0, 1), (0, 1, 2, 0)])
def test_what_is_no_gate_is_refused(gate):
    with pytest.raises(ValueError, match="four outputs, each 0 or 1"):
        p.nand_circuit(gate)
