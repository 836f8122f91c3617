import numpy as np
import pytest

import models
from labs import batch_size, data
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


def test_batches_of_two_rows_are_not_online(monkeypatch):
    fit, rows = models.fit, data.load_digits().train
    monkeypatch.setattr(batch_size, "ONLINE_ROWS", 4)
    monkeypatch.setattr(models, "fit", lambda *a, **options: fit(*a, **options | {"batch_size": 2}))
    assert judged(batch_size.judge_online, rows, 0)[0].verdict == "differs"
