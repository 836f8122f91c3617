import keras

from models import build_mlp
from models.xla import is_dense, stacked_xla_pays, xla_pays

from .nets import batch_norm_convnet, dense_net


def test_xla_pays_for_dense_nets_in_long_runs_only():
    assert xla_pays(dense_net(), steps=1_000_000)
    assert not xla_pays(dense_net(), steps=10)


def test_xla_pays_sooner_for_large_nets():
    large = build_mlp((300,), (300,), 40, seed=0)
    assert large.count_params() > 100_000
    assert xla_pays(large, steps=3_000)
    assert not xla_pays(dense_net(), steps=3_000)


def test_xla_never_pays_for_convolutions():
    assert not xla_pays(batch_norm_convnet(), steps=1_000_000)


def test_a_convolution_inside_a_nested_model_is_found():
    inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    outer = keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Flatten()])
    assert not is_dense(outer)


def test_a_layer_of_the_users_own_is_not_taken_for_dense():
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    assert not is_dense(keras.Sequential([keras.Input((3,)), Own()]))


def test_xla_pays_for_stacked_nets_without_random_numbers_in_long_runs_only():
    assert stacked_xla_pays(build_mlp((4,), (3,), 2, seed=0), steps=1_000_000)
    assert not stacked_xla_pays(build_mlp((4,), (3,), 2, seed=0), steps=10)
    assert not stacked_xla_pays(build_mlp((4,), (3,), 2, dropout=0.1, seed=0), steps=1_000_000)
