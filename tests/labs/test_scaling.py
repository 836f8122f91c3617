from __future__ import annotations

import numpy as np

from labs import data
from labs.scaling import judge_formulas, judge_scaling_speeds
from models.by_hand import normalization
from tests.labs.quick_run import judged


def test_scaling_makes_the_bowl_rounder(found):
    assert found["dataset"]["name"] == "diabetes, raw units"
    conditions = [row["condition number"] for row in found["tables"]["regression"]]
    assert conditions[0] > 1e7 > conditions[1] > conditions[2] > 100


def test_a_scaling_of_rows_is_an_erratum(monkeypatch):
    monkeypatch.setattr(normalization, "standardize", normalization.layer_normalize)
    claims = judged(judge_formulas, data.load_diabetes(scaled=False).train.x)
    assert {c.id for c in claims if c.verdict == "erratum"} == {"A-standardization"}


def test_scaling_that_does_not_help_differs():
    flat = normalization.Bowl(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 1.0)
    steep = normalization.Bowl(np.array([0.01, 2.0]), np.array([3.0, 4.0]), 1.0)
    names = ("raw units", "min-max", "standardized")
    better = dict(zip(names, ([steep] * 3, [flat] * 3, [flat] * 3), strict=True))
    same = dict(zip(names, ([flat] * 3, [flat] * 3, [flat] * 3), strict=True))
    assert judged(judge_scaling_speeds, better)[0].verdict == "reproduced"
    assert judged(judge_scaling_speeds, same)[0].verdict == "differs"
