from __future__ import annotations

import io
import itertools
import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from labs.results.seed_plot import plot_seeds
from labs.results.statistics import mean_interval

SCORES = {"Keras": [0.79, 0.80, 0.81], "L-BFGS": [0.66, 0.68, 0.70, 0.68]}


def xs(line: Line2D) -> list[float]:
    return np.asarray(line.get_xdata(), dtype=float).tolist()


def ys(line: Line2D) -> list[float]:
    return np.asarray(line.get_ydata(), dtype=float).tolist()


def drawn(axes: Axes, row: int) -> tuple[Line2D, Line2D, Line2D]:
    """Dots, interval and mean of one row."""
    dots, interval, mean = [line for line in axes.lines if len(ys(line))][3 * row :][:3]
    return dots, interval, mean


def test_each_model_has_dots_mean_and_interval_in_its_row() -> None:
    axes = plot_seeds("diabetes", "seeds", SCORES).axes[0]
    for row, scores in enumerate(SCORES.values()):
        dots, interval, mean = drawn(axes, row)
        assert xs(dots) == scores
        assert all(abs(y - row) < 0.3 for y in ys(dots))
        assert xs(interval) == pytest.approx(list(mean_interval(scores)))
        assert xs(mean) == pytest.approx([np.mean(scores)])
        assert set(ys(interval)) == set(ys(mean)) == {row}
    assert drawn(axes, 0)[0].get_color() != drawn(axes, 1)[0].get_color()
    assert drawn(axes, 0)[0].get_marker() != drawn(axes, 1)[0].get_marker()


def test_rows_say_model_mean_spread_and_number_of_seeds() -> None:
    figure = plot_seeds("diabetes", "seeds", SCORES)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Keras\n0.8000 ± 0.0100 (sd), 3 seeds",
        "L-BFGS\n0.6800 ± 0.0163 (sd), 4 seeds",
    ]
    assert axes.get_xlabel().startswith("test accuracy")
    assert axes.get_ylim() == (1.5, -0.5)  # the first model on top
    assert figure.get_suptitle() == "diabetes: seeds"


def test_a_single_seed_has_no_interval() -> None:
    axes = plot_seeds("mnist", "one run", {"net": [0.98]}).axes[0]
    [dot] = axes.lines
    assert (xs(dot), ys(dot)) == ([0.98], [0])
    assert axes.get_yticklabels()[0].get_text() == "net\n0.9800, 1 seed"


def test_reference_lines_are_at_their_scores_and_named() -> None:
    references = {"slide": 0.7119, "majority class": 0.503}
    strip, axes = plot_seeds("d", "t", SCORES, references).axes
    lines = [xs(line)[0] for line in axes.lines if ys(line) == [0, 1]]
    assert lines == [0.503, 0.7119]
    names = [text.get_text() for text in strip.texts]
    assert names == ["majority class 0.5030", "slide 0.7119"]
    assert strip.get_xlim() == axes.get_xlim()


def test_names_of_close_references_lie_neither_on_each_other_nor_outside() -> None:
    references = {"logistic regression": 0.797, "the slide's value": 0.798, "another net": 0.7985}
    figure = plot_seeds("d", "t", SCORES, references)
    figure.savefig(io.BytesIO())
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 3
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1


@pytest.mark.parametrize(
    "scores",
    [
        {},
        {"net": []},
        {"net": [0.5, math.nan]},
        {"net": [[0.5, 0.6]]},
        {f"net {i}": [0.5] for i in range(8)},
    ],
)
def test_scores_that_cannot_be_drawn_are_refused(scores: dict) -> None:
    with pytest.raises(ValueError, match="Expected 1 to 7 models with one finite score per seed"):
        plot_seeds("d", "t", scores)
