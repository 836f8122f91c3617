import numpy as np
import pytest

from labs import data
from labs import solvers_by_rows as lab
from tests.labs.quick_run import make_record, verdicts


@pytest.fixture
def part():
    rng = np.random.default_rng(0)
    return data.Part(rng.random((60, 196)).astype(np.float32), np.arange(60) % 10)


def test_pictures_shrink_to_means_of_four_pixels():
    x = np.zeros((1, 28, 28), np.uint8)
    x[0, 0, :2], x[0, 1, :2], x[0, 2, 3] = (10, 20), (30, 40), 255
    small = lab.shrink(x)[0]
    assert small[0] == pytest.approx(25 / 255)
    assert small[15] == pytest.approx(1 / 4)
    assert small.sum() == pytest.approx(25 / 255 + 1 / 4)


@pytest.mark.parametrize(("solver", "steps"), [(lab.ADAM, 4 * 3), (lab.LBFGS, None)])
def test_both_solvers_see_each_row_equally_often(part, monkeypatch, solver, steps):
    """Count the rows that go backward through the net."""
    classifier = lab.sklearn.neural_network.MLPClassifier
    seen = []
    original = classifier._backprop

    def counting(self, x, *others):
        seen.append(len(x))
        return original(self, x, *others)

    monkeypatch.setattr(classifier, "_backprop", counting)
    config = lab.Config(passes=4, batch_size=20)
    lab.fit(part, part, solver, 0, config)
    assert sum(seen) == pytest.approx(4 * 60, abs=2 * 60 if solver == lab.LBFGS else 0)
    assert steps is None or len(seen) == steps


def test_a_comment_that_holds_by_loss_alone_depends(tmp_path):
    few, many = 100, 9_000
    good, bad = np.array([0.1, 0.11, 0.12]), np.array([0.5, 0.52, 0.53])

    def fits(loss, test):
        return lab.Fits(loss, test, np.ones(3))

    found = {
        (few, lab.LBFGS): fits(good, good),
        (few, lab.ADAM): fits(bad, bad),
        (many, lab.LBFGS): fits(good, bad),
        (many, lab.ADAM): fits(bad, good - 0.05),
    }
    record = make_record("solvers_by_rows", tmp_path)
    record.results["dataset"] = {"name": "MNIST"}
    lab.judge_solvers(record, found, [few, many])
    assert verdicts(record) == {"A-lbfgs-small": "depends", "A-adam-large": "differs"}
