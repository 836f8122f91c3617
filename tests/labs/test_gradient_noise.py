import numpy as np
import pytest

from labs import data, gradient_noise
from labs.gradient_noise import Config
from tests.labs.quick_run import judged


@pytest.fixture(scope="module")
def gradients() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 3)) * [1, 2, 3]


def test_noise_follows_the_formulas_for_both_ways_of_drawing(gradients):
    sigma = np.linalg.norm(gradients.std(axis=0))
    noise = gradient_noise.measure_noise(gradients, Config(draws=5000))
    for size, groups in noise["with replacement"].items():
        assert np.sqrt((groups**2).mean()) == pytest.approx(sigma / size**0.5, rel=0.05)
    assert 45 in noise["without"]
    for size, groups in noise["without"].items():
        expected = sigma / size**0.5 * ((50 - size) / 49) ** 0.5
        assert np.sqrt((groups**2).mean()) == pytest.approx(expected, rel=0.05)


def test_rows_of_the_whole_set_drawn_without_replacement_have_no_noise(gradients):
    products = (gradients - gradients.mean(0)) @ (gradients - gradients.mean(0)).T
    everything = np.full((20, 50), 1 / 50)
    assert gradient_noise.deviations(everything, products) == pytest.approx(np.zeros(10), abs=1e-7)
    single = np.eye(50)[:20]
    apart = np.linalg.norm(gradients - gradients.mean(0), axis=1)[:20]
    expected = np.sqrt((apart**2).reshape(10, 2).mean(axis=1))
    assert gradient_noise.deviations(single, products) == pytest.approx(expected)
    assert gradient_noise.finite_correction(50, 50) == 0
    assert gradient_noise.finite_correction(1, 50) == 1


def test_noise_that_falls_otherwise_is_not_taken_for_the_square_root():
    rng = np.random.default_rng(0)
    for power, verdict in ((-0.5, "reproduced"), (-0.4, "differs"), (-1.0, "differs")):
        groups = {n: n**power * rng.uniform(0.98, 1.02, 10) for n in gradient_noise.DRAWN}
        slope, ratio = judged(gradient_noise.judge_noise, {"with replacement": groups})
        assert slope.verdict == verdict
        assert ratio.verdict == verdict


def test_gradients_of_single_rows_are_those_of_the_net():
    rows = data.Part(np.random.default_rng(0).integers(0, 255, (6, 28, 28)), np.arange(6))
    net = gradient_noise.train_net(rows, 0)
    gradients = gradient_noise.row_gradients(net, rows)
    assert gradients.shape == (6, net.count_params())
    alone = gradient_noise.flat_gradient(net, rows.x[2:3], rows.y[2:3]).numpy()
    np.testing.assert_allclose(gradients[2], alone, atol=1e-5)
    assert judged(gradient_noise.judge_mean, gradients, net, rows)[0].verdict == "reproduced"
    assert judged(gradient_noise.judge_mean, gradients[:5], net, rows)[0].verdict == "differs"
