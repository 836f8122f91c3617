import numpy as np
import pytest

from labs import biased_sample as lab
from labs import data
from tests.labs.quick_run import judged


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    x = np.zeros((900, 28, 28), np.uint8)
    y = np.arange(900) % 10
    x[np.arange(900), 2 * y, 5] = 200
    x[..., 20] = rng.integers(0, 200, (900, 28))
    return data.Part(x, y)


def test_samples_have_their_share_of_rare_digits_and_share_no_row(world):
    sample, held_out = lab.observe(world, 0.1, 300, np.random.default_rng(1))
    assert np.isin(sample.y, lab.RARE).sum() == 30
    assert np.isin(held_out.y, lab.RARE).sum() == 10
    assert (len(sample), len(held_out)) == (300, 100)
    rows = {picture.tobytes() for part in (sample, held_out) for picture in part.x}
    assert len(rows) == 400


def test_weights_undo_a_bias(world):
    rng = np.random.default_rng(2)
    sample, held_out = lab.observe(world, 0.03, 150, rng)
    plain, weighted = (lab.ask(sample, held_out, world, way) for way in (False, True))
    assert plain[3] < weighted[3] <= 0.5
    assert plain[1] < weighted[1]


def test_scores_are_those_of_the_calls(world):
    sample, held_out = lab.observe(world, 0.5, 300, np.random.default_rng(3))
    right, rare, seen, called = lab.ask(sample, held_out, world, False)
    assert right == pytest.approx(1)
    assert rare == pytest.approx(1)
    assert called == pytest.approx(0.5)
    assert seen == pytest.approx(1)


@pytest.mark.parametrize(("seen", "verdict"), [(0.9, "reproduced"), (0.8, "differs")])
def test_fair_samples_that_say_another_accuracy_differ(seen, verdict):
    rng = np.random.default_rng(4)

    def scores(seen):
        return lab.Scores(*(mean + rng.normal(0, 0.005, 9) for mean in (0.9, 0.9, seen, 0.5)))

    kinds = {lab.FAIR: scores(seen), lab.BIASED: scores(0.99)}
    assert judged(lab.judge_sample, kinds, lab.Config(draws=9))[0].verdict == verdict
