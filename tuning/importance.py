"""Which hyperparameters did the score depend on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score

from labs.stats.intervals import Interval
from tuning.trial_table import Column, TrialRow, columns_in_use, finished, scores_of

if TYPE_CHECKING:
    from keras_tuner import HyperParameters

MIN_TRIALS = 10
"""Fewer finished trials tell nothing about several hyperparameters."""
TRUSTED_R2 = 0.2
"""A forest that explains less than this of the ranks has nothing to say."""
REPEATS = 20
TREES = 100


@dataclass(frozen=True)
class ImportanceRow:
    """How much one hyperparameter matters.

    Attributes:
        name: Name of the hyperparameter.
        importance: How much the forest's R² falls when the values are shuffled among the
            trials; about 0 for one that does not matter.
        interval: The middle 95% over forests and shuffles. It says how sure this analysis of
            these trials is, not what other trials would give.
    """

    name: str
    importance: float
    interval: Interval


@dataclass(frozen=True)
class Importance:
    """Result of `hyperparameter_importance`.

    Attributes:
        rows: The most important hyperparameter first; empty if there is too little to go by.
        r2: Share of the variance of the ranks that the forest explains in trials it has
            not seen, 1 or below; None without rows.
        remark: How far to trust the rows, or why there are none, in a sentence.
    """

    rows: tuple[ImportanceRow, ...]
    r2: float | None
    remark: str

    @property
    def trusted(self) -> bool:
        """Whether the forest explains enough for its importances to mean anything."""
        return self.r2 is not None and self.r2 >= TRUSTED_R2


def hyperparameter_importance(
    trials: Sequence[TrialRow], space: HyperParameters, seed: int
) -> Importance:
    """Measure each hyperparameter's permutation importance in a random forest of the ranks.

    A forest learns to predict a trial's rank by score from the hyperparameters; then one
    hyperparameter is shuffled among the trials. Both R² are those of out-of-bag predictions,
    where each trial is predicted by the trees that have not seen it. All of that is repeated
    with other forests and shuffles. Ranks, because a few trials that learned nothing would
    make up nearly all the variance of the scores. Numbers searched on a log scale are learned
    on a log scale; a choice without order is one-hot encoded and shuffled as one.

    A hyperparameter that is absent from a trial is filled in with a value drawn from the
    other trials, so that it cannot stand in for the condition it depends on.

    Args:
        trials: All trials of the search; failed, diverged and repeated ones are left out.
        space: What was searched.
        seed: Same seed, same result.

    Source: Breiman (2001), "Random Forests", Machine Learning 45, section 10.
    """
    # A forest that has seen the original would know its repetition.
    done = [trial for trial in finished(trials) if trial.repeats is None]
    columns = columns_in_use(space, done)
    refusal = _refusal(done, columns)
    if refusal:
        return Importance((), None, refusal)
    ranks = rankdata(scores_of(done))
    rngs = np.random.default_rng(seed).spawn(REPEATS)
    r2s, falls = zip(*(_falls_of_r2(done, columns, ranks, rng) for rng in rngs), strict=True)
    r2, means = float(np.mean(r2s)), np.mean(falls, axis=0)
    ends = np.percentile(falls, (2.5, 97.5), axis=0)
    rows = [
        ImportanceRow(column.name, float(mean), Interval(float(low), float(high)))
        for column, mean, low, high in zip(columns, means, *ends, strict=True)
    ]
    rows.sort(key=lambda row: -row.importance)
    return Importance(tuple(rows), r2, _remark(r2, len(done), len(trials) - len(done)))


def _refusal(done: Sequence[TrialRow], columns: Sequence[Column]) -> str:
    if len(done) < MIN_TRIALS:
        return (
            f"No importances: they need at least {MIN_TRIALS} different finished trials, got "
            f"{len(done)}; ask for more trials."
        )
    if not columns:
        return "No importances: the search space has no hyperparameter that varies."
    if len({trial.score for trial in done}) == 1:
        return f"No importances: all {len(done)} finished trials scored {done[0].score:.4f}."
    return ""


def _remark(r2: float, num_done: int, num_left_out: int) -> str:
    verdict = (
        f"A random forest explains R² = {r2:.2f} of the ranks of trials it has not seen"
        if r2 >= TRUSTED_R2
        else f"Do not rely on these importances: a random forest explains only R² = {r2:.2f} "
        "of the ranks of trials it has not seen"
    )
    left_out = f"; {num_left_out} failed, diverged or repeated left out" if num_left_out else ""
    return f"{verdict} ({num_done} finished trials{left_out})."


def _falls_of_r2(
    done: Sequence[TrialRow],
    columns: Sequence[Column],
    ranks: np.ndarray,
    rng: np.random.Generator,
) -> tuple[float, np.ndarray]:
    """Fit one forest; return its R² and how far each column's shuffle lowers it."""
    blocks, shuffled = zip(*(_features(done, column, rng) for column in columns), strict=True)
    variants = [np.hstack(blocks)]
    for i, block in enumerate(shuffled):
        variants.append(np.hstack([*blocks[:i], block, *blocks[i + 1 :]]))
    forest = RandomForestRegressor(TREES, random_state=int(rng.integers(2**32)))
    forest.fit(variants[0], ranks)
    r2s = _out_of_bag_r2(forest, np.stack(variants), ranks)
    return float(r2s[0]), r2s[0] - r2s[1:]


def _features(
    done: Sequence[TrialRow], column: Column, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a column's features `(trials, width)`, absent values filled in, and shuffled."""
    has_value = np.array([column.name in trial.hyperparameters for trial in done])
    values = [t.hyperparameters[column.name] for t in done if column.name in t.hyperparameters]
    drawn = rng.integers(len(values), size=len(done))
    features = _encode(column, values)[np.where(has_value, has_value.cumsum() - 1, drawn)]
    return features, rng.permutation(features)


def _encode(column: Column, values: Sequence[Any]) -> np.ndarray:
    """Return values as features `(trials, width)`: one-hot, or the place on the scale."""
    positions = np.array([column.position(value) for value in values])
    if column.ordered:
        return positions[:, None]
    return np.eye(len(column.levels))[positions.astype(int)]


def _out_of_bag_r2(
    forest: RandomForestRegressor, variants: np.ndarray, ranks: np.ndarray
) -> np.ndarray:
    """Return R² `(variants,)` of features `(variants, trials, width)`.

    Row i of each variant is predicted by the trees whose sample did not have trial i.
    """
    num_variants, num_trials, width = variants.shape
    rows = variants.reshape(-1, width).astype(np.float32)
    total, count = np.zeros((num_variants, num_trials)), np.zeros(num_trials)
    for tree, sample in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        unseen = np.ones(num_trials)
        unseen[sample] = 0
        total += tree.predict(rows).reshape(num_variants, num_trials) * unseen
        count += unseen
    # Each trial is unseen by about 37 of 100 trees; that all have seen it does not happen.
    predicted = total / count
    truth = np.broadcast_to(ranks[:, None], (num_trials, num_variants))
    return np.atleast_1d(r2_score(truth, predicted.T, multioutput="raw_values"))
