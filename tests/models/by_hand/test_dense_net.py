import numpy as np
import pytest

from models.by_hand import dense_net
from models.by_hand.activations import ACTIVATIONS, Activation
from models.by_hand.finite_differences import numerical_gradient

GENERATOR = np.random.default_rng(0)
X, Y = GENERATOR.normal(size=(3, 6)), GENERATOR.random((2, 6))


def draw(*activations, units=(3, 4, 5, 2)):
    return dense_net.draw_net(units, [ACTIVATIONS[name] for name in activations], GENERATOR)


def cost(net):
    return float(np.sum((dense_net.forward(net, X).a[-1] - Y) ** 2) / 2)


def differentiate(net):
    passed = dense_net.forward(net, X)
    return passed, dense_net.backward(net, passed, passed.a[-1] - Y)


def test_forward_worked_by_hand():
    net = dense_net.DenseNet(
        [np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[1.0, 10.0]])],
        [np.array([0.0, 1.0]), np.array([-5.0])],
        [ACTIVATIONS["relu"], ACTIVATIONS["identity"]],
    )
    passed = dense_net.forward(net, np.array([[1.0], [3.0]]))
    assert passed.z[0].ravel() == pytest.approx([-2, 3])
    assert passed.a[1].ravel() == pytest.approx([0, 3])
    assert passed.a[2].item() == pytest.approx(25)


@pytest.mark.parametrize(
    "activations", [("sigmoid",) * 3, ("relu", "tanh", "identity"), ("tanh", "sigmoid", "sigmoid")]
)
def test_gradients_are_those_of_finite_differences(activations):
    net = draw(*activations)
    _, found = differentiate(net)
    for kind in ("weights", "biases"):
        for layer, array in enumerate(getattr(net, kind)):

            def moved(new, kind=kind, layer=layer):
                arrays = list(getattr(net, kind))
                arrays[layer] = new
                return cost(net._replace(**{kind: arrays}))

            right = numerical_gradient(moved, array)
            assert getattr(found, kind)[layer] == pytest.approx(right, abs=1e-8)


def test_a_single_layer_is_differentiated():
    net = draw("sigmoid", units=(3, 2))
    _, found = differentiate(net)
    right = numerical_gradient(lambda w: cost(net._replace(weights=[w])), net.weights[0])
    assert found.weights[0] == pytest.approx(right, abs=1e-8)


@pytest.mark.parametrize("units", [(3, 2), (3, 4, 2), (3, 4, 5, 2)])
def test_one_derivative_alone_equals_the_same_of_the_backward_pass(units):
    net = draw(*["sigmoid"] * (len(units) - 1), units=units)
    passed, found = differentiate(net)
    for layer, weights in enumerate(net.weights):
        for unit, source in np.ndindex(weights.shape):
            alone = dense_net.derivative_alone(net, passed, passed.a[-1] - Y, layer, unit, source)
            assert alone == pytest.approx(found.weights[layer][unit, source])


class Counted(float):
    """A number that counts its multiplications."""

    multiplications = 0

    def __mul__(self, other):
        Counted.multiplications += 1
        return Counted(float(self) * float(other))

    __rmul__ = __mul__

    def __add__(self, other):
        return Counted(float(self) + float(other))

    __radd__ = __add__


def counted(array):
    return np.frompyfunc(Counted, 1, 1)(array)


def multiplications(function):
    Counted.multiplications = 0
    result = function()
    return Counted.multiplications, result


@pytest.mark.parametrize("units", [(2, 3), (2, 3, 4), (3, 4, 5, 2), (4, 4, 4, 4, 4)])
def test_counts_are_those_of_numbers_that_count_themselves(units):
    linear = Activation(np.asarray, lambda z: counted(np.ones(np.shape(z))))
    net = dense_net.draw_net(units, [linear] * (len(units) - 1), GENERATOR)
    net = net._replace(weights=[counted(w) for w in net.weights])
    x = counted(np.ones((units[0], 1)))
    forward, passed = multiplications(lambda: dense_net.forward(net, x))
    gradient = passed.a[-1]
    alone = 0
    for layer, weights in enumerate(net.weights):
        for unit, source in np.ndindex(weights.shape):
            of_weight, _ = multiplications(
                lambda place=(layer, unit, source): dense_net.derivative_alone(
                    net, passed, gradient, *place
                )
            )
            # A bias lacks the factor a_k, so it takes one multiplication less.
            alone += of_weight + (of_weight - 1) * (source == 0)
    backward, _ = multiplications(lambda: dense_net.backward(net, passed, gradient))
    assert dense_net.count_multiplications(units) == (forward, backward, alone)


def test_drawn_weights_have_the_variance_of_one_over_the_inputs():
    net = dense_net.draw_net((400, 500), [ACTIVATIONS["tanh"]], np.random.default_rng(1))
    assert net.weights[0].std() == pytest.approx(1 / 20, rel=0.01)
    assert net.biases[0].std() == pytest.approx(1, rel=0.1)
