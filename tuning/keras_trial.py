"""Trials of a user's own Keras nets: replicas of one program where they stack, else one by one."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import keras_tuner
import numpy as np
from keras_tuner import HyperParameters

import callbacks
import models
from labs.errors import InputError
from tuning.reported import Recorder, curves_of
from tuning.rows import OwnRows
from tuning.stretches import train_stretch
from tuning.validation import (
    Curves,
    Patience,
    Splits,
    Stretch,
    Validation,
    validate_as_one,
    validate_one_by_one,
)

if TYPE_CHECKING:
    from tuning.own_study import OwnStudy

EPOCHS, BATCH_SIZE = 100, 32

Callbacks = Sequence[keras.callbacks.Callback] | Callable[[HyperParameters], Any]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """How the nets of a trial train; None leaves it to the hyperparameter of that name.

    Attributes:
        epochs: Epochs.
        batch_size: Rows a step.
        patience: Epochs without a lower validation loss to wait for, 0 for ever.
        callbacks: Keras callbacks, or a function that makes them of hyperparameters.
        class_weight: Weight of each integer class.
    """

    epochs: int | None = None
    batch_size: int | None = None
    patience: int | None = None
    callbacks: Callbacks = ()
    class_weight: Mapping[int, float] | None = None

    def callbacks_of(self, hp: HyperParameters) -> list[keras.callbacks.Callback]:
        """Return callbacks that have not been used."""
        if callable(self.callbacks):
            return list(self.callbacks(hp))
        return copy.deepcopy(list(self.callbacks))

    def require_resumable(self, build: Any) -> None:
        """Refuse what cannot be stopped and go on.

        Raises:
            InputError: If callbacks have a state, or a HyperModel trains the nets itself.
        """
        given = [] if callable(self.callbacks) else list(self.callbacks)
        others = [type(c).__name__ for c in given if not isinstance(c, callbacks.StepDecay)]
        others += ["callbacks of hyperparameters"] * callable(self.callbacks)
        others += [f"{type(build).__name__}.fit"] * has_own_fit(build)
        if others:
            raise InputError(
                "strategy 'halving' needs trainings that stop and go on as if they had not, got "
                f"{', '.join(others)}; leave it out, or choose another strategy."
            )

    def of(self, name: str, hp: HyperParameters, default: int) -> int:
        """Return a number: as given, else the hyperparameter's, else the default."""
        given = getattr(self, name)
        return int(hp.values.get(name, default) if given is None else given)


def validate(
    study: OwnStudy, hp: HyperParameters, splits: Splits, seed: int, stretch: Stretch | None
) -> Validation:
    """Train on every fold with every seed and evaluate on the rows held out.

    Args:
        study: What is built, and from what.
        hp: The trial's hyperparameters; those that appear are added.
        splits: Row numbers of training and validation for each fold.
        seed: Seed of the trial.
        stretch: Which epochs; None leaves it to options and hyperparameters.
    """
    options = study.options
    stretch = stretch or Stretch(options.of("epochs", hp, EPOCHS))
    settings: dict[str, Any] = {
        "patience": options.of("patience", hp, 0),
        "stretch": stretch,
        "objective": study.objective.name,
    }
    batch_size = options.of("batch_size", hp, BATCH_SIZE)
    reason = _reason_for_one_by_one(study, hp)
    if not reason:
        try:
            return validate_as_one(
                lambda _, seeds, epochs, **given: _fit_replicas(
                    study, hp, seeds, given, epochs=epochs, batch_size=batch_size
                ),
                splits,
                study.seeds,
                seed,
                batch_size=batch_size,
                **settings,
            )
        except (ValueError, NotImplementedError) as error:
            # What is wrong with the data or the net itself comes up once more, one by one.
            reason = str(error).splitlines()[0]
    trainer = _OneByOne(study, hp, batch_size)
    return validate_one_by_one(
        trainer.train, study.rows, splits, study.seeds, seed, reason=reason, **settings
    )


def fit_whole(
    study: OwnStudy, hp: HyperParameters, rows: OwnRows, epochs: int, seed: int, validation: Any
) -> keras.Model:
    """Build a net and train it on all rows."""
    trainer = _OneByOne(study, hp, study.options.of("batch_size", hp, BATCH_SIZE))
    net = trainer.build(rows, seed)
    trainer.fit(net, rows, validation, seed, epochs=epochs)
    return net


def _reason_for_one_by_one(study: OwnStudy, hp: HyperParameters) -> str:
    if has_own_fit(study.build):
        return f"{type(study.build).__name__}.fit trains one net at a time."
    given = study.options.callbacks_of(hp)
    others = [c for c in given if not isinstance(c, callbacks.StepDecay)] or given[1:]
    if others:
        return f"{type(others[0]).__name__} is called for one net at a time."
    return ""


