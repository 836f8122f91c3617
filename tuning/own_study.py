"""A search of a user's own: any Keras build function or scikit-learn estimator, on any rows."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import keras
import numpy as np
from keras_tuner import HyperParameters

from labs import data
from labs.errors import InputError
from tuning import estimator_trial, keras_trial
from tuning.build_code import fingerprint_of_code
from tuning.rows import OwnRows, split_rows
from tuning.space_entries import Entry, entries_of, explore
from tuning.study import Study
from tuning.validation import Splits, Stretch, Validation, Values

Library = Literal["keras", "scikit-learn"]


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnStudy(Study):
    """Rows of a user's own, and what is built and trained on them.

    Attributes:
        build: Takes hyperparameters, and the training rows if it has a parameter `x_train`;
            returns a compiled Keras model or an estimator. Or keras-tuner's HyperModel.
        rows: All rows; with `fixed`, those to train on and then those to validate on.
        folds: Folds of the cross-validation; 1 holds out one part.
        validation_split: Share of the rows held out, if there is one fold.
        splitter: One of scikit-learn's, instead of folds.
        fixed: Number of rows to train on, if the others are to validate on.
        options: How a trial trains, see `TrainingOptions`.
        known: Hyperparameters known before the first trial.
        drawn: The splits of the search, drawn once, since a splitter may draw others each time.
        library: Who makes what is built.
        label: What it is called.
    """

    build: Any
    rows: OwnRows
    folds: int = 1
    validation_split: float = 0.2
    splitter: Any = None
    fixed: int | None = None
    options: keras_trial.TrainingOptions
    known: tuple[Entry, ...] = ()
    drawn: Splits = field(default_factory=list)
    library: Library = "keras"
    label: str = "model"

    @property
    def name(self) -> str:
        """What is searched, for pictures and sentences."""
        return self.label

    def splits(self, seed: int) -> Splits:
        """Return row numbers of training and validation for each fold."""
        if self.fixed is not None:
            numbers = np.arange(len(self.rows))
            return [(numbers[: self.fixed], numbers[self.fixed :])]
        if self.splitter is None:
            return split_rows(self.rows, self.folds, self.validation_split, seed)
        rows = np.arange(len(self.rows))
        return list(self.splitter.split(rows, self.rows.y, self.rows.groups))

    def construct(self, hp: HyperParameters, train: OwnRows) -> Any:
        """Build what the hyperparameters say."""
        function = self.build.build if hasattr(self.build, "build") else self.build
        own = type(self.build).build if hasattr(self.build, "build") else self.build
        if "x_train" in inspect.signature(own).parameters:
            return function(hp, x_train=train.x)
        return function(hp)

    def explore(self) -> tuple[HyperParameters, Library]:
        """Return all hyperparameters that are declared before a trial trains, and who trains.

        Raises:
            InputError: If what is built can be neither trained nor fitted.
        """
        train = self.rows.take(self.drawn[0][0])
        libraries: list[Library] = []

        def use(hp: HyperParameters) -> None:
            built = self.construct(hp, train)
            self.options.callbacks_of(hp)
            is_net = isinstance(built, keras.Model)
            if not hasattr(built, "fit") or (is_net and not self._trains(built)):
                raise InputError(
                    "build must return a compiled Keras model or a scikit-learn estimator, got "
                    f"{type(built).__name__}{' that is not compiled' * is_net}."
                )
            libraries.append("keras" if is_net else "scikit-learn")

        return explore(use), libraries[0]

    def _trains(self, net: keras.Model) -> bool:
        return net.compiled or keras_trial.has_own_fit(self.build)

    def validate(
        self, values: Values, seed: int, *, fresh: bool, stretch: Stretch | None
    ) -> Validation:
        """Train on every fold with every seed and evaluate on the rows held out."""
        hp = HyperParameters()
        hp.values = dict(values)
        splits = self.splits(self.fresh_seed) if fresh else self.drawn
        kind = keras_trial if self.library == "keras" else estimator_trial
        found: Validation = kind.validate(self, hp, splits, seed, stretch)
        appeared = tuple(entry for entry in entries_of(hp) if entry not in self.known)
        names = [entry["name"] for entry in appeared if entry["name"] in hp.values]
        return replace(found, appeared=appeared, values={name: hp.values[name] for name in names})

    def fit_whole(
        self, values: Values, rows: OwnRows, epochs: int, seed: int, validation: Any = None
    ) -> Any:
        """Build what the values say and train it on all of these rows."""
        hp = HyperParameters()
        hp.values = dict(values)
        if self.library == "keras":
            return keras_trial.fit_whole(self, hp, rows, epochs, seed, validation)
        return estimator_trial.fit_whole(self, hp, rows, seed)

    @property
    def fingerprints(self) -> dict[str, Any]:
        """What tells this study from others, in plain values: rows, splits, space and code."""
        rows = [numbers for split in self.drawn for numbers in split]
        return {
            "data": self.rows.fingerprint,
            "splits": data.fingerprint(*(np.asarray(numbers) for numbers in rows)),
            "space": json.loads(json.dumps(self.known)),
            "build": fingerprint_of_code(self.build),
        }
