import numpy as np
import pytest

from labs import trend_lines as lab
from labs.errors import InputError
from tests.labs.quick_run import judged


def errors_with(test: float, validation: float) -> np.ndarray:
    """Errors by degree that are lowest at degree 3, the training error falling."""
    degrees = np.arange(len(lab.DEGREES))
    u = 1 + (degrees - 3.0) ** 2
    by_part = np.stack([1 / (1 + degrees), u * validation, u * test], axis=1)
    return np.stack([by_part, by_part * 1.01])


def test_trend_lines_differ_where_more_is_always_better():
    errors = errors_with(test=3, validation=2)
    assert judged(lab.judge_trend_line, errors)[0].verdict == "reproduced"
    always_better = errors.copy()
    always_better[:, :, 2] = errors[:, :, 0]
    assert judged(lab.judge_trend_line, always_better)[0].verdict == "differs"
    assert judged(lab.judge_trend_line, errors[:, ::-1])[0].verdict == "differs"


def test_parts_differ_where_new_points_are_no_worse():
    fitted, chosen = judged(lab.judge_three_parts, errors_with(test=3, validation=2))
    assert (fitted.verdict, chosen.verdict) == ("reproduced", "reproduced")
    assert "1.50 times the validation error" in str(chosen.measured)
    fitted, chosen = judged(lab.judge_three_parts, errors_with(test=3, validation=3))
    assert (fitted.verdict, chosen.verdict) == ("differs", "differs")
    fitted, chosen = judged(lab.judge_three_parts, errors_with(test=0.2, validation=0.1))
    assert (fitted.verdict, chosen.verdict) == ("differs", "reproduced")


def test_a_single_draw_is_refused():
    with pytest.raises(InputError, match="draws"):
        lab.Config(draws=1)
