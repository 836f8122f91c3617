"""Every private name of keras-tuner that is used here, each with why; a test says when one is gone.

The oracles have no public way to any of them. Written for keras-tuner 1.4.8.
"""

from __future__ import annotations

from typing import Any

from keras_tuner import Oracle
from keras_tuner.oracles import GridSearchOracle


class EagerGridOracle(GridSearchOracle):
    """A grid whose next point does not wait for a trial to end.

    keras-tuner waits because a trial may add hyperparameters; ours never do. Without this,
    workers idle until the first trial of a search has ended.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Answer with the next point, whatever has become of those before."""
        answer: dict[str, Any] = super().populate_space(trial_id)
        if answer["values"] is not None and self.start_order:  # It adds the first one itself.
            self._populate_next.append(trial_id)
        return answer


def allow_collisions(oracle: Oracle, draws: int) -> None:
    """Let an oracle draw so often before it gives a space up; it would after 20 known points."""
    oracle._max_collisions = draws


def keep_in_memory(oracle: Oracle) -> None:
    """Let an oracle write nothing: it would write its whole state at each ask and tell."""
    oracle.save = _write_nothing
    oracle._save_trial = _write_nothing


def _write_nothing(*_: Any) -> None:
    """Do nothing: the journal is what is kept."""
