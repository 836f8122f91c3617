from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from labs.plots.prediction_plot import plot_predictions

PICTURES = [np.zeros((20, 30), np.uint8), np.full((50, 40), 255, np.uint8)]
INPUTS = np.stack([np.full((28, 28), level, np.uint8) for level in (10, 20)])
PROBABILITIES = np.array([[0.1, 0.6, 0.05, 0.25], [0.0, 0.0, 0.0, 1.0]])


def plot(**changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "title": "MNIST, dense",
        "pictures": PICTURES,
        "inputs": INPUTS,
        "probabilities": PROBABILITIES,
        "class_names": ("a", "b", "c", "d"),
        "picture_names": ("my $x$.png", "이.png"),
    }
    return plot_predictions(**arguments | changes)


def test_each_row_shows_picture_input_and_likeliest_classes() -> None:
    figure = plot(picture_names=("one.png", "two.png"))
    assert figure.get_suptitle() == "MNIST, dense"
    for row, (original, seen, bars) in enumerate(np.reshape(figure.axes, (2, 3))):
        assert original.images[0].get_array().shape == PICTURES[row].shape
        np.testing.assert_array_equal(seen.images[0].get_array(), INPUTS[row])
        assert original.images[0].get_clim() == seen.images[0].get_clim() == (0, 255)
        widths = [bar.get_width() for bar in bars.patches]
        assert widths == sorted(PROBABILITIES[row], reverse=True)[:3]
    assert [axes.get_title() for axes in figure.axes[::3]] == ["one.png", "two.png"]
    first = figure.axes[2]
    assert [label.get_text() for label in first.get_yticklabels()] == ["b", "d", "a"]
    assert [text.get_text() for text in first.texts] == ["60.0%", "25.0%", "10.0%"]


def test_name_with_dollar_signs_is_no_formula() -> None:
    figure = plot(picture_names=("my $x$.png", "$\\bad$.png"))
    figure.savefig(io.BytesIO())  # A formula would fail here.


def test_two_classes_have_two_bars() -> None:
    probabilities = np.array([[0.1, 0.9], [0.5, 0.5]])
    figure = plot(probabilities=probabilities, class_names=("a", "b"))
    assert len(figure.axes[2].patches) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": INPUTS[:1]},
        {"picture_names": ("one",)},
        {"class_names": ("a", "b")},
        {"pictures": [], "inputs": [], "probabilities": np.ones((0, 4)), "picture_names": ()},
    ],
)
def test_arguments_that_do_not_belong_together_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"probabilities for each of (2|0) pictures"):
        plot(**changes)
