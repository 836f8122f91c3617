import keras
import numpy as np
import pytest

import models
from labs import features as lab
from tests.labs.quick_run import judged


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


@pytest.mark.parametrize(
    ("worse", "refuted"),
    [
        (lab.LEARNED, {"A-features-learned", "D-features-by-net"}),
        (lab.OWN_RULE, {"D-features-by-net"}),
        (lab.EDGES, {"D-features-by-hand"}),
    ],
)
def test_features_or_a_rule_that_serve_no_better_refute_the_lecture(worse, refuted):
    rows = np.arange(200)
    better = (lab.LEARNED, lab.OWN_RULE, lab.EDGES)
    right = {kind: np.tile(rows % 10 > 0, (3, 1)) for kind in better}
    right |= {kind: np.tile(rows % 2 > 0, (3, 1)) for kind in (lab.PIXELS, lab.UNTRAINED)}
    claims = judged(lab.judge_features, right, lab.Config())
    assert {claim.verdict for claim in claims} == {"reproduced"}
    claims = judged(lab.judge_features, right | {worse: right[lab.PIXELS] & False}, lab.Config())
    assert {claim.id for claim in claims if claim.verdict == "differs"} == refuted


def test_a_net_whose_nodes_share_pixels_refutes_the_lecture(monkeypatch):
    def pooled(shape, *_, **__):
        layers = [keras.layers.Reshape((*shape, 1)), keras.layers.AveragePooling2D(2)]
        dense = [keras.layers.Flatten(), keras.layers.Dense(2), keras.layers.Dense(10)]
        return keras.Sequential([keras.Input(shape), *layers, *dense])

    assert judged(lab.judge_input_nodes)[0].verdict == "reproduced"
    monkeypatch.setattr(models, "build_mlp", pooled)
    assert judged(lab.judge_input_nodes)[0].verdict == "erratum"
