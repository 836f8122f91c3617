import json

import numpy as np
import pytest

from labs import results
from labs import trend_lines as lab
from labs.errors import InputError


def test_every_claim_is_reproduced_with_another_seed_too(tmp_path):
    config = lab.Config.for_quick_run(output_dir=tmp_path, seed=7)
    with results.RunRecord("trend_lines", config, "replay") as record:
        lab.run(config, record)
    found = json.loads((record.directory / "results.json").read_text())
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == dict.fromkeys(
        ["C-trend-line", "B-three-parts", "C-three-parts"], "reproduced"
    )
    assert (record.directory / "trend_lines.png").read_bytes().startswith(b"\x89PNG")


def errors_with(test: float, validation: float) -> np.ndarray:
    """Errors by degree that are lowest at degree 3, the training error falling."""
    degrees = np.arange(len(lab.DEGREES))
    u = 1 + (degrees - 3.0) ** 2
    by_part = np.stack([1 / (1 + degrees), u * validation, u * test], axis=1)
    return np.stack([by_part, by_part * 1.01])


def test_trend_lines_differ_where_more_is_always_better():
    errors = errors_with(test=3, validation=2)
    assert lab.check_trend_line(errors).verdict == "reproduced"
    always_better = errors.copy()
    always_better[:, :, 2] = errors[:, :, 0]
    assert lab.check_trend_line(always_better).verdict == "differs"
    assert lab.check_trend_line(errors[:, ::-1]).verdict == "differs"


def test_parts_differ_where_new_points_are_no_worse():
    fitted, chosen = lab.check_three_parts(errors_with(test=3, validation=2))
    assert (fitted.verdict, chosen.verdict) == ("reproduced", "reproduced")
    assert "1.50 times the validation error" in str(chosen.measured)
    fitted, chosen = lab.check_three_parts(errors_with(test=3, validation=3))
    assert (fitted.verdict, chosen.verdict) == ("reproduced", "differs")


def test_a_single_draw_is_refused():
    with pytest.raises(InputError, match="draws"):
        lab.Config(draws=1)
