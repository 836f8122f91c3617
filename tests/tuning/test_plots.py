from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import keras_tuner
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from labs.stats.intervals import Interval
from tests.tuning.searches import mixed_space, row, sampled_trials
from tuning import plots
from tuning.importance import Importance, ImportanceRow
from tuning.plots.score_axis import BEST_COLOR, axis_floor
from tuning.plots.value_axis import axis_ends, axis_ticks, wrap_name
from tuning.trial_table import Column

LOW = {"learning_rate": 1e-3, "optimizer": "sgd", "layers": 1, "shuffle": False, "epochs": 5}
HIGH = {"learning_rate": 1e-2, "optimizer": "adam", "layers": 2, "units_2": 54, "shuffle": True}
SEARCH = [
    row(0, LOW, 0.6),
    row(1, HIGH, None, "diverged"),
    row(2, HIGH, 0.8),
    row(3, LOW, 0.7),
    row(4, LOW, None, "failed"),
]


def xy(line: Line2D) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in np.asarray(line.get_xydata())]


def by_marker(figure: Figure, marker: str, panel: int = 0) -> list[list[tuple[float, float]]]:
    return [xy(line) for line in figure.axes[panel].lines if line.get_marker() == marker]


def legend_labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def wide_space(num_hyperparameters: int) -> keras_tuner.HyperParameters:
    """A space like those that are searched, with long names and levels."""
    space = keras_tuner.HyperParameters()
    space.Float("learning_rate", 1e-5, 1e-1, sampling="log")
    space.Choice("initializer", ["glorot_uniform", "random_normal", "he_normal"])
    space.Int("hidden_layers", 1, 3)
    for index in range(3, num_hyperparameters, 4):
        values = {"parent_name": "hidden_layers", "parent_values": [2, 3]}
        space.Int(f"units_{index}", 16, 512, sampling="log", **values)
        space.Boolean(f"batch_normalization_{index}")
        space.Float(f"weight_decay_{index}", 1e-6, 1e-2, sampling="log")
        space.Choice(f"batch_size_{index}", [16, 32, 64, 128, 256])
    return space


def accuracy(values: Mapping[str, Any], rng: np.random.Generator) -> float:
    rate = math.log10(values["learning_rate"])
    return 0.1 if rate > -1.2 else 0.9 - 0.01 * (rate + 3) ** 2 + rng.normal(0, 0.01)


def fits_its_page(figure: Figure) -> bool:
    canvas = FigureCanvasAgg(figure)
    # A layout that does not fit warns, and warnings are errors here.
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    return bool(
        min(drawn.x0, drawn.y0) > -0.01 and drawn.x1 < width + 0.01 and drawn.y1 < height + 0.01
    )


@pytest.mark.parametrize(
    ("num_trials", "width"), [(3, 3), pytest.param(60, 11, marks=pytest.mark.slow), (300, 15)]
)
def test_every_size_of_search_fits_its_picture(num_trials: int, width: int) -> None:
    space = wide_space(width)
    trials = sampled_trials(space, num_trials, accuracy)
    if num_trials > 3:
        trials[5] = row(5, trials[5].hyperparameters, None, "diverged")
    for figure in (
        plots.plot_best_so_far("Sign Language MNIST", trials),
        plots.plot_hyperparameters("Sign Language MNIST", trials, space),
        plots.plot_parallel_coordinates("Sign Language MNIST", trials, space),
    ):
        assert fits_its_page(figure)


def test_best_so_far_rises_in_the_order_of_asking_and_goes_on_to_the_last_trial() -> None:
    figure = plots.plot_best_so_far("diabetes", list(reversed(SEARCH)))
    points, best_so_far, star, *_ = figure.axes[0].lines
    assert xy(points) == [(0, 0.6), (2, 0.8), (3, 0.7)]
    assert xy(best_so_far) == [(0, 0.6), (2, 0.8), (3, 0.8), (4, 0.8)]
    assert best_so_far.get_drawstyle() == "steps-post"
    assert (xy(star), star.get_color()) == ([(2, 0.8)], BEST_COLOR)
    assert figure.get_suptitle() == "diabetes: 5 trials, best validation accuracy 0.8000 (trial 2)"


