from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.plots.mistake_plot import plot_mistakes

NAMES = ("a", "b", "c")
TRUE = np.array([0, 0, 1, 2, 2])
PROBABILITIES = np.array(
    [[0.1, 0.6, 0.3], [0.9, 0.1, 0.0], [0.0, 0.1, 0.9], [0.2, 0.75, 0.05], [0.0, 0.2, 0.8]]
)  # rows 0, 2 and 3 are wrong
X = np.stack([np.full((28, 28), 50 * row, dtype=np.uint8) for row in range(5)])


def panels(figure: Figure) -> list[tuple[int, str]]:
    """Row and caption of each image, in the order drawn."""
    return [
        (int(np.asarray(axes.images[0].get_array())[0, 0]) // 50, axes.get_title())
        for axes in figure.axes
        if axes.images
    ]


def test_mistakes_are_drawn_the_surest_first() -> None:
    figure = plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES)
    assert panels(figure) == [(2, "b → c\n90.0%"), (3, "c → b\n75.0%"), (0, "a → b\n60.0%")]
    assert figure.get_suptitle() == (
        "d: net\nall 3 mistakes in 5 images: truth → prediction"
    )  # fmt: skip


def test_no_more_than_asked_for_are_drawn() -> None:
    figure = plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES, count=2)
    assert [row for row, _ in panels(figure)] == [2, 3]
    assert "\nthe 2 surest of 3 mistakes in 5 images: truth" in figure.get_suptitle()


def test_of_a_group_only_the_surest_is_drawn() -> None:
    groups = np.array([7, 1, 7, 8, 9])
    figure = plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES, groups)
    assert [row for row, _ in panels(figure)] == [2, 3]
    assert "the 2 surest of 3 mistakes in 5 images, one of each group" in figure.get_suptitle()


def test_groups_do_not_change_the_order() -> None:
    figure = plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES, np.arange(5)[::-1])
    assert [row for row, _ in panels(figure)] == [2, 3, 0]


def test_no_mistakes_are_said_in_words() -> None:
    right = np.eye(3)[TRUE]
    figure = plot_mistakes("d", "net", X, TRUE, right, NAMES)
    assert panels(figure) == []
    assert figure.get_suptitle() == "d: net\nno mistakes in 5 images"


def test_one_mistake_is_no_mistakes() -> None:
    probabilities = np.eye(3)[[1, 0, 1, 2, 2]]
    figure = plot_mistakes("d", "net", X, TRUE, probabilities, NAMES)
    assert "all 1 mistake in 5 images" in figure.get_suptitle()


def test_unused_places_are_blank() -> None:
    figure = plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES)
    assert not any(axes.axison for axes in figure.axes)


@pytest.mark.parametrize(
    ("x", "y", "probabilities"),
    [
        (X[:4], TRUE, PROBABILITIES),
        (X, TRUE[:4], PROBABILITIES),
        (X, TRUE, PROBABILITIES[:, :2]),
        (X.reshape(5, -1), TRUE, PROBABILITIES),
        (X, TRUE, np.where(PROBABILITIES == 0.9, np.nan, PROBABILITIES)),
        (X, TRUE + 1, PROBABILITIES),
        (X[:0], TRUE[:0], PROBABILITIES[:0]),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    x: np.ndarray, y: np.ndarray, probabilities: np.ndarray
) -> None:
    with pytest.raises(ValueError, match=r"Expected (images|two arrays)"):
        plot_mistakes("d", "net", x, y, probabilities, NAMES)


def test_count_below_1_is_refused() -> None:
    with pytest.raises(ValueError, match="got 0"):
        plot_mistakes("d", "net", X, TRUE, PROBABILITIES, NAMES, count=0)
