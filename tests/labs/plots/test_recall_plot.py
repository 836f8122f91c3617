from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.plots.recall_plot import plot_recalls
from labs.stats.intervals import wilson_interval

LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")


def drawn(figure: Figure) -> list[tuple[str, float, float, float]]:
    """Label, recall, and both ends of the interval of each class from left to right."""
    axes = figure.axes[0]
    (bars,) = axes.containers
    points, _, (lines,) = bars.lines  # type: ignore[attr-defined]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    ends = [(segment[0][1], segment[1][1]) for segment in lines.get_segments()]
    return [
        (name, recall, low, high)
        for name, recall, (low, high) in zip(labels, points.get_ydata(), ends, strict=True)
    ]


def test_recalls_stand_with_their_intervals_the_worst_first() -> None:
    y_true = [0] * 4 + [1] * 10 + [2] * 2
    y_pred = [0, 0, 0, 1] + [1] * 5 + [0] * 5 + [2] * 2
    points = drawn(plot_recalls("d", "net", y_true, y_pred, ("a", "b", "c")))
    expected = [("b\n10", 5, 10), ("a\n4", 3, 4), ("c\n2", 2, 2)]
    for (label, recall, low, high), (name, hits, total) in zip(points, expected, strict=True):
        assert label == name
        assert recall == hits / total
        assert (low, high) == pytest.approx(wilson_interval(hits, total))


def test_classes_of_equal_recall_keep_their_order() -> None:
    points = drawn(plot_recalls("d", "net", [2, 1, 0], [2, 1, 0], ("a", "b", "c")))
    assert [label for label, *_ in points] == ["a\n1", "b\n1", "c\n1"]


def test_title_and_dashed_line_tell_the_accuracy() -> None:
    figure = plot_recalls("MNIST", "net, test rows", [0, 0, 0, 1], [0, 0, 0, 0], ("a", "b"))
    assert figure.get_suptitle() == (
        "MNIST: net, test rows\nrecall with 95% intervals; dashed: accuracy 75.00%"
    )
    (dashed,) = [line for line in figure.axes[0].lines if line.is_dashed()]
    assert np.asarray(dashed.get_ydata()).tolist() == [0.75, 0.75]


def test_class_without_rows_is_left_out_and_said_to_be() -> None:
    figure = plot_recalls("d", "net", [0, 2], [0, 1], ("a", "b", "c", "d"))
    assert [label for label, *_ in drawn(figure)] == ["c\n1", "a\n1"]
    assert figure.get_suptitle().endswith("; classes without rows: 2")


def test_labels_of_24_classes_do_not_touch() -> None:
    y = np.repeat(np.arange(24), 1200)
    figure = plot_recalls("sign", "net, training rows", y, y, LETTERS)
    figure.savefig(io.BytesIO())
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert len(boxes) == 24
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


@pytest.mark.parametrize(
    ("y_true", "y_pred"), [([], []), ([0, 1], [0]), ([0, 2], [0, 1]), ([0, 1], [0, 0.5])]
)
def test_labels_that_do_not_fit_are_refused(y_true: list, y_pred: list) -> None:
    with pytest.raises(ValueError, match=r"labels 0\.\.1 of one length"):
        plot_recalls("d", "t", y_true, y_pred, ("a", "b"))
