import numpy as np
import pytest

from labs import line_or_curve as lab
from labs.stats import Difference
from tests.labs.quick_run import judged


def gains(better, others, worse=0):
    means = [0.1] * better + [0.0] * others + [-0.1] * worse
    return {str(place): Difference(mean, 0.01, 10) for place, mean in enumerate(means)}


def test_data_sets_are_counted_where_a_difference_is_shown():
    assert lab.count(gains(2, 3, worse=1)) == (2, 1)


@pytest.mark.parametrize(
    ("sets", "verdict"),
    [(gains(3, 4), "undecided"), (gains(7, 0), "reproduced"), (gains(0, 7), "differs")],
)
def test_more_cases_are_more_than_half_of_them(sets, verdict):
    assert judged(lab.judge_census, sets, lab.Config())[0].verdict == verdict


def test_the_parts_of_a_split_share_no_rows():
    for split in lab.divide(101, lab.Config(splits=4)):
        assert [len(part) for part in split] == [50, 25, 26]
        assert len(np.unique(np.concatenate(split))) == 101


@pytest.mark.slow
def test_a_curve_divides_a_circle_and_a_line_does_not():
    config = lab.Config(splits=2, epochs=40, units=16)
    x, y = lab.load_sets(0)["circles"]
    line, curve = (lab.score(x, y, lab.divide(len(y), config), h, config) for h in ((), (16,)))
    assert curve.min() > 0.85 > 0.65 > line.max()
