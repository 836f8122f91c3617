import numpy as np
import tensorflow as tf

from models.autodiff import autodiff


def test_gradients_of_each_argument_in_float64():
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0], [1e-9]])
    by_a, by_b = autodiff(lambda x, y: tf.reduce_sum(x @ y) ** 2, a, b)
    product = (a @ b).item()
    np.testing.assert_allclose(by_a, 2 * product * b.T, rtol=1e-12)
    np.testing.assert_allclose(by_b, 2 * product * a.T, rtol=1e-12)
    assert by_a.dtype == np.float64
