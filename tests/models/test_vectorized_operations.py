from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from models.vectorized_operations import traced_for_xla

FORMS = [*product((False, True), repeat=2)]


def multiply_all(a, b, transposed, compiled):
    """Multiply stacked matrices by a vectorized map."""
    first, second = transposed

    def one(pair):
        return tf.matmul(*pair, transpose_a=first, transpose_b=second)

    @tf.function(jit_compile=compiled)
    def everyones(a, b):
        return tf.vectorized_map(one, (a, b), fallback_to_while_loop=False)

    with traced_for_xla(compiled):
        return everyones(a, b)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("transposed", FORMS)
@pytest.mark.parametrize("columns", [1, 3, 40])
def test_products_of_stacked_matrices_are_those_of_each(compiled, transposed, columns):
    first, second = transposed
    rng = np.random.default_rng(0)
    a, b = rng.random((4, 7, 5)), rng.random((4, 5, columns))
    left = tf.constant(np.swapaxes(a, 1, 2) if first else a)
    right = tf.constant(np.swapaxes(b, 1, 2) if second else b)
    found = multiply_all(left, right, transposed, compiled)
    np.testing.assert_allclose(found, a @ b, rtol=1e-12)


@pytest.mark.parametrize("transposed", FORMS)
def test_a_matrix_shared_by_all_is_multiplied_as_well(transposed):
    rng = np.random.default_rng(0)
    a, b = rng.random((4, 5, 5)), rng.random((5, 5))

    @tf.function(jit_compile=True)
    def everyones(a, b):
        def one(own):
            first, second = transposed
            return tf.matmul(own, b, transpose_a=first, transpose_b=second)

        return tf.vectorized_map(one, a, fallback_to_while_loop=False)

    with traced_for_xla(True):
        found = everyones(tf.constant(a), tf.constant(b))
    first, second = transposed
    expected = (np.swapaxes(a, 1, 2) if first else a) @ (b.T if second else b)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_nothing_is_changed_for_others():
    """Who maps without saying that XLA compiles gets what TensorFlow makes of it."""
    a = b = tf.random.stateless_uniform((3, 2, 2), seed=(0, 0))

    @tf.function
    def everyones(a, b):
        return tf.vectorized_map(lambda pair: tf.matmul(*pair, transpose_a=True), (a, b))

    kinds = {op.type for op in everyones.get_concrete_function(a, b).graph.get_operations()}
    assert "BatchMatMulV2" in kinds
    assert "XlaOptimizationBarrier" not in kinds
    np.testing.assert_allclose(everyones(a, b), tf.matmul(a, b, transpose_a=True), rtol=1e-6)