def test_trials_without_a_score_are_at_the_bottom() -> None:
    figure = plots.plot_best_so_far("diabetes", SEARCH)
    axes = figure.axes[0]
    for marker, number in (("X", 1), ("x", 4)):
        (line,) = (line for line in axes.lines if line.get_marker() == marker)
        ((x, y),) = xy(line)
        assert x == number
        assert 0 < y < 0.07
        assert line.get_transform() == axes.get_xaxis_transform()
    assert legend_labels(figure) == ["trial", "best so far", "diverged (1)", "failed (1)"]
    # The strip at the bottom has no ticks and holds no score.
    low, high = axes.get_ylim()
    strip = low + 0.07 * (high - low)
    assert min(axes.get_yticks()) > strip
    assert strip < 0.6


def test_scores_far_below_all_others_do_not_stretch_the_axis() -> None:
    scores = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.1]
    trials = [row(i, LOW, score) for i, score in enumerate(scores)]
    # Quartiles .91 and .95: far out is below .91 - 3 * .04 = .79.
    assert axis_floor(trials) == 0.90
    figure = plots.plot_best_so_far("mnist", trials)
    assert figure.axes[0].get_ylim()[0] > 0.85
    ((place,),) = by_marker(figure, "v")
    assert place[0] == 8
    assert "below the axis (1)" in legend_labels(figure)
    assert len(xy(figure.axes[0].lines[0])) == 8


@pytest.mark.parametrize(
    ("scores", "floor"),
    [([0.5], 0.5), ([0.1, 0.9], 0.1), ([0.9, 0.9, 0.9, 0.9, 0.9, 0.1], 0.1), ([0.7, 0.7], 0.7)],
)
def test_few_or_equal_scores_are_all_on_the_axis(scores: list[float], floor: float) -> None:
    assert axis_floor([row(i, LOW, score) for i, score in enumerate(scores)]) == floor


def test_each_hyperparameter_has_a_panel_with_its_values() -> None:
    figure = plots.plot_hyperparameters("diabetes", SEARCH, mixed_space())
    names = ["learning_rate", "optimizer", "layers", "units_2", "shuffle"]
    assert [axes.get_title() for axes in figure.axes] == names
    points = by_marker(figure, "o")
    assert points == [[(-3, 0.6), (-2, 0.8), (-3, 0.7)]]
    rate, optimizer, _, units, _ = figure.axes
    assert [tick.get_text() for tick in rate.get_xticklabels()] == [
        "0.0001",
        "0.001",
        "0.01",
        "0.1",
    ]
    assert rate.get_xticks().tolist() == [-4, -3, -2, -1]
    assert [tick.get_text() for tick in optimizer.get_xticklabels()] == ["sgd", "adam"]
    ((sgd, sgd_score), (adam, adam_score), (again, _)) = by_marker(figure, "o", panel=1)[0]
    assert (sgd_score, adam_score) == (0.6, 0.8)
    assert abs(sgd) <= 0.25
    assert abs(adam - 1) <= 0.25
    assert sgd != again
    # Only trials with two layers have it: one done, one diverged.
    assert by_marker(figure, "o", panel=3) == [[(54, 0.8)]]
    assert [x for x, _ in by_marker(figure, "X", panel=3)[0]] == [54]


def test_bars_reach_from_the_worst_to_the_best_fold() -> None:
    figure = plots.plot_hyperparameters("diabetes", SEARCH, mixed_space())
    (bars,) = (c for c in figure.axes[0].collections if isinstance(c, LineCollection))
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, [[0.59, 0.61], [0.79, 0.81], [0.69, 0.71]])


