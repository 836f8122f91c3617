import pytest

from labs.studies import minimizers as lab
from tests.labs.studies.comparison import compared


def test_calls_are_counted():
    seen = compared()
    newton = seen.find(lab.RAVINE, lab.NEWTON)
    assert newton.calls == {"values": 0, "gradients": 1, "matrices": 1}
    assert newton.costs == [0, 1 + 2]
    descent = seen.find(lab.RAVINE, lab.DESCENT)
    assert descent.costs == list(range(descent.iterations + 1))
    bfgs = seen.find(lab.LOGISTIC, lab.BFGS)
    assert bfgs.costs[-1] == bfgs.calls["values"] + bfgs.calls["gradients"]


def test_every_method_but_descent_finds_the_minimum():
    seen = compared()
    for made in seen.traces:
        if made.method not in (lab.DESCENT, lab.MOMENTUM):
            assert made.solved
            assert made.points[-1] == pytest.approx(seen.minima[made.problem.name], abs=1e-5)
