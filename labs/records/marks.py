"""What happens in a training, told by its curves alone: overfitting begins, the rate falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

MOST_STEPS = 9
"""Falls of the rate that are marked; a schedule that falls all the time has more."""


def marks_of(history: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    """Return epochs, from 1, by what happens there.

    Args:
        history: One value per epoch for each metric.
    """
    marks = {}
    if history.keys() >= {"loss", "val_loss"}:
        from callbacks import OverfittingMonitor  # It imports Keras, which then is at work.

        curves = {name: history[name] for name in ("loss", "val_loss")}
        monitor = OverfittingMonitor.of(curves)
        for words, epoch in (
            ("overfitting begins", monitor.onset_epoch),
            ("both losses rise", monitor.diverging_epoch),
        ):
            if epoch is not None:
                marks[words] = [epoch + 1]
    rates = history.get("learning_rate", ())
    falls = [epoch for epoch, (old, new) in enumerate(pairwise(rates), start=2) if new < old]
    if 0 < len(falls) <= MOST_STEPS:
        marks["rate falls"] = falls
    return marks