def test_many_trials_have_no_bars() -> None:
    trials = sampled_trials(mixed_space(), 101, lambda values, rng: rng.random())
    rate = plots.plot_hyperparameters("d", trials, mixed_space()).axes[0]
    assert [c for c in rate.collections if isinstance(c, LineCollection)] == []


def test_median_is_drawn_for_levels_of_three_trials() -> None:
    trials = [row(i, LOW, score) for i, score in enumerate((0.5, 0.6, 0.9))]
    figure = plots.plot_hyperparameters("d", [*trials, row(3, HIGH, 0.7)], mixed_space())
    medians = figure.axes[1].collections[-1]
    assert isinstance(medians, LineCollection)
    assert [segment[:, 1].tolist() for segment in medians.get_segments()] == [[0.6, 0.6]]
    assert "median" in legend_labels(figure)
    few = plots.plot_hyperparameters("d", SEARCH, mixed_space())
    assert "median" not in legend_labels(few)


def test_same_seed_gives_the_same_picture() -> None:
    space = mixed_space()
    for plot in (plots.plot_hyperparameters, plots.plot_parallel_coordinates):
        first, second, other = (io.BytesIO() for _ in range(3))
        plot("d", SEARCH, space, seed=1).savefig(first)
        plot("d", SEARCH, space, seed=1).savefig(second)
        plot("d", SEARCH, space, seed=2).savefig(other)
        assert first.getvalue() == second.getvalue() != other.getvalue()


def test_parallel_lines_pass_through_the_values_and_the_score() -> None:
    figure = plots.plot_parallel_coordinates("diabetes", SEARCH, mixed_space())
    axes = figure.axes[0]
    (others,) = (c for c in axes.collections if isinstance(c, LineCollection))
    worst, middle = (segment[:, 1] for segment in others.get_segments())
    (best,) = (line for line in axes.lines if line.get_color() == BEST_COLOR)
    heights = [y for _, y in xy(best)]
    # Rates 1e-3 and 1e-2 in 1e-4..1e-1; levels spread a little; units 54 in 8..100.
    assert [worst[0], middle[0], heights[0]] == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert [worst[1], heights[1]] == pytest.approx([0, 1], abs=0.031)
    assert heights[3] == pytest.approx(0.5)
    assert worst[3] < -0.1  # below the axis: it has one layer
    assert [worst[-1], middle[-1], heights[-1]] == pytest.approx([0, 0.5, 1])
    labels = [text.get_text() for text in axes.texts]
    assert labels.count("none") == 1
    assert {"sgd", "adam", "False", "True", "0.1"} <= set(labels)
    names = ["learning_rate", "optimizer", "layers", "units_2", "shuffle", "validation\naccuracy"]
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    assert figure.get_suptitle() == (
        "diabetes: 3 finished trials; 2 failed or diverged, not drawn\n"
        "best validation accuracy 0.8000, the thick orange line"
    )


def test_higher_scores_are_darker_and_lie_above_lower_ones() -> None:
    trials = [row(i, LOW, score) for i, score in enumerate((0.7, 0.9, 0.5, 0.8, 0.6))]
    axes = plots.plot_parallel_coordinates("d", trials, mixed_space()).axes[0]
    (others,) = (c for c in axes.collections if isinstance(c, LineCollection))
    heights = [segment[-1, 1] for segment in others.get_segments()]
    assert heights == pytest.approx([0, 0.25, 0.5, 0.75])
    brightness = np.asarray(others.get_colors())[:, :3].sum(axis=1)
    assert (np.diff(brightness) < 0).all()


@pytest.mark.parametrize("scores", [[0.7], [0.7, 0.7, 0.7]])
def test_equal_scores_and_a_single_trial_can_be_drawn(scores: list[float]) -> None:
    trials = [row(i, HIGH, score) for i, score in enumerate(scores)]
    for figure in (
        plots.plot_best_so_far("d", trials),
        plots.plot_hyperparameters("d", trials, mixed_space()),
        plots.plot_parallel_coordinates("d", trials, mixed_space()),
    ):
        assert fits_its_page(figure)


