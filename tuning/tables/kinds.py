"""What is trained on a table, each from hyperparameters of its own.

All of them take the encoded columns: numbers first, then marks of gaps and categories. What is
standardized is standardized by the rows that are trained on, those of a fold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras_tuner import HyperParameters
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import models

BATCH_SIZES = [16, 32, 64, 128]


@dataclass(frozen=True)
class Encoded:
    """What the encoded rows of a table look like.

    Attributes:
        rows: How many of them are searched on.
        numbers: How many of their columns, the first ones, are numbers.
        num_classes: Classes K of the target; 0 if it is a number.
        epochs: Most epochs of a net.
    """

    rows: int
    numbers: int
    num_classes: int
    epochs: int


@dataclass(frozen=True)
class Kind:
    """A kind of model that is searched.

    Attributes:
        name: What it is called.
        key: Name of its folder in the run.
        library: Who made it.
        build: Makes one from hyperparameters.
        is_random: Whether two trainings on the same rows differ.
    """

    name: str
    key: str
    library: str
    build: Callable[..., Any]
    is_random: bool

    @property
    def is_net(self) -> bool:
        """Whether it is a Keras net, which trains in epochs."""
        return self.library == "keras"

    def objective(self, encoded: Encoded) -> tuple[str, str]:
        """Return what its search goes by: accuracy, or the mean squared error."""
        if encoded.num_classes:
            return "val_accuracy", "max"
        error = "mean_squared_error"
        return (f"val_{error}", "min") if self.is_net else (f"val_neg_{error}", "max")


def build_dense(hp: HyperParameters, x_train: np.ndarray, *, encoded: Encoded) -> keras.Model:
    """Build a dense Keras net."""
    penalty = keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-1, sampling="log"))
    activation = hp.Choice("activation", ["relu", "tanh"])
    rate = hp.Float("dropout", 0.0, 0.5, step=0.1)
    hp.Choice("batch_size", BATCH_SIZES, default=32)  # The search trains by it.
    net = keras.Sequential(
        [keras.Input(x_train.shape[1:]), models.standardization(x_train, encoded.numbers)]
    )
    for units in _units(hp):
        net.add(keras.layers.Dense(units, activation, kernel_regularizer=penalty))
        net.add(keras.layers.Dropout(rate))
    is_number = not encoded.num_classes
    output = "linear" if is_number else "softmax"
    net.add(keras.layers.Dense(encoded.num_classes or 1, output, kernel_regularizer=penalty))
    net.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-3)),
        "mean_squared_error" if is_number else "sparse_categorical_crossentropy",
        metrics=["mean_squared_error" if is_number else "accuracy"],
    )
    return net


def build_mlp(hp: HyperParameters, x_train: np.ndarray, *, encoded: Encoded) -> Pipeline:
    """Return scikit-learn's multilayer perceptron, standardization before it."""
    net = MLPClassifier if encoded.num_classes else MLPRegressor
    return _standardized(
        encoded,
        net(
            hidden_layer_sizes=_units(hp),
            activation=hp.Choice("activation", ["relu", "tanh"]),
            alpha=hp.Float("alpha", 1e-5, 10.0, sampling="log", default=1e-4),
            learning_rate_init=hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-3),
            batch_size=min(hp.Choice("batch_size", BATCH_SIZES, default=32), len(x_train)),
            max_iter=hp.Int(
                "epochs",
                max(2, encoded.epochs // 16),
                encoded.epochs,
                sampling="log",
                default=encoded.epochs,
            ),
        ),
    )


def build_linear(hp: HyperParameters, *, encoded: Encoded) -> Pipeline:
    """Return logistic regression, or ridge regression for a target of numbers."""
    penalty = hp.Float("penalty", 1e-4, 1e4, sampling="log", default=1.0)
    is_number = not encoded.num_classes
    model = Ridge(penalty) if is_number else LogisticRegression(C=1 / penalty, max_iter=1000)
    return _standardized(encoded, model)


def build_boosting(hp: HyperParameters, *, encoded: Encoded) -> Any:
    """Return scikit-learn's gradient boosting of trees by histograms."""
    boosting = (
        HistGradientBoostingClassifier if encoded.num_classes else HistGradientBoostingRegressor
    )
    leaf = min(64, max(4, 2 ** int(np.log2(encoded.rows / 10))))
    return boosting(
        learning_rate=hp.Float("learning_rate", 0.01, 0.5, sampling="log", default=0.1),
        max_iter=hp.Int("trees", 20, 300, sampling="log", default=100),
        max_leaf_nodes=hp.Int("max_leaf_nodes", 3, 63, sampling="log", default=31),
        min_samples_leaf=hp.Int(
            "min_samples_leaf", 2, leaf, step=2, sampling="log", default=min(16, leaf)
        ),
        l2_regularization=hp.Float("l2", 1e-6, 10.0, sampling="log"),
        early_stopping=False,
    )


KINDS = (
    Kind("dense Keras net", "dense", "keras", build_dense, is_random=True),
    Kind("multilayer perceptron", "mlp", "scikit-learn", build_mlp, is_random=True),
    Kind("linear model", "linear", "scikit-learn", build_linear, is_random=False),
    Kind("gradient boosting", "boosting", "scikit-learn", build_boosting, is_random=False),
)


def _units(hp: HyperParameters) -> list[int]:
    """Return the units of each hidden layer."""
    layers = hp.Int("layers", 1, 3)
    units = []
    for layer in (1, 2, 3):  # All of them belong to the space, whatever the first net has.
        with hp.conditional_scope("layers", list(range(layer, 4))):
            units.append(hp.Int(f"units_{layer}", 8, 128, step=2, sampling="log", default=32))
    return units[:layers]


def _standardized(encoded: Encoded, model: Any) -> Pipeline:
    """Put the standardization of the numbers before a model."""
    numbers = ("numbers", StandardScaler(), slice(0, encoded.numbers))
    return make_pipeline(ColumnTransformer([numbers], remainder="passthrough"), model)
