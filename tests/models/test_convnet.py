import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from models import build_convnet, fit
from tests.models.nets import images


def small_net(seed: int = 0, **arguments) -> keras.Model:
    return build_convnet((8, 8, 1), 2, filters=(4, 8), dense_units=8, seed=seed, **arguments)


def test_layers_and_parameters_are_those_described():
    net = build_convnet((28, 28), 10, seed=0)
    kinds = [type(layer) for layer in net.layers]
    block = [layers.Conv2D, layers.MaxPooling2D, layers.BatchNormalization, layers.ReLU]
    dense = [layers.Dense, layers.BatchNormalization, layers.ReLU, layers.Dropout, layers.Dense]
    assert kinds == [layers.Rescaling, layers.Reshape, *3 * block, layers.Flatten, *dense]
    # 28 → 14 → 7 → 3 rows and columns; four numbers a channel for each normalization.
    kernels = 9 * (1 * 24 + 24 * 48 + 48 * 96) + 3 * 3 * 96 * 128
    assert net.count_params() == kernels + 4 * (24 + 48 + 96 + 128) + 128 * 10 + 10


def test_gray_images_with_and_without_channel_axis_are_the_same():
    x, _ = images(5)
    flat = build_convnet((8, 8), 2, filters=(4,), seed=0)
    deep = build_convnet((8, 8, 1), 2, filters=(4,), seed=0)
    np.testing.assert_array_equal(flat(x[..., 0]), deep(x))


def test_raw_pixels_are_divided_by_255():
    net = small_net()
    np.testing.assert_allclose(net.layers[0](np.array([0, 51, 255], "uint8")), [0, 0.2, 1])


def test_weights_depend_on_the_seed_alone_and_layers_differ():
    keras.utils.set_random_seed(1)
    first = small_net(seed=3)
    keras.utils.set_random_seed(2)
    second = small_net(seed=3)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = {"convolution_1", "convolution_2", "hidden", "probabilities"}
    other = small_net(seed=4)
    for name in kernels:
        assert (first.get_layer(name).kernel.numpy() != other.get_layer(name).kernel.numpy()).all()
    seeds = [first.get_layer(name).kernel_initializer.seed for name in kernels]
    assert len({*seeds, first.get_layer("dropout").seed}) == len(kernels) + 1


def test_the_global_seed_is_not_used_up():
    def next_number() -> float:
        keras.utils.set_random_seed(5)
        return float(keras.random.uniform(()))

    def next_number_after_a_net() -> float:
        keras.utils.set_random_seed(5)
        small_net()
        return float(keras.random.uniform(()))

    assert next_number() == next_number_after_a_net()


def test_training_is_repeatable_and_learns():
    x, y = images()

    def train(seed: int) -> list[float]:
        net = small_net(seed, optimizer=keras.optimizers.Adam(0.01))
        return fit(net, x, y, epochs=5, batch_size=10, seed=0).history["accuracy"]

    accuracies = train(0)
    assert accuracies == train(0)
    assert accuracies[-1] > 0.9


def test_dropout_is_seeded_and_acts_in_training_only():
    x, _ = images(20)
    with_dropout, twin, without = (
        small_net(dropout=0.5),
        small_net(dropout=0.5),
        small_net(dropout=0),
    )
    np.testing.assert_array_equal(with_dropout(x), without(x))
    dropped = with_dropout(x, training=True)
    np.testing.assert_array_equal(dropped, twin(x, training=True))
    assert not np.allclose(dropped, without(x, training=True))


@pytest.mark.slow
def test_a_saved_net_loads_in_a_process_without_this_project(tmp_path):
    x, y = images()
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-4, decay_steps=15, warmup_target=1e-3, warmup_steps=5
    )
    net = small_net(optimizer=keras.optimizers.AdamW(schedule, weight_decay=0.05))
    fit(net, x, y, epochs=2, batch_size=10, seed=0)
    net.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, probabilities=net.predict(x, verbose=0))
    code = (
        "import sys, keras, numpy as np;"
        "net = keras.saving.load_model('model.keras'); data = np.load('data.npz');"
        "np.testing.assert_allclose(net.predict(data['x'], verbose=0), data['probabilities'],"
        " rtol=1e-4, atol=1e-6);"
        "assert int(net.optimizer.iterations) == 10;"
        "assert 'models' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120)


@pytest.mark.parametrize("shape", [(7, 28), (28, 7, 1)])
def test_images_too_small_for_the_blocks_are_refused(shape):
    with pytest.raises(ValueError, match=r"8 rows and columns or more, got input_shape=\("):
        build_convnet(shape, 2, seed=0)
