from dataclasses import replace

import pytest

from labs import data
from labs import optimization as lab
from labs.errors import InputError
from models.by_hand import finite_differences, problems
from tests.labs.quick_run import run_quickly

CLAIMS = [
    "B-gradient",
    "B-hessian",
    "B-jacobian",
    "B-first-order",
    "B-quasi-newton",
    "B-conjugate-gradient",
    "B-levenberg-marquardt",
    "B-newton",
]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    return run_quickly("optimization", tmp_path_factory.mktemp("runs"))


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    for picture in ("convergence", "ravine"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert [row["method"] for row in found["tables"]["cost"]] == list(lab.ORDERS)


def test_every_claim_is_borne_out(found):
    assert [claim["id"] for claim in found["claims"]] == CLAIMS
    assert {claim["verdict"] for claim in found["claims"]} == {"reproduced"}


@pytest.fixture(scope="module")
def seen():
    patients = data.load_diabetes().train
    return lab.compare_methods(patients.x, patients.y, lab.Config.for_quick_run())


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
    made = lab.trace(lab.DESCENT, problems.rosenbrock(), config)
    assert made.iterations == 4000
    assert not made.solved
    assert lab.describe_cost(made) == "more than 4,000"


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
    right = finite_differences.numerical_jacobian
    monkeypatch.setattr(lab, "numerical_jacobian", lambda *arguments: right(*arguments).T)
    claims = {claim.id: claim.verdict for claim in lab.check_derivatives(problems.rosenbrock())}
    assert claims["B-hessian"] == "reproduced"  # Symmetric: rows are columns.
    assert claims["B-jacobian"] == "erratum"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("iterations", 10), ("rate", 2.0), ("rate", float("nan")), ("momentum", 1.0)],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        lab.Config(**{setting: value})
