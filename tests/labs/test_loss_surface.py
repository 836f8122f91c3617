import numpy as np
import pytest

from labs import data
from labs import loss_surface as lab


@pytest.fixture(scope="module")
def part():
    rng = np.random.default_rng(0)
    return data.Part(rng.normal(size=(30, 10)).astype(np.float32), rng.integers(0, 2, 30))


@pytest.fixture(scope="module")
def net(part):
    return lab.build(3, part.x)


@pytest.fixture(scope="module")
def surface(part, net):
    return lab.Surface(part, [weights.shape for weights in net.get_weights()])


def test_loss_of_many_points_is_what_keras_evaluates(part, net, surface):
    rng = np.random.default_rng(1)
    points = lab.flatten(net.get_weights()) + rng.normal(0, 0.3, size=(3, net.count_params()))
    expected = []
    for point in points:
        net.set_weights([weights[0] for weights in surface.split(point[None])])
        expected.append(net.evaluate(part.x, part.y, verbose=0)[0])
    assert surface(points) == pytest.approx(np.array(expected), rel=1e-5)


def test_each_units_direction_is_as_long_as_its_weights(net, surface):
    rng = np.random.default_rng(2)
    trained = rng.normal(size=net.count_params())
    directions = surface.normalize(rng.normal(size=(4, len(trained))), trained)
    kernels, biases = surface.split(directions)[2:4]
    kernel = surface.split(trained[None])[2][0]
    assert np.allclose(np.linalg.norm(kernels, axis=1), np.linalg.norm(kernel, axis=0))
    assert not biases.any()


def test_normalized_cuts_are_alike_for_nets_that_compute_the_same(net, surface):
    trained = lab.flatten(net.get_weights())
    weights = surface.split(trained[None])
    doubled = [weights[0] * 4, weights[1] * 4, weights[2] / 4, *weights[3:]]
    same = np.concatenate([array.reshape(-1) for array in doubled])
    assert surface(same[None]) == pytest.approx(surface(trained[None]))
    raw = np.random.default_rng(3).normal(size=(1, len(trained)))
    climbs = [surface(at + 0.5 * surface.normalize(raw, at)) for at in (trained, same)]
    assert climbs[0] == pytest.approx(climbs[1])
    assert surface(trained + 0.2 * raw) != pytest.approx(surface(same + 0.2 * raw), rel=0.01)


def test_plane_holds_the_end_and_projects_the_path(surface, net):
    end = lab.flatten(net.get_weights())
    axes = np.zeros((2, len(end)))
    axes[0, 3], axes[1, 7] = 2.0, 0.5
    path = np.stack([end + 3 * axes[0] - axes[1], end])
    plane = lab.cut(surface, path, axes, np.array([[-1, 1], [-1, 1]]))
    assert np.allclose(plane.path, [[3, -1], [0, 0]])
    middle = lab.GRID // 2
    assert plane.loss[middle, middle] == pytest.approx(surface(end[None])[0])
    assert plane.loss[0, -1] == pytest.approx(surface((end + axes[0] - axes[1])[None])[0])
