from __future__ import annotations

import math
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labs.plots.curve_plot import plot_curves

HISTORY = {
    "loss": [0.9, 0.6, 0.5],
    "accuracy": [0.5, 0.6, 0.7],
    "val_loss": [0.95, 0.7, 0.8],
    "val_accuracy": [0.4, 0.55, 0.5],
    "learning_rate": [0.1, 0.1, 0.01],
}


def xs(line: Line2D) -> list[float]:
    return np.asarray(line.get_xdata(), dtype=float).tolist()


def ys(line: Line2D) -> list[float]:
    return np.asarray(line.get_ydata(), dtype=float).tolist()


def legend_labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_metric_has_a_panel_with_training_and_validation() -> None:
    figure = plot_curves("diabetes", {"net": HISTORY})
    loss, accuracy = figure.axes
    for axes, metric in ((loss, "loss"), (accuracy, "accuracy")):
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", metric)
        training, validation = axes.lines
        assert xs(training) == xs(validation) == [1, 2, 3]
        assert ys(training) == HISTORY[metric]
        assert ys(validation) == HISTORY[f"val_{metric}"]
        assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
        assert training.get_color() != validation.get_color()
    assert legend_labels(figure) == ["training", "validation"]
    assert figure.get_suptitle() == "diabetes, net: loss and accuracy"


def test_models_of_several_data_sets_have_marks_scales_and_gaps_of_their_own() -> None:
    other = {metric: [value / 2 for value in values] for metric, values in HISTORY.items()}
    figure = plot_curves(
        "both", {"a": HISTORY, "b": other}, {"onset": {"b": 2}}, gaps=["a"], same_scale=False
    )
    losses, accuracies = figure.axes[:2], figure.axes[2:]
    assert losses[0].get_ylim() != losses[1].get_ylim()
    assert [len(axes.lines) for axes in losses] == [2, 3]
    assert xs(losses[1].lines[2])[0] == 2
    assert [text.get_text() for text in accuracies[0].texts] == ["gap 0.20"]
    assert xs(accuracies[0].lines[-1]) == [3, 3]
    assert not accuracies[1].texts


def test_each_model_has_a_column_with_one_scale_for_all() -> None:
    other = {metric: [value / 2 for value in values] for metric, values in HISTORY.items()}
    figure = plot_curves("mnist", {"plain": HISTORY, "dropout": other}, {"best epoch": 2})
    losses, accuracies = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in losses] == ["plain", "dropout"]
    assert ys(losses[1].lines[0]) == other["loss"]
    assert losses[0].get_ylim() == losses[1].get_ylim()
    assert accuracies[0].get_ylim() == accuracies[1].get_ylim()
    assert all(xs(axes.lines[2])[0] == 2 for axes in figure.axes)
    assert legend_labels(figure) == ["training", "validation", "best epoch"]
    assert figure.get_suptitle() == "mnist: loss and accuracy"


def test_scale_is_cut_to_what_follows_the_first_tenth() -> None:
    figure = plot_curves(
        "d", {"net": {"loss": [50.0, 1.0, 0.9, 0.8, 0.7, 0.6, 0.6, 0.5, 0.5, 0.4]}}
    )
    low, high = figure.axes[0].get_ylim()
    assert 0.3 < low < 0.4
    assert 1 < high < 1.2


def test_many_epochs_have_a_logarithmic_axis() -> None:
    def scale(epochs: int) -> str:
        figure = plot_curves("diabetes", {"a": {"loss": np.linspace(1, 0, epochs).tolist()}})
        return figure.axes[0].get_xscale()

    assert (scale(299), scale(300)) == ("linear", "log")


def test_a_logarithmic_axis_shows_what_happens_early() -> None:
    figure = plot_curves("d", {"net": {"loss": [50.0, 5.0, *[1.0] * 298]}})
    assert 5 < figure.axes[0].get_ylim()[1] < 6
    early = {"loss": [50.0, *np.linspace(9, 1, 20), *[1.0] * 279]}
    low, high = plot_curves("d", {"net": early}).axes[0].get_ylim()
    assert low < 1
    assert 7 < high < 10


def test_without_validation_only_training_is_drawn() -> None:
    figure = plot_curves("diabetes", {"net": {"loss": [1.0, 0.5, 0.2]}})
    assert len(figure.axes) == 1
    assert [ys(line) for line in figure.axes[0].lines if xs(line)] == [[1, 0.5, 0.2]]
    assert legend_labels(figure) == ["training"]


def test_marks_are_vertical_lines_named_in_the_legend() -> None:
    figure = plot_curves("d", {"net": HISTORY}, {"rate × 0.1": (1, 2), "best epoch": 3})
    for axes in figure.axes:
        marks = [line for line in axes.lines if ys(line) == [0, 1]]
        assert [xs(line)[0] for line in marks] == [1, 2, 3]
    assert legend_labels(figure) == ["training", "validation", "rate × 0.1", "best epoch"]


def test_a_single_epoch_is_a_visible_point() -> None:
    one = {metric: values[:1] for metric, values in HISTORY.items()}
    figure = plot_curves("d", {"net": one})
    assert all(line.get_marker() not in ("", "None") for line in figure.axes[0].lines)
    ticks = [tick for tick in figure.axes[0].get_xticks() if 0.5 < tick < 1.5]
    assert ticks == [1]


def test_a_diverged_loss_leaves_a_gap() -> None:
    figure = plot_curves("d", {"net": {"loss": [1.0, 2.0, math.nan, 1.0]}})
    assert np.isnan(ys(figure.axes[0].lines[0])).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("histories", "marks"),
    [
        ({}, {}),
        ({"net": {}}, {}),
        ({"net": {"learning_rate": [0.1]}}, {}),
        ({f"net {i}": HISTORY for i in range(7)}, {}),
        ({"net": HISTORY}, {f"mark {i}": i for i in range(5)}),
    ],
)
def test_nothing_or_too_much_to_draw_is_refused(histories: dict, marks: dict) -> None:
    with pytest.raises(ValueError, match="Expected 1 to 6 histories"):
        plot_curves("d", histories, marks)


def test_a_training_without_a_finite_loss_is_drawn_empty():
    figure = plot_curves(
        "toy", {"net": {"loss": [float("nan")] * 3, "val_loss": [float("inf")] * 3}}
    )
    figure.savefig(BytesIO(), dpi=40)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss"]
