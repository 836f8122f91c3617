"""Trials of a user's own scikit-learn estimators and pipelines, one fit after the other."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from keras_tuner import HyperParameters
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight

from labs.errors import InputError
from tuning.rows import OwnRows
from tuning.validation import (
    Curves,
    Patience,
    Splits,
    Stretch,
    Validation,
    validate_one_by_one,
)

if TYPE_CHECKING:
    from tuning.own_study import OwnStudy

OWN_SCORE = "val_score"
"""The objective that is the estimator's own `score`."""


def validate(
    study: OwnStudy, hp: HyperParameters, splits: Splits, seed: int, stretch: Stretch | None
) -> Validation:
    """Fit on every fold with every seed and evaluate on the rows held out."""
    if stretch is not None:
        raise InputError(
            "strategy must not be 'halving' for scikit-learn's estimators, which cannot be "
            "paused; choose another, such as 'random' or 'tpe'."
        )

    def train(
        rows: OwnRows, held_out: OwnRows, seed: int, patience: Patience, stretch: Stretch
    ) -> tuple[Curves, Sequence[np.ndarray]]:
        estimator = fit_whole(study, hp, rows, seed)
        name = study.objective.name
        scoring = None if name == OWN_SCORE else name.removeprefix("val_")
        scorer = check_scoring(estimator, scoring)
        return {name: [float(scorer(estimator, held_out.x, held_out.y))]}, ()

    return validate_one_by_one(
        train,
        study.rows,
        splits,
        study.seeds,
        seed,
        patience=0,
        stretch=Stretch(1),
        objective=study.objective.name,
        reason="scikit-learn fits one estimator at a time.",
    )


def fit_whole(study: OwnStudy, hp: HyperParameters, rows: OwnRows, seed: int) -> Any:
    """Build an estimator and fit it to all rows."""
    np.random.seed(seed)
    estimator = study.construct(hp, rows)
    parameters = estimator.get_params()
    free = [n for n, v in parameters.items() if n.endswith("random_state") and v is None]
    estimator.set_params(**dict.fromkeys(free, seed))
    weights = rows.sample_weight
    if study.options.class_weight is not None:
        own = compute_sample_weight(dict(study.options.class_weight), rows.y)
        weights = own if weights is None else own * np.asarray(weights)
    last = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    given = {} if weights is None else {f"{last}sample_weight": weights}
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        return estimator.fit(rows.x, rows.y, **given)
