import pytest

from labs import batch_cost
from tests.labs.quick_run import judged


@pytest.mark.slow
def test_the_count_of_operations_grows_with_the_rows(found):
    costs = found["tables"]["costs"]
    assert batch_cost.cost_ratio(costs, "operations") == pytest.approx(100, rel=1e-3)
    # Forward, the gradient of the weights and, in the upper layer, of its inputs.
    products = 2 * (2 * 784 * 16 + 3 * 16 * 10)
    assert costs[1]["operations"] / 10 == pytest.approx(products, rel=0.06)


def test_hundred_times_the_rows_are_judged_by_the_clock():
    costs = [{"rows": rows, "operations": rows} for rows in (batch_cost.SMALL, batch_cost.LARGE)]

    def verdict(*ratios: float, overhead: float = 0.0) -> str:
        timed = [cost | {"seconds": overhead + cost["rows"]} for cost in costs]
        return judged(batch_cost.judge_cost, ratios, timed)[0].verdict

    assert verdict(95, 106, 187) == "reproduced"
    assert verdict(95, 106, 187, overhead=300) == "depends"
    assert verdict(30, 45, 240, overhead=300) == "differs"


def test_memory_bounds_a_batch_only_if_parts_need_less():
    def verdicts(grown: int, in_parts: int) -> list[str]:
        peaks = {1: 1_000, batch_cost.SMALL: 10_000, batch_cost.LARGE: grown}
        return [claim.verdict for claim in judged(batch_cost.judge_memory, peaks, in_parts)]

    assert verdicts(1_000_000, 11_000) == ["reproduced", "depends"]
    assert verdicts(1_000_000, 900_000) == ["reproduced", "reproduced"]
    assert verdicts(20_000, 11_000) == ["differs", "depends"]
    assert verdicts(20_000, 9_000) == ["differs", "differs"]


def test_a_gradient_in_parts_holds_no_more_than_a_part():
    whole, parts = batch_cost.peak_bytes(2_000, 2_000), batch_cost.peak_bytes(2_000, 100)
    assert parts < 1.2 * batch_cost.peak_bytes(100, 100) < whole / 5
