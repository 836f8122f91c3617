from pathlib import Path

import numpy as np
import pytest

from labs import batch_size
from labs.batch_size import Config, Race
from labs.errors import InputError
from tests.labs.quick_run import run_quickly

VERDICTS = {
    "B-batch-paths": "reproduced",
    "D-steps-per-epoch": "reproduced",
    "C-words-steps": "reproduced",
    "D-online": "reproduced",
    "B-approximate-faster": "reproduced",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("batch_size", tmp_path_factory.mktemp("runs"), target=0.9)


def test_every_claim_is_judged(found):
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == VERDICTS


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in ("paths", "convergence"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert (run_directory / "batch-10" / "history.csv").exists()


def test_a_last_batch_of_what_is_left_is_a_step_too(found):
    steps = {row["batch size"]: row["steps an epoch"] for row in found["tables"]["convergence"]}
    assert steps == {10: 48, 479: 1}


def test_batches_of_a_path_take_each_row_once_an_epoch():
    x, y = np.arange(5.0)[:, None], np.zeros(5)
    orders = np.array([[[4, 3, 2, 1, 0]], [[0, 1, 2, 3, 4]]])
    gradient = batch_size.gradient_of_batches(x, y, orders, 2)
    # With weight 0, p = ½ and the gradient is half the mean of the rows.
    doubled = [2 * gradient(np.zeros((1, 1)), step)[0, 0] for step in range(6)]
    assert doubled == [3.5, 1.5, 0, 0.5, 2.5, 4]


def race(size, updates, epochs):
    return Race(size, updates, np.array(epochs, dtype=float), 0.1, None)  # type: ignore[arg-type]


def test_a_wrong_number_of_steps_is_found():
    right = [race(10, 5, [3, 3]), race(47, 1, [9, 9])]
    assert all(c.verdict == "reproduced" for c in batch_size.check_steps(right, 47))
    dropped = [race(10, 4, [3, 3]), race(47, 1, [9, 9])]
    assert all(c.verdict == "differs" for c in batch_size.check_steps(dropped, 47))


def test_small_batches_win_only_if_all_nets_arrive_and_sooner():
    def verdict(small, full):
        return batch_size.check_convergence([race(10, 5, small), race(47, 1, full)], 47).verdict

    assert verdict([3, 4, 3], [30, 41, 32]) == "reproduced"
    assert verdict([30, 40, 30], [30, 41, 20]) == "differs"
    assert verdict([3, 4, np.nan], [30, 41, 32]) == "differs"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seeds", 1),
        ("batch_sizes", ()),
        ("batch_sizes", (10, 1)),
        ("batch_sizes", (0,)),
        ("batch_sizes", (401,)),
        ("target", 0.0),
        ("target", float("nan")),
        ("epochs", 0),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})
