import numpy as np

from labs import derivatives as lab
from models.by_hand import finite_differences, problems
from tests.labs.quick_run import judged


def test_a_wrong_derivative_by_definition_is_an_erratum(monkeypatch):
    right = finite_differences.numerical_jacobian
    monkeypatch.setattr(lab, "numerical_jacobian", lambda *arguments: right(*arguments).T)
    claims = {
        claim.id: claim.verdict
        for claim in judged(lab.judge_derivatives, problems.rosenbrock(), np.array([-1.2, 1.0]))
    }
    assert claims["B-hessian"] == "reproduced"  # Symmetric: rows are columns.
    assert claims["B-jacobian"] == "erratum"
