import keras
import numpy as np
import pytest

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


def test_dropout_and_scale_leave_the_weights_as_they_are():
    plain = build_mlp((5,), (5, 4), 3, seed=3)
    other = build_mlp((5,), (5, 4), 3, dropout=0.5, scale=0.1, seed=3)
    for a, b in zip(plain.get_weights(), other.get_weights(), strict=False):
        np.testing.assert_array_equal(a, b)
    x = np.random.default_rng(0).random((4, 5), dtype="float32")
    np.testing.assert_allclose(other(x * 10), plain(x), rtol=1e-5)


def test_dropout_follows_each_hidden_layer_with_a_seed_of_its_own():
    net = build_mlp((5,), (5, 4), 3, dropout=0.25, seed=3)
    assert [layer.name for layer in net.layers] == [
        "hidden_1", "dropout_1", "hidden_2", "dropout_2", "probabilities",
    ]  # fmt: skip
    first, second = net.get_layer("dropout_1"), net.get_layer("dropout_2")
    assert first.rate == second.rate == 0.25
    assert first.seed != second.seed
    x = np.ones((4, 5), "float32")
    twin = build_mlp((5,), (5, 4), 3, dropout=0.25, seed=3)
    np.testing.assert_array_equal(net(x, training=True), twin(x, training=True))


@pytest.mark.parametrize(
    ("name", "std"),
    # Standard deviations: sqrt(2/(in+out)), sqrt(2/in), sqrt(1/in), and Keras's .05.
    [
        ("glorot_uniform", (2 / 700) ** 0.5),
        ("he_normal", (2 / 400) ** 0.5),
        ("lecun_normal", (1 / 400) ** 0.5),
        ("random_normal", 0.05),
    ],
)
def test_kernels_are_drawn_by_the_named_initializer(name, std):
    net = build_mlp((400,), (300, 300), 3, kernel_initializer=name, seed=3)
    first, bias, second = net.get_weights()[:3]
    assert first.std() == pytest.approx(std, rel=0.02)
    assert not bias.any()
    assert (first[:300] != second).any()
    twin = build_mlp((400,), (300, 300), 3, kernel_initializer=name, seed=3)
    np.testing.assert_array_equal(first, twin.get_weights()[0])


@pytest.mark.parametrize("name", ["no_such", "zeros", None])
def test_what_names_no_initializer_with_a_seed_is_refused(name):
    with pytest.raises(ValueError, match=f"takes a seed.*got {name!r}"):
        build_mlp((5,), (4,), 3, kernel_initializer=name, seed=0)


def test_batch_norm_stands_between_the_linear_part_and_the_activation():
    net = build_mlp((5,), (5, 4), 3, activation="tanh", batch_norm=True, dropout=0.5, seed=3)
    assert [layer.name for layer in net.layers] == [
        "hidden_1", "batch_norm_1", "activation_1", "dropout_1",
        "hidden_2", "batch_norm_2", "activation_2", "dropout_2", "probabilities",
    ]  # fmt: skip
    kernel = net.layers[0].kernel.numpy()
    np.testing.assert_array_equal(kernel, build_mlp((5,), (5, 4), 3, seed=3).get_weights()[0])
    x = np.random.default_rng(0).random((4, 5), dtype="float32")
    linear = x @ kernel
    normalized = (linear - linear.mean(axis=0)) / np.sqrt(linear.var(axis=0) + 1e-3)
    hidden = keras.Sequential(net.layers[:3])(x, training=True)
    np.testing.assert_allclose(hidden, np.tanh(normalized), atol=1e-5)


def test_the_penalty_is_l2_times_the_squares_of_all_kernels():
    net = build_mlp((5,), (5, 4), 3, l2=0.01, seed=3)
    net.layers[0].bias.assign(np.full(5, 7.0))  # Biases are not penalized.
    squares = sum(float(np.sum(layer.kernel.numpy() ** 2)) for layer in net.layers)
    np.testing.assert_allclose(sum(net.losses), 0.01 * squares, rtol=1e-5)
    assert not build_mlp((5,), (5,), 3, seed=3).losses


def test_a_softmax_of_one_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes or more, got num_classes=1"):
        build_mlp((4,), (3,), 1, seed=0)


def test_without_classes_a_number_is_learned():
    net = build_mlp((3,), (4,), None, seed=0)
    assert net(np.zeros((5, 3))).shape == (5, 1)
    assert (net.loss, net.layers[-1].activation.__name__) == ("mean_squared_error", "linear")


def test_rows_are_standardized_by_those_given():
    rows = np.random.default_rng(0).normal([3, -2], [5, 0.1], (50, 2))
    raw = build_mlp((2,), (4,), 2, standardize_by=rows, seed=0)
    plain = build_mlp((2,), (4,), 2, seed=0)
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    np.testing.assert_allclose(raw(rows), plain(scaled), atol=1e-5)


def test_penalties_add_up_over_all_kernels():
    net = build_mlp((3,), (4,), 2, l1=0.1, l2=0.01, seed=0)
    kernels = net.get_weights()[::2]
    expected = sum(0.1 * np.abs(kernel).sum() + 0.01 * (kernel**2).sum() for kernel in kernels)
    assert float(sum(net.losses)) == pytest.approx(expected, rel=1e-5)
