import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from labs import data, results
from labs import optimization as lab
from labs.errors import InputError
from models.by_hand import optimization as by_hand

CLAIMS = [
    "B-gradient",
    "B-hessian",
    "B-jacobian",
    "B-first-order",
    "B-quasi-newton",
    "B-conjugate-gradient",
    "B-levenberg-marquardt",
    "B-newton",
    "B-diet",
    "B-interior-point",
]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    config = lab.Config.for_quick_run(output_dir=tmp_path_factory.mktemp("runs"))
    with results.RunRecord("optimization", config, "replay") as record:
        lab.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def found(run_directory):
    return json.loads((run_directory / "results.json").read_text())


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    for picture in ("convergence", "ravine", "diet"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert (
        len(list(csv.DictReader((run_directory / "calls.csv").read_text().splitlines())))
        == 4 * 7 - 1
    )


def test_every_claim_is_borne_out(found):
    assert [claim["id"] for claim in found["claims"]] == CLAIMS
    assert {claim["verdict"] for claim in found["claims"]} == {"reproduced"}


def test_derivatives_by_hand_are_close_to_differences(found):
    for row in found["tables"]["derivatives"]:
        errors = [value for key, value in row.items() if key.endswith("error") and value]
        assert errors
        assert max(errors) < 1e-6


@pytest.fixture(scope="module")
def seen():
    patients = data.load_diabetes().train
    x, y = lab.with_bias(patients.x), patients.y
    problems = [
        by_hand.ravine(),
        by_hand.rosenbrock(),
        by_hand.logistic_regression(x, y),
        by_hand.neuron(x, y),
    ]
    config = lab.Config.for_quick_run()
    traces = [
        lab.trace(method, problem, config)
        for problem in problems
        for method in lab.ORDERS
        if method != lab.LM or problem.residuals
    ]
    return lab.Comparison(traces, {p.name: by_hand.find_minimum(p) for p in problems})


def swap(seen, problem, method, **changes):
    """Return the comparison with one trace changed."""
    old = seen.find(problem, method)
    return replace(seen, traces=[replace(t, **changes) if t is old else t for t in seen.traces])


def test_calls_are_counted(seen):
    newton = seen.find(lab.RAVINE, lab.NEWTON)
    assert newton.calls == {"values": 0, "gradients": 1, "matrices": 1}
    assert newton.costs == [0, 1 + 2]
    descent = seen.find(lab.RAVINE, lab.DESCENT)
    assert descent.costs == list(range(descent.iterations + 1))
    bfgs = seen.find(lab.LOGISTIC, lab.BFGS)
    assert bfgs.costs[-1] == bfgs.calls["values"] + bfgs.calls["gradients"]


def test_every_method_but_descent_finds_the_minimum(seen):
    for made in seen.traces:
        if made.method not in (lab.DESCENT, lab.MOMENTUM):
            assert made.solved
            assert made.points[-1] == pytest.approx(seen.minima[made.problem.name], abs=1e-5)


def test_iterations_end_at_the_limit():
    config = replace(lab.Config.for_quick_run(), iterations=4000)
    made = lab.trace(lab.DESCENT, by_hand.rosenbrock(), config)
    assert made.iterations == 4000
    assert not made.solved
    assert lab.describe_cost(made) == "more than 4,000"


@pytest.mark.parametrize("order", [1.0, 1.5, 2.0])
def test_the_order_of_a_sequence_is_found(order):
    errors = [0.5]
    while errors[-1] > 1e-12 and len(errors) < 40:
        errors.append(0.5 * errors[-1] ** order)
    assert lab.observed_order(np.array([100.0, *errors])) == pytest.approx(order)


def test_too_few_errors_have_no_order():
    assert lab.observed_order(np.array([1.0, 1e-5, 0.0])) is None
    assert lab.observed_order(np.array([1.0])) is None


def test_a_first_order_method_that_calls_a_hessian_is_noticed(seen):
    assert lab.check_first_order(seen).verdict == "reproduced"
    calls = {"values": 0, "gradients": 9, "matrices": 1}
    broken = swap(seen, lab.RAVINE, lab.DESCENT, calls=calls)
    assert lab.check_first_order(broken).verdict == "differs"


def test_a_quasi_newton_method_that_calls_a_hessian_is_noticed(seen):
    calls = {"values": 9, "gradients": 9, "matrices": 1}
    broken = swap(seen, lab.LOGISTIC, lab.LBFGS, calls=calls)
    assert lab.check_quasi_newton(broken).verdict == "differs"


def test_a_newton_method_that_converges_linearly_is_noticed(seen):
    assert lab.check_newton(seen).verdict == "reproduced"
    iterations = seen.find(lab.LOGISTIC, lab.NEWTON).iterations
    slow = seen.find(lab.LOGISTIC, lab.DESCENT).points[:: 4000 // iterations][: iterations + 1]
    broken = swap(seen, lab.LOGISTIC, lab.NEWTON, points=slow)
    assert lab.check_newton(broken).verdict == "differs"


def test_conjugate_gradients_that_take_a_step_more_are_noticed(seen):
    assert lab.check_conjugate_gradient(seen).verdict == "reproduced"
    points = seen.find(lab.RAVINE, lab.CONJUGATE).points
    broken = swap(seen, lab.RAVINE, lab.CONJUGATE, points=[points[0], *points])
    assert lab.check_conjugate_gradient(broken).verdict == "differs"


def test_levenberg_marquardt_that_does_not_arrive_is_noticed(seen):
    assert lab.check_levenberg_marquardt(seen).verdict == "reproduced"
    points = seen.find(lab.ROSENBROCK, lab.LM).points[:-4]
    broken = swap(seen, lab.ROSENBROCK, lab.LM, points=points)
    assert lab.check_levenberg_marquardt(broken).verdict == "differs"


def test_a_wrong_derivative_by_definition_is_an_erratum(monkeypatch):
    right = lab.differences
    monkeypatch.setattr(lab, "differences", lambda function, point: right(function, point).T)
    claims = {claim.id: claim.verdict for claim in lab.check_derivatives(by_hand.rosenbrock())}
    assert claims["B-hessian"] == "reproduced"  # Symmetric: rows are columns.
    assert claims["B-jacobian"] == "erratum"


DIET = (np.array([2.0, 3.0]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 6.0]))


def test_a_diet_worked_by_hand_is_proved():
    # Both needs are just met: x + 2z = 4, 3x + z = 6, so x = 1.6, z = 1.2 and the price is 6.8.
    # The dual solves y + 3v = 2, 2y + v = 3: y = 1.4, v = .2, worth 4·1.4 + 6·.2 = 6.8.
    diet = lab.solve_diet(*DIET, "highs-ds")
    assert diet.amounts == pytest.approx([1.6, 1.2])
    assert diet.prices == pytest.approx([1.4, 0.2])
    assert lab.violations(diet, *DIET) == pytest.approx(np.zeros(4), abs=1e-12)


@pytest.mark.parametrize(
    ("amounts", "prices", "failing"),
    [
        ([1.6, 1.0], [1.4, 0.2], 0),  # Too little to eat.
        ([7.0, -0.5], [1.4, 0.2], 0),  # Less than nothing of a food.
        ([1.6, 1.2], [1.5, 0.2], 1),  # Nutrients dearer than the food they are in.
        ([1.6, 1.2], [1.5, -0.2], 1),  # A nutrient worth less than nothing.
        ([2.0, 1.2], [1.4, 0.2], 2),  # Dearer than the bound.
        ([2.0, 1.2], [1.4, 0.2], 3),  # More than needed of what has a price.
        ([1.6, 1.2], [1.0, 0.2], 3),  # Foods that cost more than what is in them.
    ],
)
def test_each_failure_of_a_diet_is_seen(amounts, prices, failing):
    diet = lab.Diet(np.array(amounts), np.array(prices), 0)
    assert lab.violations(diet, *DIET)[failing] > 0.01


def test_the_central_path_ends_at_the_cheapest_diet_with_its_proof():
    path, prices, steps = lab.central_path(*DIET)
    assert path[-1] == pytest.approx([1.6, 1.2], abs=1e-5)
    assert prices == pytest.approx([1.4, 0.2], abs=1e-5)
    assert steps > len(path)


def test_needs_that_no_food_meets_are_told():
    with pytest.raises(ArithmeticError, match="no cheapest diet"):
        lab.solve_diet(np.ones(1), np.zeros((1, 1)), np.ones(1), "highs-ds")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("iterations", 10), ("rate", 2.0), ("rate", float("nan")), ("momentum", 1.0)],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        lab.Config(**{setting: value})
