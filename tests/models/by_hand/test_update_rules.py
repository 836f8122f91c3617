import keras
import numpy as np
import pytest
import tensorflow as tf

from models.by_hand import update_rules as rules

# Exact in float32, in which Keras holds them, so that only the arithmetic is compared.
RATE, BETA_1, BETA_2, EPSILON = 2.0**-7, 0.875, 1 - 2.0**-10, 2.0**-23
GRADIENTS = (0.5 + np.random.default_rng(0).normal(size=(60, 4))) * [1, 0.1, 1e-3, 1e-5]


def replay(rule, gradients=GRADIENTS, rate=RATE, accumulator=0.0):
    start = np.zeros(gradients.shape[1])
    steps = len(gradients)
    return rules.descend(
        rule, lambda theta, step: gradients[step], start, steps, rate=rate, accumulator=accumulator
    )


def by_keras(optimizer):
    theta = keras.Variable(np.zeros(GRADIENTS.shape[1]), dtype="float64")
    path = [theta.numpy()]
    for gradient in GRADIENTS:
        optimizer.apply([tf.constant(gradient)], [theta])
        path.append(theta.numpy())
    return np.stack(path)


def with_settings(rule, **settings):
    return lambda gradient, memory, rate: rule(gradient, memory, rate=rate, **settings)


@pytest.mark.parametrize(
    ("rule", "accumulator", "optimizer"),
    [
        (rules.gradient_descent, 0.0, lambda: keras.optimizers.SGD(RATE)),
        (
            with_settings(rules.keras_momentum, beta_1=BETA_1),
            0.0,
            lambda: keras.optimizers.SGD(RATE, momentum=BETA_1),
        ),
        (
            with_settings(rules.momentum, beta_1=BETA_1),
            0.0,
            lambda: keras.optimizers.SGD(RATE * (1 - BETA_1), momentum=BETA_1),
        ),
        (
            with_settings(rules.adagrad, epsilon=EPSILON),
            0.125,
            lambda: keras.optimizers.Adagrad(
                RATE, initial_accumulator_value=0.125, epsilon=EPSILON
            ),
        ),
        (
            with_settings(rules.rmsprop, beta=BETA_1, epsilon=EPSILON),
            0.0,
            lambda: keras.optimizers.RMSprop(RATE, rho=BETA_1, epsilon=EPSILON),
        ),
        (
            with_settings(rules.keras_adam, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON),
            0.0,
            lambda: keras.optimizers.Adam(RATE, BETA_1, BETA_2, EPSILON),
        ),
    ],
    ids=["gradient descent", "Keras momentum", "momentum", "Adagrad", "RMSprop", "Keras Adam"],
)
def test_a_rule_goes_where_keras_goes(rule, accumulator, optimizer):
    by_hand = replay(rule, accumulator=accumulator)
    np.testing.assert_allclose(by_hand, by_keras(optimizer()), rtol=1e-11, atol=1e-20)


def steps_of(rule, gradients, **settings):
    """Return the changes for gradients of one parameter."""
    path = replay(rule, np.array(gradients, dtype=float)[:, None], rate=1.0, **settings)
    return -np.diff(path[:, 0])


def test_the_lectures_rules_give_values_worked_by_hand():
    assert steps_of(rules.momentum, [1, 1]) == pytest.approx([0.1, 0.19])
    assert steps_of(rules.keras_momentum, [1, 1]) == pytest.approx([1, 1.9])
    # g = 9 and 25.
    assert steps_of(rules.adagrad, [3, 4]) == pytest.approx([1, 0.8], abs=1e-7)
    # g = .1 and .19.
    assert steps_of(rules.rmsprop, [1, 1]) == pytest.approx([0.1**-0.5, 0.19**-0.5], rel=1e-6)
    # m = .1, g = .001: 10 to the power of one half.
    assert steps_of(rules.adam, [1]) == pytest.approx([10**0.5], rel=1e-4)
    assert steps_of(rules.corrected_adam, [1, 1, 1]) == pytest.approx([1, 1, 1], rel=1e-4)
    assert steps_of(rules.keras_adam, [1, 1, 1]) == pytest.approx([1, 1, 1], rel=1e-5)


def test_epsilon_stands_inside_the_root_in_the_lecture_and_outside_in_keras():
    # After correction m = 1e-7 and √g = 1e-7 · .001^.5, so ε = 1e-7 weighs differently.
    inside, outside = (steps_of(r, [1e-7])[0] for r in (rules.corrected_adam, rules.keras_adam))
    root = 0.001**0.5
    assert inside == pytest.approx(root / 0.1 * 1e-8 / (1e-17 + 1e-7) ** 0.5)
    assert outside == pytest.approx(root / 0.1 * 1e-8 / (root * 1e-7 + 1e-7))


def test_bias_correction_begins_at_a_third_and_ends_at_one():
    assert rules.bias_correction(1) == pytest.approx(0.001**0.5 / 0.1)
    assert rules.bias_correction(100_000) == pytest.approx(1)


def test_elements_do_not_mix_and_rates_may_differ_by_element():
    def gradient(theta, step):
        return theta

    together = rules.descend(
        rules.adam, gradient, np.array([[1.0], [3.0]]), 5, rate=np.array([[0.1], [0.2]])
    )
    alone = rules.descend(rules.adam, gradient, np.array([3.0]), 5, rate=0.2)
    assert together.shape == (6, 2, 1)
    np.testing.assert_array_equal(together[:, 1], alone)


def test_no_steps_leave_the_start_alone():
    start = np.array([1, 2])
    path = rules.descend(rules.adam, lambda theta, step: theta, start, 0, rate=0.1)
    np.testing.assert_array_equal(path, [[1.0, 2.0]])
