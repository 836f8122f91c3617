import numpy as np

from labs import line_descent as lab
from models.by_hand import line_fit as by_hand
from tests.labs.quick_run import judged


def test_rates_that_behave_otherwise_are_not_called_reproduced():
    paths = {name: lab.walk(rate, 500) for name, rate in (("large", 0.1), ("middle", 0.5))}
    paths["small"] = lab.walk(0.1, 500)
    assert {claim.verdict for claim in judged(lab.judge_rates, paths, 0.1)} == {"differs"}


def test_a_path_that_climbs_without_overshooting_is_noticed():
    paths = {name: lab.walk(rate, 500) for name, rate in (("small", lab.SMALL), ("middle", 0.1))}
    paths["large"] = lab.walk(-0.01, 50)
    claims = {c.id: c.verdict for c in judged(lab.judge_rates, paths, 0.1)}
    assert claims["C-rate-large"] == "differs"
    assert claims["C-rate-small"] == claims["C-rate-middle"] == "reproduced"


def test_starts_that_do_not_arrive_refute_that_any_will_do():
    assert judged(lab.judge_start, 0.1, 0)[0].verdict == "reproduced"
    (claim,) = judged(lab.judge_start, 0.0001, 0)
    assert (claim.verdict, claim.measured) == ("differs", "0 of 50 lines arrive")


def test_steps_diverge_above_the_threshold_only():
    threshold = by_hand.largest_stable_rate(by_hand.X)
    below, above = lab.walk(0.999 * threshold, 5000), lab.walk(1.001 * threshold, 5000)
    assert lab.mse(below[-1]) < 1e-4
    assert lab.mse(above[-1]) > 100


def test_a_path_is_not_followed_beyond_all_bounds():
    path = lab.walk(0.5, 10_000)
    assert len(path) < 20
    assert np.all(lab.mse(path) < lab.LOST)


def test_steps_to_arrive_are_counted_from_the_start():
    assert lab.steps_to_arrive(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 1.0]])) == 2
    assert lab.steps_to_arrive(np.array([[0.0, 0.0]])) is None
