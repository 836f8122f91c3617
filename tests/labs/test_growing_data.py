import numpy as np
import pytest

import models
from labs import data, growing_data
from labs.growing_data import ALL_ROWS, ALL_STEPS, ONLINE, Config, Grown
from tests.labs.quick_run import judged


@pytest.fixture(scope="module")
def part() -> data.Part:
    rng = np.random.default_rng(0)
    return data.Part(rng.random((60, 5)), np.arange(60) % 10)


@pytest.mark.parametrize(
    ("way", "gone"),
    [
        (ONLINE, [40, 80, 120]),
        (ALL_STEPS, [4 * 20, 4 * 20 + 4 * 40, 4 * 20 + 4 * 40 + 4 * 60]),
        (ALL_ROWS, [2 * 20, 2 * 20 + 40, 80]),  # 40 are saved, and a step goes through 60.
    ],
)
def test_each_way_goes_through_the_rows_it_may(part, way, gone):
    config = Config(portion=20, passes=2)
    _, tests, found = growing_data.grow(way, part, part, part, 0.1, 0, config)
    assert found == gone
    assert len(tests) == 3


def grown(*test):
    return Grown(np.ones(3), np.array(test)[:, None], np.ones((3, 1)))


GOOD, BAD = grown(0.95, 0.96, 0.95), grown(0.81, 0.80, 0.82)


@pytest.mark.parametrize(
    ("equal_work", "equal_steps", "verdict"),
    [(BAD, GOOD, "depends"), (BAD, BAD, "reproduced"), (GOOD, GOOD, "differs")],
)
def test_all_rows_are_impossible_only_if_no_work_makes_up_for_it(equal_work, equal_steps, verdict):
    ways = {ONLINE: GOOD, ALL_ROWS: equal_work, ALL_STEPS: equal_steps}
    assert judged(growing_data.judge_growing, ways, Config())[0].verdict == verdict


def test_batches_of_two_rows_are_not_online(monkeypatch):
    fit, rows = models.fit, data.load_digits().train
    monkeypatch.setattr(growing_data, "ONLINE_ROWS", 4)
    monkeypatch.setattr(models, "fit", lambda *a, **options: fit(*a, **options | {"batch_size": 2}))
    assert judged(growing_data.judge_online, rows, 0)[0].verdict == "differs"
