import keras
import numpy as np
import pytest

from labs import data
from labs.deep_nets import Config
from labs.studies import deep_nets
from labs.studies.deep_nets import FAILING, Setting

SMALL = {"hidden_layers": 3, "epochs": 1, "seeds": 2}


@pytest.fixture(scope="module")
def digits() -> data.Dataset:
    return data.load_digits()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_training(digits):
    config = Config.for_quick_run(**SMALL)
    settings = [Setting("tanh", "Xavier"), Setting("tanh", "constant")]
    first, again = (deep_nets.train_together(settings, digits, config) for _ in range(2))
    for setting in settings:
        assert np.array_equal(first[setting].losses, again[setting].losses)
    random, constant = (first[setting] for setting in settings)
    assert constant.spread < 1e-6 < random.spread
    assert np.ptp(random.losses) > 0  # Different starts.
    assert np.ptp(constant.losses) < np.ptp(random.losses)  # Their output layers differ still.


def test_a_net_has_what_its_setting_says():
    config = Config(hidden_layers=3)
    net = deep_nets.build_net(
        Setting("tanh", "He", batch_norm=True, clipped=True, random_biases=True), 0, config
    )
    kinds = [type(layer) for layer in net.layers]
    assert kinds.count(keras.layers.BatchNormalization) == 3
    assert net.optimizer.global_clipnorm == 1.0
    assert net.get_layer("dense_1").bias.numpy().std() > 0.5
    plain = deep_nets.build_net(FAILING, 0, config)
    assert not plain.get_layer("dense_1").bias.numpy().any()
    assert plain.get_layer("dense_2").kernel.numpy().std() == pytest.approx(0.05, rel=0.1)
    assert plain.optimizer.global_clipnorm is None
