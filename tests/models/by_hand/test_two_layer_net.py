import numpy as np
import pytest

from models.by_hand import two_layer_net
from models.by_hand.finite_differences import numerical_gradient

X, Y = np.array([0.3, -0.8]), np.array([0.0, 1.0])
NET = two_layer_net.unflatten(np.random.default_rng(3).normal(size=12))


def loss(numbers):
    _, p = two_layer_net.forward(two_layer_net.unflatten(numbers), X)
    return two_layer_net.cross_entropy(p, Y)


def test_zero_parameters_give_a_half_everywhere():
    h, p = two_layer_net.forward(two_layer_net.unflatten(np.zeros(12)), X)
    assert h == pytest.approx([0.5, 0.5])
    assert p == pytest.approx([0.5, 0.5])
    assert two_layer_net.cross_entropy(p, Y) == pytest.approx(np.log(2))


def test_forward_worked_by_hand():
    # z1 = (1, 0), h = (.7311, .5); z2 = (h1, 2 h2) = (.7311, 1).
    net = two_layer_net.unflatten(np.array([1.0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0]))
    h, p = two_layer_net.forward(net, np.array([1.0, 5.0]))
    assert h == pytest.approx([1 / (1 + np.exp(-1)), 0.5])
    assert p[1] == pytest.approx(1 / (1 + np.exp(0.7310586 - 1)))


def test_probabilities_stay_finite_for_large_weights():
    _, p = two_layer_net.forward(two_layer_net.unflatten(np.full(12, 1e4)), X)
    assert p == pytest.approx([0.5, 0.5])


def test_names_follow_the_order_of_the_numbers():
    net = two_layer_net.unflatten(np.arange(12.0))
    assert two_layer_net.NAMES[1] == "w_1,12"
    assert two_layer_net.flatten(net)[1] == net.w1[0, 1]
    assert two_layer_net.NAMES[8] == "w_2,21"
    assert two_layer_net.flatten(net)[8] == net.w2[1, 0]
    assert [two_layer_net.NAMES[i] for i in (5, 10)] == ["b_1,2", "b_2,1"]
    assert len(two_layer_net.NAMES) == 12


def test_softmax_derivatives_are_negative_off_the_diagonal():
    found = two_layer_net.softmax_derivatives(np.array([0.3, 0.7]))
    assert found == pytest.approx(np.array([[0.21, -0.21], [-0.21, 0.21]]))


def test_errors_of_the_output_are_p_minus_y():
    p = np.array([0.3, 0.7])
    errors = two_layer_net.output_errors(p, Y, two_layer_net.softmax_derivatives(p))
    assert errors == pytest.approx([0.3, -0.3])


def test_all_twelve_derivatives_are_those_of_finite_differences():
    h, p = two_layer_net.forward(NET, X)
    found = two_layer_net.flatten(two_layer_net.backward(NET, X, h, p - Y))
    assert found == pytest.approx(numerical_gradient(loss, two_layer_net.flatten(NET)), abs=1e-9)


def test_the_two_derivatives_of_the_slides_are_among_them():
    h, p = two_layer_net.forward(NET, X)
    dp_dz = two_layer_net.softmax_derivatives(p)
    right = dict(
        zip(
            two_layer_net.NAMES,
            numerical_gradient(loss, two_layer_net.flatten(NET)),
            strict=True,
        )
    )
    w221 = two_layer_net.derivative_w221(h, p, Y, dp_dz)
    w112 = two_layer_net.derivative_w112(NET, X, h, p, Y, dp_dz)
    assert (w221, w112) == pytest.approx((right["w_2,21"], right["w_1,12"]), abs=1e-9)


def test_descent_lowers_the_loss_and_its_first_step_is_the_gradient():
    def errors(p, y):
        return p - y

    losses = two_layer_net.descend(NET, X[None], Y[None], errors, 0.1, 20)
    start = two_layer_net.flatten(NET)
    stepped = start - 0.1 * numerical_gradient(loss, start)
    assert losses[:2] == pytest.approx([loss(start), loss(stepped)])
    assert (np.diff(losses) < 0).all()
    assert losses.shape == (21,)
