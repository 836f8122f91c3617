import dataclasses

import numpy as np
import pytest

from labs import batch_size
from labs.batch_size import Race
from tests.labs.quick_run import judged


@pytest.mark.slow
def test_a_last_batch_of_what_is_left_is_a_step_too(found):
    steps = {row["batch size"]: row["steps an epoch"] for row in found["tables"]["convergence"]}
    assert steps == {10: 48, 479: 1}


def race(size, updates, epochs):
    return Race(size, updates, np.array(epochs, dtype=float), 0.1, None)  # type: ignore[arg-type]


def test_a_wrong_number_of_steps_is_found():
    right = [race(10, 5, [3, 3]), race(47, 1, [9, 9])]
    assert judged(batch_size.judge_steps, right, 47)[0].verdict == "depends"
    divides = [race(1, 47, [3, 3]), race(47, 1, [9, 9])]
    assert judged(batch_size.judge_steps, divides, 47)[0].verdict == "reproduced"
    dropped = [race(10, 4, [3, 3]), race(47, 1, [9, 9])]
    assert all(c.verdict == "differs" for c in judged(batch_size.judge_steps, dropped, 47))


SOON = (race(10, 5, [3, 4, 3]), race(47, 1, [30, 41, 32]))
LATE = (race(10, 5, [30, 41, 32]), race(47, 1, [3, 4, 3]))
ALIKE = (race(10, 5, [30, 40, 30]), race(47, 1, [30, 41, 20]))
NEVER = (race(10, 5, [3, 4, np.nan]), race(47, 1, [30, 41, 32]))


@pytest.mark.parametrize(
    ("sgd", "others", "verdict"),
    [
        (SOON, [SOON, SOON, SOON], "reproduced"),
        (LATE, [SOON, SOON, SOON], "reproduced"),
        (SOON, [SOON, SOON, NEVER], "reproduced"),
        (SOON, [SOON, ALIKE, LATE], "differs"),  # Two of four are not most.
        (SOON, [LATE, LATE, NEVER], "differs"),
        (NEVER, [ALIKE, LATE, SOON], "differs"),
    ],
)
def test_small_batches_win_only_if_most_algorithms_arrive_sooner(sgd, others, verdict):
    named = dict(zip(batch_size.OTHERS, others, strict=True))
    assert judged(batch_size.judge_convergence, sgd, named, 47)[0].verdict == verdict


@pytest.mark.parametrize(
    ("full", "verdict"),
    [([30, 41, 32], "reproduced"), ([3, 4, 3], "differs"), ([30, np.nan, 32], "reproduced")],
)
def test_all_rows_at_once_are_slow_by_the_clock(full, verdict):
    races = [race(1, 47, [2, 3, 2]), race(10, 5, [3, 4, 3]), race(47, 1, full)]
    races[0] = dataclasses.replace(races[0], seconds=1.0)  # Few rows to the target, but long.
    assert judged(batch_size.judge_slowness, races)[0].verdict == verdict
