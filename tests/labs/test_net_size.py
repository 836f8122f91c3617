import numpy as np
import pytest

import models
from labs import net_size as lab
from tests.labs.quick_run import judged

FALL = 2.0 ** np.arange(len(lab.WIDTHS))


@pytest.mark.parametrize("width", [1, 5, 40])
def test_net_made_by_hand_meets_the_curve_at_every_bend(width):
    assert np.interp(np.linspace(0, 1, width + 1), lab.GRID, lab.follow_curve(width)) == (
        pytest.approx(lab.curve(np.linspace(0, 1, width + 1)), abs=1e-3)
    )


def test_error_falls_with_the_square_of_the_units():
    errors = [np.abs(lab.follow_curve(width) - lab.curve(lab.GRID)).max() for width in (100, 200)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("depth", lab.DEPTHS)
@pytest.mark.parametrize("parameters", [100, 300, 2000])
def test_nets_of_each_depth_have_about_as_many_parameters(depth, parameters):
    hidden = lab.widths_of(depth, parameters)
    count = models.build_mlp((2,), hidden, 2, seed=0).count_params()
    assert len(hidden) == depth
    assert count == pytest.approx(parameters, rel=0.2)


def test_spirals_wind_around_each_other_without_touching():
    part = lab.draw_spirals(4_000, np.random.default_rng(0))
    apart = np.linalg.norm(part.x[part.y == 0][:, None] - part.x[part.y == 1][None], axis=-1)
    assert np.mean(apart.min(axis=1) < 0.1) < 0.1
    by_line = max(
        np.mean((part.x @ d > 0) == part.y) for d in np.random.default_rng(1).normal(size=(50, 2))
    )
    assert by_line < 0.75


def test_errors_that_do_not_fall_refute_the_theorem():
    errors = np.full(len(lab.WIDTHS), 0.1)
    by_nands = np.full(len(lab.OUTPUTS), 0.1)
    verdicts = [
        judged(lab.judge_approximation, errors / fall, by_nands / fall_of_nands)[0].verdict
        for fall, fall_of_nands in ((1, 1), (FALL, 1), (FALL, 100 * FALL[-4:]))
    ]
    assert verdicts == ["differs", "depends", "reproduced"]


def test_a_curve_by_bits_is_off_by_half_a_step_of_them():
    spread = np.ptp(lab.curve(lab.GRID))
    for outputs in lab.OUTPUTS:
        off = np.abs(lab.follow_by_nands(outputs) - lab.curve(lab.GRID)).max()
        assert off == pytest.approx(spread / (2**outputs - 1) / 2, abs=1e-3)


def test_depth_that_helps_one_depth_only_depends():
    same = np.array([0.6, 0.61, 0.62])
    depths = {1: same, 2: same, 3: same + 0.3, 4: same + 0.3}
    claim = judged(lab.judge_depth, depths, lab.Config(seeds=3))[0]
    assert claim.verdict == "depends"


def test_a_huge_net_without_a_gap_refutes_overfitting():
    small = (np.array([0.5, 0.51]), np.array([0.55, 0.56]))
    verdicts = [
        judged(lab.judge_huge, {1: small, 99: huge})[0].verdict
        for huge in [(small[0] - 0.4, small[1] + 0.1), (small[0] + 0.2, small[1])]
    ]
    assert verdicts == ["reproduced", "differs"]
