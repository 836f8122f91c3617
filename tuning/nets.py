"""The kinds of nets that a lab's search trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
from keras_tuner import HyperParameters

from tuning import convnet, dense, mlp_classifier, spaces
from tuning.validation import Validation

Kind = Literal["dense", "convnet", "mlp_classifier"]


@dataclass(frozen=True)
class Net:
    """A kind of net that can be searched: what it is called, chosen from and trained by.

    Attributes:
        name: What the search calls it.
        validate: Trains on every fold with every seed, see `dense.validate`.
        predict: Trains on all rows and predicts, see `dense.predict`.
        space: Makes the space of random and Bayesian search, see `spaces`.
        grid: Makes the grid.
        library: Who made it.
    """

    name: str
    validate: Callable[..., Validation]
    predict: Callable[..., tuple[np.ndarray, keras.Model | None]]
    space: Callable[[tuple[int, int], tuple[int, int]], HyperParameters]
    grid: Callable[[tuple[int, int], tuple[int, int]], HyperParameters]
    library: str = "keras"

    @property
    def tuned(self) -> str:
        """What the best one is called."""
        return f"tuned {self.name}"


NETS: Mapping[Kind, Net] = {
    "dense": Net(
        "dense Keras net", dense.validate, dense.predict, spaces.dense_space, spaces.dense_grid
    ),
    "convnet": Net(
        "convolutional Keras net",
        convnet.validate,
        convnet.predict,
        spaces.convnet_space,
        spaces.convnet_grid,
    ),
    "mlp_classifier": Net(
        "MLPClassifier",
        mlp_classifier.validate,
        mlp_classifier.predict,
        spaces.mlp_classifier_space,
        spaces.mlp_classifier_grid,
        "scikit-learn",
    ),
}
