import numpy as np
import pytest
import tensorflow as tf

import models
from labs import data, trained_units
from labs.trained_units import RATES, RELU, SIGMOID, SMALL, TANH, XAVIER, Kind, Look, Trained
from tests.labs.quick_run import judged

SEEDS = 3


def trained(zeros=0.0, share=1.0, before=1.0, gone=False) -> Trained:
    """Return nets of which the second rate is the best, and the last leaves a gradient or not."""
    spread = np.array([0.95, 1, 1.05])
    ones = np.ones((len(RATES), SEEDS))
    first, last = ones * share * spread, ones.copy()
    if gone:
        first[-1, 0] = last[-1, 0] = 0
    accuracy = ones * np.array([[0.8], [0.9], [0.5], [0.1]])
    after = Look(accuracy, ones * zeros * spread, 0 * ones, first, last)
    return Trained(after, before * spread)


def test_what_is_seen_in_a_net_is_what_keras_computes():
    """Against automatic differentiation, in a net with a unit that is 0 for all rows."""
    rng = np.random.default_rng(0)
    part = data.Part(rng.integers(0, 256, (20, 4, 4)).astype(np.uint8), np.arange(20) % 10)
    net = models.build_mlp((4, 4), (6, 5), 10, scale=1 / 255, optimizer="sgd", seed=0)
    kernel, bias, *others = net.get_weights()
    bias[2] = -100
    net.set_weights([kernel, bias, *others])
    seen = trained_units.look(net.get_weights(), RELU, part, part)
    kernels, biases = net.get_weights()[::2], net.get_weights()[1::2]

    def loss(*shifts):
        """Return the loss when a layer's sums are shifted, by which it is differentiated."""
        h = part.x.reshape(20, -1) / np.float32(255)
        for kernel, bias, shift in zip(kernels, biases, [*shifts, 0], strict=True):
            z = h @ kernel + bias + shift
            h = tf.nn.relu(z)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(part.y, z))

    shifts = [np.zeros((20, units), np.float32) for units in (6, 5)]
    norms = [float(np.linalg.norm(gradient)) for gradient in models.autodiff(loss, *shifts)]
    assert (seen.first, seen.last) == pytest.approx(norms, rel=1e-4)
    assert seen.accuracy == np.mean(net.predict(part.x, verbose=0).argmax(axis=1) == part.y)
    assert seen.dead >= 1 / 11
    assert seen.zeros >= seen.dead


@pytest.mark.parametrize(
    ("relu", "sigmoid", "verdict"),
    [(0.5, 0.0, "reproduced"), (0.1, 0.0, "differs"), (0.5, 0.5, "differs")],
)
def test_zeros_are_sparse_if_they_are_many_and_relus_own(relu, sigmoid, verdict):
    nets = {RELU: trained(relu), SIGMOID: trained(sigmoid), TANH: trained()}
    assert judged(trained_units.judge_sparse, nets)[0].verdict == verdict


@pytest.mark.parametrize(
    ("relu", "leaky", "verdicts"),
    [
        (True, False, ["reproduced", "reproduced"]),
        (True, True, ["reproduced", "differs"]),
        (False, False, ["differs", "differs"]),  # There was nothing to prevent.
    ],
)
def test_leaky_relu_prevents_what_befalls_relu(relu, leaky, verdicts):
    claims = judged(trained_units.judge_dead, trained(gone=relu), trained(gone=leaky))
    assert [claim.verdict for claim in claims] == verdicts


@pytest.mark.parametrize(
    ("small", "xavier", "sigmoid", "verdict"),
    [
        (0.01, 0.01, 1e-4, "reproduced"),
        (0.01, 0.9, 1e-4, "depends"),  # From Xavier's start it does not vanish.
        (0.01, 0.01, 0.05, "differs"),  # It vanishes more.
    ],
)
def test_tanh_vanishes_less_and_still(small, xavier, sigmoid, verdict):
    nets = {
        Kind(TANH, SMALL, True): trained(share=small, before=small),
        Kind(TANH, XAVIER, True): trained(share=xavier, before=xavier),
    }
    for start in (SMALL, XAVIER):
        nets[Kind(SIGMOID, start, True)] = trained(share=sigmoid, before=sigmoid)
    assert judged(trained_units.judge_vanishing, nets)[0].verdict == verdict
