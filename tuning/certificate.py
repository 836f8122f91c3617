"""What a search has covered, so that nobody takes a part for the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keras_tuner import HyperParameters

from tuning.grid_size import grid_size
from tuning.trial_table import TrialRow


def certificate(trials: Sequence[TrialRow], space: HyperParameters) -> dict[str, Any]:
    """Count the trials of a search, and the share of the space that they are.

    Args:
        trials: All trials.
        space: What was searched.

    Returns:
        `asked`, of these `done`, `failed`, `diverged` and `repeated`, `different` values,
        the number of points the `space holds` ("infinite" with a range of all numbers) and
        the `share` tried, None of an infinite space.
    """
    settings = [trial for trial in trials if trial.continues is None]
    own = [trial for trial in settings if trial.repeats is None]
    size = grid_size(space)
    infinite = math.isinf(size)
    return {
        "asked": len(settings),
        **{
            status: sum(t.status == status for t in own)
            for status in ("done", "failed", "diverged")
        },
        "repeated": len(settings) - len(own),
        "different": len(own),
        "space holds": "infinite" if infinite else int(size),
        "share": None if infinite else len(own) / size,
    }
