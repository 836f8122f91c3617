import numpy as np
import pytest

from labs import data
from labs import solvers_by_rows as lab
from tests.labs.quick_run import make_record, verdicts


@pytest.fixture
def part():
    rng = np.random.default_rng(0)
    return data.Part(rng.random((60, 196)).astype(np.float32), np.arange(60) % 10)


@pytest.mark.parametrize(
    ("solver", "steps"), [(lab.ADAM, 4 * 3), (lab.SGD, 4 * 3), (lab.LBFGS, None)]
)
def test_all_solvers_see_each_row_equally_often(part, monkeypatch, solver, steps):
    """Count the rows that go backward through the net."""
    classifier = lab.sklearn.neural_network.MLPClassifier
    seen = []
    original = classifier._backprop

    def counting(self, x, *others):
        seen.append(len(x))
        return original(self, x, *others)

    monkeypatch.setattr(classifier, "_backprop", counting)
    lab.fit(part, lab.Case(60, solver, 4), 0.01, 0, lab.Config(batch_size=20))
    assert sum(seen) == pytest.approx(4 * 60, abs=2 * 60 if solver == lab.LBFGS else 0)
    assert steps is None or len(seen) == steps


def test_few_rows_get_as_many_steps_as_all():
    *_, last = lab.list_cases([100, 1_000, 9_900], lab.Config(passes=10, batch_size=100))
    assert last == lab.Case(100, lab.ADAM, 10 * 99)


def test_the_rate_is_the_best_on_held_out_rows(part, monkeypatch):
    monkeypatch.setattr(lab, "loss_of", lambda net, part: abs(net.learning_rate_init - 0.03))
    config = lab.Config(seeds=2, batch_size=20)
    assert lab.fit_all(lab.Case(50, lab.SGD, 2), part, part, part, config).rate == 0.03
    assert lab.fit_all(lab.Case(50, lab.LBFGS, 2), part, part, part, config).rate is None


FEW, MANY, PASSES = 100, 9_000, 10
GOOD, BAD = np.array([0.1, 0.11, 0.12]), np.array([0.5, 0.52, 0.53])


def judge(tmp_path, judge_claims, fits, *more):
    record = make_record("solvers_by_rows", tmp_path)
    record.results["dataset"] = {"name": "MNIST"}
    judge_claims(record, fits, *more)
    return verdicts(record)


def fits(loss, test):
    return lab.Fits(loss, test, np.ones(3))


def test_a_comment_that_holds_in_part_depends(tmp_path):
    few = {
        lab.Case(FEW, solver, passes): fits(GOOD, GOOD) if solver == lab.LBFGS else fits(BAD, BAD)
        for solver in lab.NAMES
        for passes in (PASSES, lab.LONGER * PASSES)
    }
    many = {
        lab.Case(MANY, lab.LBFGS, PASSES): fits(GOOD, BAD),
        lab.Case(MANY, lab.SGD, PASSES): fits(BAD, GOOD - 0.05),
        lab.Case(MANY, lab.ADAM, PASSES): fits(BAD, GOOD - 0.05),
    }
    sizes = [FEW, MANY]
    found = judge(tmp_path, lab.judge_solvers, few | many, sizes, PASSES)
    assert found == {"A-lbfgs-small": "depends", "A-adam-large": "differs"}
    # One of the two is ahead in both on many rows.
    many[lab.Case(MANY, lab.ADAM, PASSES)] = fits(GOOD - 0.05, BAD + 0.2)
    found = judge(tmp_path, lab.judge_solvers, few | many, sizes, PASSES)
    assert found["A-adam-large"] == "depends"


@pytest.mark.parametrize(
    ("equal_steps", "neighbor", "verdict"),
    [
        (0.7, 0.8, "reproduced"),
        (0.7, 0.6, "depends"),  # Few rows are too few for both.
        (0.9, 0.8, "depends"),  # It was the steps.
    ],
)
def test_many_rows_are_needed_if_steps_do_not_make_up_for_them(
    tmp_path, equal_steps, neighbor, verdict
):
    def accuracy(mean):
        return fits(GOOD, mean + np.array([-0.01, 0, 0.01]))

    found = {
        lab.Case(MANY, lab.ADAM, PASSES): accuracy(0.9),
        lab.Case(FEW, lab.ADAM, PASSES): accuracy(0.5),
        lab.Case(FEW, lab.ADAM, 900): accuracy(equal_steps),
    }
    neighbors = [accuracy(neighbor).test, accuracy(0.9).test]
    assert judge(tmp_path, lab.judge_rows, found, neighbors) == {"A-much-data": verdict}


def test_no_gain_by_many_rows_differs(tmp_path):
    same = fits(GOOD, GOOD)
    cases = {lab.Case(MANY, lab.ADAM, PASSES): same}
    cases |= {lab.Case(FEW, lab.ADAM, passes): same for passes in (PASSES, 900)}
    assert judge(tmp_path, lab.judge_rows, cases, [GOOD, GOOD]) == {"A-much-data": "differs"}
