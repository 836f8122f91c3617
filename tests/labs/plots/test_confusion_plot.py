from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.plots.confusion_plot import plot_confusion


def cells(figure: Figure) -> dict[tuple[int, int], str]:
    """Text of each cell by (row, column)."""
    texts = figure.axes[0].texts
    return {(int(t.get_position()[1]), int(t.get_position()[0])): t.get_text() for t in texts}


def test_cells_hold_counts_and_shares_of_the_true_class() -> None:
    y_true, y_pred = [0, 0, 0, 0, 1], [0, 0, 0, 1, 1]
    figure = plot_confusion("diabetes", "net, test rows", y_true, y_pred, ("low", "high"))
    assert cells(figure) == {(0, 0): "3\n75%", (0, 1): "1\n25%", (1, 0): "0", (1, 1): "1\n100%"}
    shares = np.asarray(figure.axes[0].images[0].get_array())
    assert shares.tolist() == [[0.75, 0.25], [0, 1]]


def test_axes_name_true_and_predicted_classes() -> None:
    figure = plot_confusion("diabetes", "net, test rows", [0, 1], [0, 0], ("low", "high"))
    axes = figure.axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["low", "high"]
    assert figure.get_suptitle() == "diabetes: net, test rows\naccuracy 50.00%"


def test_a_class_without_true_rows_has_a_row_of_zeros() -> None:
    figure = plot_confusion("d", "t", [0, 0], [0, 1], ("a", "b"))
    assert cells(figure)[1, 0] == cells(figure)[1, 1] == "0"


def test_of_24_classes_only_cells_that_hold_something_are_written() -> None:
    y_true = np.repeat(np.arange(24), 300)
    y_pred = y_true.copy()
    y_pred[0] = 23
    figure = plot_confusion("sign", "net", y_true, y_pred, tuple("ABCDEFGHIKLMNOPQRSTUVWXY"))
    written = cells(figure)
    assert len(written) == 25
    assert written[0, 23] == "1"  # .3% is no share worth a line
    assert written[5, 5] == "300\n100%"


@pytest.mark.parametrize("num_classes", [2, 10, 24])
def test_no_text_reaches_out_of_its_cell(num_classes: int) -> None:
    y = np.repeat(np.arange(num_classes), 980)
    figure = plot_confusion("d", "t", y, y, [str(k) for k in range(num_classes)])
    figure.savefig(io.BytesIO())
    axes = figure.axes[0]
    cell = axes.get_window_extent().width / num_classes
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.width < cell
        assert box.height < cell


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [
        ([], []),
        ([0, 1], [0]),
        ([0, 2], [0, 1]),
        ([0, 1], [0, -1]),
        ([0, 1], [[0.1, 0.9], [0.8, 0.2]]),
    ],
)
def test_labels_that_do_not_fit_are_refused(y_true: list, y_pred: list) -> None:
    with pytest.raises(ValueError, match=r"labels 0\.\.1 of one length"):
        plot_confusion("d", "t", y_true, y_pred, ("a", "b"))
