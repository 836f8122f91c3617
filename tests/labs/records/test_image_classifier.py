from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from labs.errors import InputError
from labs.records.image_classifier import ImageClassifier, load_image_classifier
from labs.records.saved_model import SavedModel

LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")


def build(input_shape: tuple[int | None, ...], units: int, activation: str = "softmax") -> Any:
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(units, activation=activation),
        ]
    )


def load(folder: Path, net: Any, class_names: tuple[str, ...] | None = None) -> ImageClassifier:
    net.save(folder / "model.keras")
    return load_image_classifier(SavedModel(folder / "model.keras", class_names=class_names))


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (784,)])
def test_images_are_given_in_the_shape_that_the_net_takes(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    net = build(shape, 10)
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    expected = net.predict(images.reshape(3, *shape), verbose=0)
    np.testing.assert_array_equal(load(tmp_path, net).predict(images), expected)


@pytest.mark.parametrize(
    ("units", "recorded", "names", "subject"),
    [
        (10, None, tuple("0123456789"), "digit"),
        (24, None, LETTERS, "hand"),
        (3, None, ("0", "1", "2"), None),
        (3, ("a", "b", "c"), ("a", "b", "c"), None),
        (10, tuple("abcdefghij"), tuple("abcdefghij"), None),
        (24, LETTERS, LETTERS, "hand"),
    ],
)
def test_class_names_are_the_recorded_ones_or_follow_from_their_number(
    tmp_path: Path,
    units: int,
    recorded: tuple[str, ...] | None,
    names: tuple[str, ...],
    subject: str | None,
) -> None:
    classifier = load(tmp_path, build((28, 28), units), recorded)
    assert (classifier.class_names, classifier.subject) == (names, subject)


@pytest.mark.parametrize("shape", [(10,), (32, 32), (28, 28, 3), (None, 28)])
def test_net_for_other_inputs_is_refused(tmp_path: Path, shape: tuple[int | None, ...]) -> None:
    net = keras.Sequential([keras.Input(shape), keras.layers.Dense(2, activation="softmax")])
    with pytest.raises(InputError, match=r"takes inputs of shape .* expected grey images"):
        load(tmp_path, net)


def test_net_with_two_inputs_is_refused(tmp_path: Path) -> None:
    inputs = [keras.Input((28, 28)), keras.Input((28, 28))]
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Add()(inputs)))
    with pytest.raises(InputError, match="takes inputs of shape"):
        load(tmp_path, keras.Model(inputs, outputs))


def test_net_that_does_not_classify_is_refused(tmp_path: Path) -> None:
    net = keras.Sequential([keras.Input((28, 28)), keras.layers.Dense(2)])
    with pytest.raises(InputError, match=r"gives outputs of shape \(None, 28, 2\)"):
        load(tmp_path, net)


def test_names_of_another_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tells 10 classes apart, but its run records 2 names"):
        load(tmp_path, build((28, 28), 10), ("a", "b"))


@pytest.mark.parametrize("biases", [[0.5] * 10, [-1.0, 2.0] + [0.0] * 8, [float("nan")] * 10])
def test_outputs_that_are_no_probabilities_are_refused(tmp_path: Path, biases: list[float]) -> None:
    net = build((28, 28), 10, activation="linear")
    net.set_weights([np.zeros((784, 10)), np.array(biases)])
    with pytest.raises(InputError, match="expected probabilities that sum to 1"):
        load(tmp_path, net).predict(np.full((1, 28, 28), 255, np.uint8))
