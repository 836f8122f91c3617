"""What a search of one's own has found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pandas as pd

from labs import stats
from tuning.engine import Searched
from tuning.estimator_trial import OWN_SCORE
from tuning.own_study import OwnStudy
from tuning.rows import Arrays, OwnRows, has_classes
from tuning.trial import Outcome


@dataclass(frozen=True)
class Best:
    """The best trial of a search.

    Attributes:
        hyperparameters: Its values.
        score: Mean of the objective over folds and seeds.
        interval: 95% interval of that mean for other rows of the same kind, None of a single
            training: Nadeau and Bengio's over folds, Student's over seeds.
        fresh_score: The same on other splits and from other seeds: the score without the luck of
            having been the best of many; with a fixed split, from other seeds only.
        fresh_interval: Its interval.
        epochs: Epochs that were trained, mean over folds and seeds.
        number: Which trial it is.
    """

    hyperparameters: Mapping[str, Any]
    score: float
    interval: stats.Interval | None
    fresh_score: float | None
    fresh_interval: stats.Interval | None
    epochs: int
    number: int


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        best: The best trial.
        space: What was chosen from.
        how: Whether the trainings of a trial ran as one program, and if not, why.
        directory: Where everything is kept, None if nothing is.
    """

    best: Best
    space: keras_tuner.HyperParameters
    how: str
    _searched: Searched[OwnStudy]
    directory: Path | None = None

    @property
    def trials(self) -> pd.DataFrame:
        """A row for each trial, a column for each hyperparameter."""
        facts = ("number", "status", "score", "seconds", "group", "continues", "repeats", "error")
        rows = [
            {**{name: getattr(t, name) for name in facts}, **t.hyperparameters}
            for t in self._searched.trials
        ]
        return pd.DataFrame(rows)

    def fit_best(
        self,
        x: Arrays,
        y: Arrays,
        *,
        validation_data: tuple[Arrays, Arrays] | None = None,
        sample_weight: Any = None,
        seed: int = 0,
    ) -> Any:
        """Build the best setting once more and train it on all of these rows.

        Args:
            x: Inputs, as for the search.
            y: Targets.
            validation_data: `(x, y)` to watch the training on, which a HyperModel may need.
            sample_weight: Weight of each row.
            seed: Seed of weights and of the order of rows; Keras's global seed is set by it.

        Returns:
            A Keras model, or an estimator.
        """
        rows = OwnRows(x, y, sample_weight=sample_weight)
        study, best = self._searched.study, self.best
        values = best.hyperparameters
        return study.fit_whole(values, rows, best.epochs, seed, validation_data)


def found_by(searched: Searched[OwnStudy], fresh: Outcome) -> Found:
    """Return what a search has found, with its best setting trained afresh."""
    best, study = searched.best, searched.study
    assert best.score is not None
    return Found(
        Best(
            hyperparameters=dict(best.hyperparameters),
            score=best.score,
            interval=_interval(best.fold_scores, study),
            fresh_score=float(np.mean(fresh.scores)) if fresh.scores else None,
            fresh_interval=_interval(fresh.scores, study),
            epochs=max(1, round(float(np.mean(best.epochs)))),
            number=best.number,
        ),
        searched.space,
        _how(searched),
        searched,
    )


def _interval(scores: Sequence[float], study: OwnStudy) -> stats.Interval | None:
    """Return where the mean of a setting lies: over folds, or over seeds where there is one."""
    by_fold = np.array(scores).reshape(-1, study.seeds) if scores else np.empty((0, 1))
    if len(by_fold) > 1:
        train, held_out = study.drawn[0]
        means = by_fold.mean(axis=1)
        found = stats.corrected_resampled_t_test(means, len(train), len(held_out)).interval()
    elif by_fold.size > 1:
        found = stats.mean_interval(by_fold[0])
    else:
        return None
    name = study.objective.name
    is_share = "accuracy" in name or (name == OWN_SCORE and has_classes(study.rows.y))
    return found.of_share() if is_share else found


def _how(searched: Searched[OwnStudy]) -> str:
    """Say how the trainings of a trial ran."""
    done = [trial for trial in searched.trials if trial.status == "done"]
    reasons = Counter(trial.one_by_one for trial in done)
    together = reasons.pop("", 0)
    parts = [f"{together} of {len(done)} trials trained all their nets as one program."] * (
        together > 0
    )
    for reason, count in reasons.items():
        parts.append(f"{count} of {len(done)} trained one after the other: {reason}")
    return " ".join(parts)
