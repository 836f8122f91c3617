from __future__ import annotations

import keras
import numpy as np
import pytest

from models import CONVNET_BATCH, DENSE_BATCH, convnet_recipe, dense_recipe, fit
from models.augmentation import RandomChanges


@pytest.mark.parametrize(
    ("recipe", "batch"),
    [
        (dense_recipe, DENSE_BATCH),
        pytest.param(convnet_recipe, CONVNET_BATCH, marks=pytest.mark.slow),
    ],
)
def test_the_rate_rises_and_is_zero_when_the_last_epoch_ends(recipe, batch):
    rows, epochs = 3 * batch + 1, 4
    net, augment = recipe(rows, epochs, 0, num_classes=5)
    rate = keras.optimizers.schedules.deserialize(net.optimizer.get_config()["learning_rate"])
    steps = np.array([float(rate(step)) for step in range(4 * epochs + 1)])
    assert 0 < steps.argmax() < 2 * epochs
    assert steps[-1] == pytest.approx(0, abs=1e-3 * steps.max())
    assert isinstance(augment, RandomChanges)
    x = np.random.default_rng(0).integers(0, 255, (rows, 28, 28)).astype("uint8")
    fit(net, x, np.arange(rows) % 5, epochs=1, batch_size=batch, augment=augment)
    assert net.output_shape == (None, 5)


def test_a_seed_gives_the_same_weights():
    one, same, other = (dense_recipe(100, 2, seed)[0].get_weights()[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