def test_search_without_a_finished_trial_cannot_be_drawn() -> None:
    for trials in ([], [row(0, LOW, None, "failed")]):
        with pytest.raises(ValueError, match="at least one finished trial"):
            plots.plot_best_so_far("d", trials)
        for plot in (plots.plot_hyperparameters, plots.plot_parallel_coordinates):
            with pytest.raises(ValueError, match="at least one finished trial"):
                plot("d", trials, mixed_space())


def test_search_of_fixed_values_has_no_hyperparameter_to_draw() -> None:
    space = keras_tuner.HyperParameters()
    space.Fixed("epochs", 5)
    for plot in (plots.plot_hyperparameters, plots.plot_parallel_coordinates):
        with pytest.raises(ValueError, match="not fixed"):
            plot("d", [row(0, {"epochs": 5}, 0.7)], space)


def importance(r2: float) -> Importance:
    rows = (
        ImportanceRow("learning_rate", 0.6, Interval(0.5, 0.7)),
        ImportanceRow("dropout", -0.1, Interval(-0.2, 0.1)),
    )
    return Importance(rows, r2, "A remark.")


def test_importances_have_bars_intervals_and_the_forests_r2() -> None:
    figure = plots.plot_importance("diabetes", importance(0.55))
    axes = figure.axes[0]
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [bar.get_width() for bar in bars] == [0.6, -0.1]
    (intervals,) = (c for c in axes.collections if isinstance(c, LineCollection))
    assert [s.tolist() for s in intervals.get_segments()] == [
        [[0.5, 0], [0.7, 0]],
        [[-0.2, 1], [0.1, 1]],
    ]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["learning_rate", "dropout"]
    assert axes.get_ylim() == (1.5, -0.5)  # the first one on top
    assert "R² = 0.55" in figure.get_suptitle()
    assert fits_its_page(figure)


def test_importances_that_mean_nothing_are_grey_and_say_so() -> None:
    figure = plots.plot_importance("diabetes", importance(0.12))
    assert "R² = 0.12 on unseen trials, below 0.2: do not rely on it" in figure.get_suptitle()
    colors = {bar.get_facecolor() for bar in figure.axes[0].patches}
    trusted = plots.plot_importance("diabetes", importance(0.55)).axes[0].patches[0]
    assert trusted.get_facecolor() not in colors
    with pytest.raises(ValueError, match="at least 10"):
        plots.plot_importance("d", Importance((), None, "They need at least 10 trials."))


def number(low: float, high: float, scale: Any = "log", integer: bool = False) -> Column:
    return Column("x", scale, low=low, high=high, integer=integer)


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (number(1e-5, 1e-1), ["1e-05", "0.0001", "0.001", "0.01", "0.1"]),
        (number(1e-8, 1e-1), ["1e-08", "1e-06", "0.0001", "0.01"]),
        (number(16, 512), ["20", "50", "100", "200", "500"]),
        (number(0.02, 0.04), ["0.02", "0.04"]),  # one round number: the ends instead
        (number(0.0, 0.5, "linear"), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (number(1, 12, "linear", integer=True), ["3", "6", "9", "12"]),
        (number(3, 3, "linear"), ["3"]),
        (Column("x", "levels", (16, 32, 64)), ["16", "32", "64"]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(column: Column, labels: list[str]) -> None:
    positions, found = axis_ticks(column, 5)
    assert found == labels
    low, high = axis_ends(column)
    assert low < high
    assert all(low - 1e-9 <= position <= high + 1e-9 for position in positions)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("dropout", "dropout"),
        ("learning_rate", "learning_rate"),
        ("batch_normalization", "batch_\nnormalization"),
        ("decay_every_many_epochs", "decay_every_\nmany_epochs"),
    ],
)
def test_long_names_break_behind_underscores(name: str, lines: str) -> None:
    assert wrap_name(name, 13) == lines
