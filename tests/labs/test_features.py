import numpy as np
import pytest

import models
from labs import features as lab


def ramp(across: float, down: float) -> np.ndarray:
    """A picture whose brightness grows evenly, so its gradient is the same everywhere."""
    rows, columns = np.mgrid[:28, :28]
    return (100 + across * columns + down * rows)[None]


@pytest.mark.parametrize(
    ("across", "down", "angle"), [(2, 0, 0), (-2, 0, 0), (2, 2 * np.sqrt(3), 3), (0, 2, 4.5)]
)
def test_edges_of_an_even_ramp_have_its_direction(across, down, angle):
    found = lab.edge_histograms(ramp(across, down)).reshape(49, lab.ANGLES)
    strength = lab.CELL**2 * np.hypot(across, down) / 255
    expected = np.zeros(lab.ANGLES)
    expected[int(angle)] = strength * (1 - angle % 1)
    expected[int(angle) + 1] += strength * (angle % 1)
    expected /= np.sqrt(np.sum(expected**2) + 0.01)
    assert found == pytest.approx(np.tile(expected, (49, 1)), abs=1e-6)


def test_the_empty_picture_has_no_edges():
    assert not lab.edge_histograms(np.zeros((2, 28, 28), np.uint8)).any()


def test_hidden_units_are_those_before_the_probabilities():
    net = models.build_mlp((28, 28), (lab.UNITS,), 10, scale=1 / 255, seed=0)
    x = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    kernel, bias = net.layers[-1].get_weights()
    logits = lab.hidden(net, x) @ kernel + bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = odds / odds.sum(axis=1, keepdims=True)
    assert net.predict(x, verbose=0) == pytest.approx(expected, abs=1e-5)
