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
