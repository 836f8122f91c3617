import keras
import numpy as np

from models import build_mlp


def test_the_lecture_net_has_the_layers_and_parameters_of_the_slide():
    net = build_mlp((10,), (10, 5), 2, activation="sigmoid", seed=0)
    assert [layer.count_params() for layer in net.layers] == [110, 55, 12]
    assert [layer.activation.__name__ for layer in net.layers] == ["sigmoid", "sigmoid", "softmax"]


def test_images_are_flattened():
    net = build_mlp((28, 28), (512, 512), 10, seed=0)
    assert net.count_params() == 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
    assert net(np.zeros((3, 28, 28))).shape == (3, 10)


def test_weights_depend_on_the_seed_alone_and_layers_differ():
    keras.utils.set_random_seed(1)
    first = build_mlp((5,), (5, 5), 5, seed=3).get_weights()
    second = build_mlp((5,), (5, 5), 5, seed=3).get_weights()
    other = build_mlp((5,), (5, 5), 5, seed=4).get_weights()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first[0] != other[0]).all()
    assert (first[0] != first[2]).all()
    limit = np.sqrt(6 / (5 + 5))  # Glorot and Bengio (2010), eq. 16.
    assert np.abs(first[0]).max() <= limit
    assert not first[1].any()
