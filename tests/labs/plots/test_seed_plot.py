from __future__ import annotations

import io
import itertools
import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from labs.plots import style
from labs.plots.seed_plot import draw_scores, plot_seeds
from labs.stats.intervals import mean_interval

SCORES = {"Keras": [0.79, 0.80, 0.81], "L-BFGS": [0.66, 0.68, 0.70, 0.68]}


def xs(line: Line2D) -> list[float]:
    return np.asarray(line.get_xdata(), dtype=float).tolist()


def ys(line: Line2D) -> list[float]:
    return np.asarray(line.get_ydata(), dtype=float).tolist()


def drawn(axes: Axes, row: int) -> tuple[Line2D, Line2D, Line2D]:
    """Dots, interval and mean of one row."""
    dots, interval, mean = [line for line in axes.lines if len(ys(line))][3 * row :][:3]
    return dots, interval, mean


def test_each_model_has_dots_and_below_them_mean_and_interval_in_its_row() -> None:
    axes = plot_seeds("diabetes", "seeds", SCORES).axes[0]
    for row, scores in enumerate(SCORES.values()):
        dots, interval, mean = drawn(axes, row)
        assert xs(dots) == scores
        assert all(row - 0.5 < y < row + 0.2 for y in ys(dots))
        assert xs(interval) == pytest.approx(list(mean_interval(scores)))
        assert xs(mean) == pytest.approx([np.mean(scores)])
        assert set(ys(interval)) == set(ys(mean)) == {row + 0.28}  # Downward.
    assert drawn(axes, 0)[0].get_color() != drawn(axes, 1)[0].get_color()
    assert drawn(axes, 0)[0].get_marker() != drawn(axes, 1)[0].get_marker()


def test_equal_scores_are_piled_up_and_no_dot_lies_on_another() -> None:
    scores = [0.7, 0.8, 0.7, 0.7, 0.75]
    dots, *_ = drawn(plot_seeds("d", "t", {"net": scores}).axes[0], 0)
    heights = ys(dots)
    assert xs(dots) == scores
    assert heights[0] == heights[1] == heights[4] == 0.1
    assert heights[0] > heights[2] > heights[3]
    assert heights[2] - heights[3] == pytest.approx(heights[0] - heights[2])


def test_scores_nearer_than_a_dot_are_piled_up_from_the_smallest_on() -> None:
    with style.figure() as figure:
        axes = figure.subplots()
        draw_scores(axes, {"net": np.array([0.4, 0.0, 0.3, 0.2])}, dot_width=0.25, dot_height=0.1)
    assert ys(axes.lines[0]) == pytest.approx([0.0, 0.1, 0.1, 0.0])


def test_a_high_pile_stays_in_its_row() -> None:
    dots, *_ = drawn(plot_seeds("d", "t", {"net": [0.5] * 400, "other": [0.4, 0.6]}).axes[0], 0)
    assert len(set(ys(dots))) == 400
    assert min(ys(dots)) >= -0.45


def test_more_models_than_colors_can_be_drawn() -> None:
    axes = plot_seeds("d", "t", {f"net {i}": [0.5, 0.6] for i in range(16)}).axes[0]
    looks = {
        (line.get_color(), line.get_marker()) for line in axes.lines if line.get_markersize() == 5
    }
    assert len(looks) == 16


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
    ],
)
def test_scores_that_cannot_be_drawn_are_refused(scores: dict) -> None:
    with pytest.raises(ValueError, match="Expected models with one finite score per seed"):
        plot_seeds("d", "t", scores)
