from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from sklearn.metrics import log_loss, r2_score

from labs.data import Table
from labs.stats import wilson_interval
from tuning.tables.compare import Evaluated, differences

RNG = np.random.default_rng(0)
ROWS = np.arange(40)


def table(y: np.ndarray, *class_names: str) -> Table:
    frame = pd.DataFrame({"x": np.zeros(len(y))})
    return Table("my", "here", "y", frame, y, class_names, None, ROWS[:10], ROWS[10:], ())


def test_accuracy_has_wilsons_interval_and_difference_that_of_a_paired_t_test() -> None:
    y = np.arange(40) % 3
    first, second = RNG.dirichlet(np.ones(3), (2, 1, 30))
    my = table(y, *"abc")
    both = [Evaluated("dense", "", first, 1.0), Evaluated("tree", "", second, 1.0)]
    truth = y[10:]
    right = [one[0].argmax(axis=1) == truth for one in (first, second)]
    for one, own, probabilities in zip(both, right, (first, second), strict=True):
        row = one.row(my)
        assert row["test accuracy"] == own.mean()
        assert row["95% interval"] == wilson_interval(own.sum(), 30)
        assert row["log loss"] == pytest.approx(log_loss(truth, probabilities[0]))
    paired = scipy_stats.ttest_rel(*[one.astype(float) for one in right])
    (difference,) = differences(both, my)
    mean = difference["accuracy of dense minus this"]
    assert mean == pytest.approx(right[0].mean() - right[1].mean())
    assert difference["95% interval"] == pytest.approx(paired.confidence_interval())


def test_numbers_have_the_root_of_the_mean_squared_errors_interval() -> None:
    y = RNG.normal(100, 20, 40)
    predictions = y[10:] + RNG.normal(0, 5, (2, 30))
    row = Evaluated("dense", "", predictions, 1.0).row(table(y))
    squares = (predictions[0] - y[10:]) ** 2
    half = scipy_stats.t.ppf(0.975, 29) * scipy_stats.sem(squares)
    assert row["test RMSE"] == pytest.approx(squares.mean() ** 0.5)
    assert row["95% interval"] == pytest.approx(
        np.sqrt([squares.mean() - half, squares.mean() + half])
    )
    assert row["R²"] == pytest.approx(r2_score(y[10:], predictions[0]))


def test_equal_answers_leave_the_spread_of_the_difference_open() -> None:
    answers = np.tile([0.9, 0.1], (1, 30, 1))
    both = [Evaluated(name, "", answers, 1.0) for name in ("dense", "tree")]
    (difference,) = differences(both, table(np.zeros(40, int), *"ab"))
    assert difference["accuracy of dense minus this"] == 0
    assert difference["95% interval"] is None