def has_own_fit(build: Any) -> bool:
    """Tell whether a HyperModel trains its nets itself."""
    return (
        isinstance(build, keras_tuner.HyperModel)
        and type(build).fit is not keras_tuner.HyperModel.fit
    )


def _fit_replicas(
    study: OwnStudy,
    hp: HyperParameters,
    seeds: Sequence[int],
    given: Mapping[str, Any],
    **sizes: Any,
) -> models.Replicas:
    def build(seed: int, _: Any, rows: np.ndarray) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return study.construct(hp, study.rows.take(rows))

    def rate_at(epoch: int, initial_rate: float) -> float:
        rate: float = decays[0].rate_at(epoch, decays[0].initial_rate or initial_rate)
        return rate

    decays: Any = study.options.callbacks_of(hp)
    return models.fit_replicas(
        build,
        study.rows.x,
        study.rows.y,
        seeds=seeds,
        settings=given["row_sets"],
        sample_weight=study.rows.sample_weight,
        class_weight=study.options.class_weight,
        learning_rate_at=rate_at if decays else None,
        **given,
        **sizes,
    )


class _OneByOne:
    """Builds and trains single nets of a study, by `models.fit` or by the HyperModel's own fit."""

    def __init__(self, study: OwnStudy, hp: HyperParameters, batch_size: int) -> None:
        self._study, self._hp, self._batch_size = study, hp, batch_size
        self._own_fit = has_own_fit(study.build)

    def build(self, rows: OwnRows, seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return self._study.construct(self._hp, rows)

    def train(
        self, rows: OwnRows, held_out: OwnRows, seed: int, patience: Patience, stretch: Stretch
    ) -> tuple[Curves, Sequence[np.ndarray]]:
        net = self.build(rows, seed)
        if self._own_fit:
            return self._fit_by_hypermodel(net, rows, (held_out.x, held_out.y)), ()

        rate = net.optimizer.learning_rate  # As it was built, before a state is put back.
        rate = float(rate.numpy()) if isinstance(rate, keras.Variable) else None

        def fit(**given: Any) -> Any:
            validation = (held_out.x, held_out.y)
            return self.fit(net, rows, validation, seed, initial_rate=rate, **given)

        return train_stretch(net, (rows.x, rows.y), stretch, patience, fit)

    def fit(
        self,
        net: keras.Model,
        rows: OwnRows,
        validation: Any,
        seed: int,
        *,
        initial_rate: float | None = None,
        **given: Any,
    ) -> keras.callbacks.History | None:
        if self._own_fit:
            self._fit_by_hypermodel(net, rows, validation)
            return None
        options = self._study.options
        own = [*options.callbacks_of(self._hp), *given.pop("callbacks", [])]
        for decay in own:
            if isinstance(decay, callbacks.StepDecay) and decay.initial_rate is None:
                decay.initial_rate = initial_rate
        with warnings.catch_warnings():
            # What it costs is known by now.
            warnings.filterwarnings("ignore", "Training with stock model.fit")
            # A stretch may end before the first drop.
            warnings.filterwarnings("ignore", "StepDecay leaves the learning rate")
            return models.fit(
                net,
                rows.x,
                rows.y,
                batch_size=self._batch_size,
                validation_data=validation,
                callbacks=own,
                class_weight=options.class_weight,
                sample_weight=rows.sample_weight,
                seed=seed,
                **given,
            )

    def _fit_by_hypermodel(self, net: keras.Model, rows: OwnRows, validation: Any) -> Curves:
        """Call `HyperModel.fit` as keras-tuner does, and return what it reports by epoch."""
        study, build = self._study, self._study.build
        assert isinstance(build, keras_tuner.HyperModel)
        recorder = Recorder()
        options = study.options
        optional = {
            "epochs": options.epochs,
            "batch_size": options.batch_size,
            "class_weight": options.class_weight,
            "sample_weight": rows.sample_weight,
        }
        given = {name: value for name, value in optional.items() if value is not None}
        parameters = inspect.signature(type(build).fit).parameters.values()
        if any(p.name == "verbose" or p.kind is p.VAR_KEYWORD for p in parameters):
            given["verbose"] = 0
        watch = [*options.callbacks_of(self._hp), recorder]
        if validation is not None:
            given["validation_data"] = validation
        result = build.fit(self._hp, net, rows.x, rows.y, callbacks=watch, **given)
        return curves_of(result, recorder.logs, study.objective.name)
