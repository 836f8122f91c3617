import numpy as np
import pytest

from labs import every_weight as lab
from tests.labs.quick_run import judged

QUICK, LONG = lab.Search(2, 2.0, 9, 1e-5), lab.Search(171, 171.0, 600, 1e-5)


@pytest.mark.parametrize(
    ("line", "net", "verdict"),
    [
        (QUICK, LONG, "depends"),
        (LONG, LONG, "reproduced"),
        (QUICK, QUICK, "differs"),
        (QUICK, LONG._replace(log_grid=2.0, seconds=1e10), "differs"),  # Descent takes more.
    ],
)
def test_a_grid_that_is_done_soon_is_not_impossible(line, net, verdict):
    assert judged(lab.judge_grid, line, net)[0].verdict == verdict


def test_lifetimes_are_those_of_the_whole_grid():
    search = lab.Search(3, 3.0, 9, lab.LIFETIME / 1000)
    assert search.lifetimes == pytest.approx(0)


def test_descent_goes_down_to_the_best_of_the_grid():
    x = np.random.default_rng(0).normal(size=(50, 3))
    search = lab.search_line(x, 0.4 + x @ [0.9, -0.3, 0.2], 4, values=5)
    assert (search.weights, search.log_grid) == (4, pytest.approx(np.log10(5**4)))
    assert search.descent % lab.STEP == 1
    assert 0 < search.descent < 5**4


def test_a_lower_loss_of_the_net_takes_more_steps():
    x = np.random.default_rng(0).normal(size=(60, lab.UNITS[0]))
    y = (x[:, 0] > 0).astype(int)
    near, far = (lab.search_net(x, y, lab.Config(share=share)) for share in (0.9, 0.7))
    assert near.weights == far.weights == 171
    assert near.descent < far.descent
