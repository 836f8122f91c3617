import numpy as np
import pytest

from labs import gradient_cost as lab
from labs.errors import InputError
from tests.labs.quick_run import judged, read_results, run_quickly


def test_the_claim_is_borne_out_and_the_same_seed_counts_the_same(tmp_path):
    tables = []
    for name in ("first", "second"):
        directory = run_quickly("gradient_cost", tmp_path / name)
        found = read_results(directory)
        verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
        assert verdicts["B-shared-derivatives"] == "reproduced"
        assert (directory / "cost.png").read_bytes().startswith(b"\x89PNG")
        rows = found["tables"]["cost"]
        tables.append([{k: v for k, v in row.items() if "timed" not in k} for row in rows])
    assert tables[0] == tables[1]
    # Four layers of 4 · 4 weights and 4 biases: 64 multiplications forward. Backward 64 for the
    # weights, 16 for the slopes, 48 for the errors of all layers but the last: 2 times that. One
    # at a time 1056 + 656 + 256 + 36 from the first layer to the last.
    counted = {"backward": 2.0, "one at a time": round(2004 / 64), "finite differences": 2 * 80}
    assert tables[0][0] == {"units": 4, "parameters": 80, **counted}


def test_cost_that_does_not_grow_is_not_the_lectures():
    row = {"parameters": 80, "backward": 2.0, "one at a time": 31}
    big = {"parameters": 8000, "backward": 1.8, "one at a time": 32}
    assert judged(lab.judge_cost, [row, big])[0].verdict == "differs"
    dear = {"parameters": 8000, "backward": 80.0, "one at a time": 3100}
    assert judged(lab.judge_cost, [row, dear])[0].verdict == "differs"
    right = {"parameters": 8000, "backward": 1.8, "one at a time": 3100}
    assert judged(lab.judge_cost, [row, right])[0].verdict == "reproduced"


@pytest.mark.parametrize("widths", [(4,), (8, 4), (0, 4)])
def test_widths_that_do_not_grow_are_refused(widths):
    with pytest.raises(InputError, match="widths"):
        lab.Config(widths=widths)


def test_relu_is_cheap_only_if_it_is_so_in_most_turns():
    turns = np.linspace(0.9, 1.1, 10)
    for relu, expected in ((0.5, "reproduced"), (1.0, "undecided"), (2.0, "differs")):
        seconds = {"relu": relu * turns, "sigmoid": np.full(10, 1.0), "tanh": np.full(10, 3.0)}
        assert judged(lab.judge_relu, seconds)[0].verdict == expected
