"""A loaded net that tells 28×28 grey images apart, with the names of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from labs.data.sign_csv import LETTERS
from labs.errors import InputError
from labs.records.saved_model import SavedModel, load_saved_model

DIGITS = tuple("0123456789")
SIDE = 28
INPUT_SHAPES = ((SIDE, SIDE), (SIDE, SIDE, 1), (SIDE * SIDE,))


def subject_of(class_names: Sequence[str]) -> Literal["digit", "hand"] | None:
    """Return what images of such classes show, None for others."""
    subjects: dict[tuple[str, ...], Literal["digit", "hand"]]
    subjects = {DIGITS: "digit", LETTERS: "hand"}
    return subjects.get(tuple(class_names))


@dataclass(frozen=True)
class ImageClassifier:
    """A net and what its outputs mean; made by `load_image_classifier`.

    Attributes:
        saved: Where the net comes from.
        net: The Keras model.
        class_names: K names, in the order of the net's outputs.
    """

    saved: SavedModel
    net: Any
    class_names: tuple[str, ...]

    @property
    def subject(self) -> Literal["digit", "hand"] | None:
        """What the images show, as far as the names of the classes tell."""
        return subject_of(self.class_names)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the probabilities of the classes, `(images, K)`.

        Args:
            images: `(images, 28, 28)` uint8, prepared as the training images were.

        Raises:
            InputError: If what the net gives are no probabilities.
        """
        outputs = self.net.predict(images.reshape(-1, *self.net.input_shape[1:]), verbose=0)
        if not (np.all(outputs >= 0) and np.allclose(outputs.sum(axis=1), 1, atol=1e-3)):
            raise InputError(
                f"{self.saved.path} gives outputs from {outputs.min():.3g} to "
                f"{outputs.max():.3g}, expected probabilities that sum to 1; give a model that "
                "ends in a softmax."
            )
        return outputs


def load_image_classifier(saved: SavedModel) -> ImageClassifier:
    """Load a net for 28×28 grey images.

    The names of the classes are those that the run recorded. Where there are none, ten
    classes are the digits, 24 the letters of sign language, others are numbered.

    Raises:
        InputError: If the file cannot be loaded, if the net takes other inputs or gives
            other outputs, or if the run names another number of classes.
    """
    net = load_saved_model(saved.path)
    inputs, outputs = net.input_shape, net.output_shape
    if not isinstance(inputs, tuple) or inputs[1:] not in INPUT_SHAPES:
        raise InputError(
            f"{saved.path} takes inputs of shape {inputs}, expected grey images "
            f"{(None, SIDE, SIDE)}; give a model that was trained on images."
        )
    if not isinstance(outputs, tuple) or len(outputs) != 2 or not outputs[1]:
        raise InputError(
            f"{saved.path} gives outputs of shape {outputs}, expected one probability per "
            "class; give a model that classifies."
        )
    names = saved.class_names
    if names is None:
        known = {len(names): names for names in (DIGITS, LETTERS)}
        names = known.get(outputs[1], tuple(map(str, range(outputs[1]))))
    if len(names) != outputs[1]:
        raise InputError(
            f"{saved.path} tells {outputs[1]} classes apart, but its run records {len(names)} "
            "names; copy the file to another folder to use it without the run."
        )
    return ImageClassifier(saved, net, names)
