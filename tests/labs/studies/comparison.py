"""All methods on all problems, run once for the tests of this process."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from labs import data
from labs.studies import minimizers

LIMITS = minimizers.Limits(iterations=4000, rate=1.8, momentum=0.9)


@cache
def compared() -> minimizers.Comparison:
    """Return what all methods do on all problems."""
    patients = data.load_diabetes().train
    return minimizers.compare_methods(patients.x, patients.y, LIMITS)


def swap(
    seen: minimizers.Comparison, problem: str, method: str, **changes: Any
) -> minimizers.Comparison:
    """Return the comparison with one trace changed."""
    old = seen.find(problem, method)
    return replace(seen, traces=[replace(t, **changes) if t is old else t for t in seen.traces])
