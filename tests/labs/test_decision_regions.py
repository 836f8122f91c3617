import numpy as np
import pytest

from labs import decision_regions as lab
from tests.labs.quick_run import judged

POINTS = np.random.default_rng(0).uniform(-3, 3, (4_000, 2))


def test_midpoints_tell_convex_regions():
    assert lab.midpoints_inside(lab.pentagon_region, POINTS) == 1
    assert lab.midpoints_inside(lab.star_region, POINTS) < 1
    assert lab.midpoints_inside(lambda x: 1 - lab.pentagon_region(x), POINTS) < 1
    assert np.isnan(lab.midpoints_inside(lambda x: np.zeros(len(x)), POINTS))


def test_open_regions_reach_far_away():
    assert lab.is_open(lab.wedge_region)
    assert not lab.is_open(lab.pentagon_region)
    assert not lab.is_open(lab.star_region)


def test_regions_are_judged_by_what_was_measured():
    verdicts = {c.id: c.verdict for c in judged(lab.judge_regions, POINTS, convex=10, nets=10)}
    assert verdicts["A-regions-one-layer"] == "reproduced"
    assert verdicts["A-regions-two-layers"] == "depends"  # The star does not bear it out.
    assert judged(lab.judge_three_layers, POINTS, {6: 0.1, 12: 0.01})[0].verdict == "reproduced"
    assert judged(lab.judge_three_layers, POINTS, {6: 0.1, 12: 0.1})[0].verdict == "differs"


@pytest.mark.parametrize(
    ("id", "region", "other"),
    [
        ("A-regions-one-layer", "line_region", lab.wedge_region),
        ("A-regions-two-layers", "pentagon_region", lab.star_region),
        ("A-regions-two-layers", "wedge_region", lambda x: 1 - lab.pentagon_region(x)),
        ("A-regions-two-layers", "wedge_region", lab.pentagon_region),
        ("A-regions-two-layers", "pentagon_region", lab.wedge_region),
    ],
    ids=["no half-plane", "closed, not convex", "open, not convex", "none open", "none closed"],
)
def test_regions_of_another_kind_differ(monkeypatch, id, region, other):
    monkeypatch.setattr(lab, region, other)
    claims = judged(lab.judge_regions, POINTS, convex=10, nets=10)
    assert {claim.id: claim.verdict for claim in claims}[id] == "differs"


def test_parameters_that_change_nothing_and_outputs_between_refute_the_lecture():
    def verdicts(*regions):
        return [claim.verdict for claim in judged(lab.judge_parameters, POINTS, regions)]

    def right_half(x):
        return (x[:, 0] > 0).astype(float)

    assert verdicts(lab.line_region, lab.star_region) == ["depends", "reproduced"]
    assert verdicts(right_half, lambda x: 1 - right_half(x)) == ["reproduced", "reproduced"]
    assert verdicts(lab.line_region, lab.line_region) == ["depends", "differs"]
    assert verdicts(lambda x: x[:, 0]) == ["differs", "reproduced"]
