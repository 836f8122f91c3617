import numpy as np

from labs import descent_paths as lab
from models.by_hand import logistic_regression
from tests.labs.quick_run import judged


def test_batches_of_a_path_take_each_row_once_an_epoch():
    x, y = np.arange(5.0)[:, None], np.zeros(5)
    orders = np.array([[[4, 3, 2, 1, 0]], [[0, 1, 2, 3, 4]]])
    gradient = lab.gradient_of_batches(x, y, orders, 2)
    # With weight 0, p = ½ and the gradient is half the mean of the rows.
    doubled = [2 * gradient(np.zeros((1, 1)), step)[0, 0] for step in range(6)]
    assert doubled == [3.5, 1.5, 0, 0.5, 2.5, 4]


def test_all_rows_go_straight_down_and_single_rows_do_not():
    x, y = lab.two_features()
    config = lab.Config(seeds=3)
    paths = lab.walk(x, y, config)
    batch, mini, single = (lab.alignment(path, x, y) for path in paths.values())
    np.testing.assert_allclose(batch, 1)
    assert (mini > single).all()
    for cosines, expected in (
        ((batch, mini, single), "reproduced"),
        ((single, mini, batch), "differs"),
    ):
        found = dict(zip(paths, cosines, strict=True))
        assert judged(lab.judge_paths, found, config)[0].verdict == expected


def test_single_rows_are_too_noisy_only_where_they_end_above_mini_batches():
    low, high = np.array([0.5, 0.51, 0.5]), np.array([0.6, 0.62, 0.61])
    noisy = {"all": low, "mini": low, "single": high}
    calm = {"all": low, "mini": high, "single": low}
    verdicts = [
        judged(lab.judge_noise, same, best)[0].verdict
        for same, best in ((noisy, noisy), (noisy, calm), (calm, calm))
    ]
    assert verdicts == ["reproduced", "depends", "differs"]


def test_each_kind_ends_lowest_at_a_rate_of_its_own(monkeypatch):
    monkeypatch.setattr(lab, "RATES", (0.02, 5.0))
    x, y = lab.two_features()
    best = lab.best_ends(x, y, lab.Config(seeds=2))
    batch, _, single = best.values()
    at = {rate: [*lab.end_losses(rate, x, y, lab.Config(seeds=2)).values()] for rate in (0.02, 5.0)}
    np.testing.assert_array_equal(batch, at[5.0][0])
    np.testing.assert_array_equal(single, at[0.02][2])


def test_a_step_that_leads_nowhere_has_no_direction():
    x, y = lab.two_features()
    start = np.zeros((1, 2))
    downhill = -logistic_regression.gradient(start, x, y)
    aside = downhill @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    path = np.stack([start, start, start + downhill])
    np.testing.assert_allclose(lab.alignment(path, x, y), 1)
    path = np.stack([start, start, start + aside])
    np.testing.assert_allclose(lab.alignment(path, x, y), 0, atol=1e-12)
