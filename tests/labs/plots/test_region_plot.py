from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from PIL.GifImagePlugin import GifImageFile

from labs.data.points import draw_points
from labs.plots import style
from labs.plots.region_plot import (
    STEPS,
    SURE,
    animate_regions,
    grid_around,
    plot_regions,
    plot_units,
    shade,
)

POINTS = draw_points("moons", 60, 0.2, 0, classes=True)
GRID = grid_around(POINTS.points)
LEFT = 1 / (1 + np.exp(GRID.places[:, 0]))
MIRRORED_LEFT = 1 / (1 + np.exp(GRID.extent[0] + GRID.extent[1] - GRID.places[:, 0]))
MIRRORED = np.column_stack([MIRRORED_LEFT, 1 - MIRRORED_LEFT])
OUTPUTS = np.column_stack([LEFT, 1 - LEFT])


def drawn(axes: Axes) -> np.ndarray:
    """The colors of the places, `(STEPS, STEPS, 3)`."""
    return np.asarray(axes.images[0].get_array())


def test_the_color_is_that_of_the_likeliest_class_the_paler_the_less_sure():
    third = 1 / 3
    sure, undecided, half = shade(np.array([[0, 1, 0], [third] * 3, [0, third, 2 * third]]))
    np.testing.assert_allclose(sure, SURE * np.array(to_rgb(style.COLORS[1])) + 1 - SURE)
    np.testing.assert_allclose(undecided, 1)
    np.testing.assert_allclose(half, SURE / 2 * np.array(to_rgb(style.COLORS[2])) + 1 - SURE / 2)


def test_a_number_is_white_at_its_mean_and_blue_above_it():
    low, mean, high = shade(np.array([[-2.0], [0.0], [2.0]]))
    np.testing.assert_allclose(mean, 1, atol=0.01)
    np.testing.assert_allclose(low, np.array(to_rgb(style.COLORS[1])), atol=0.01)
    np.testing.assert_allclose(high, np.array(to_rgb(style.COLORS[0])), atol=0.01)


def test_the_grid_reaches_beyond_all_points_and_starts_below_on_the_left():
    assert GRID.places.shape == (STEPS**2, 2)
    assert (GRID.places.min(axis=0) < POINTS.points.min(axis=0)).all()
    assert (GRID.places.max(axis=0) > POINTS.points.max(axis=0)).all()
    left, right, lower, _ = GRID.extent
    np.testing.assert_allclose(GRID.places[[0, STEPS - 1]], [[left, lower], [right, lower]])


def test_the_picture_has_the_colors_where_the_places_are():
    figure = plot_regions("moons", GRID, {"a": OUTPUTS, "b": MIRRORED}, POINTS)
    image = figure.axes[0].images[0]
    assert image.origin == "lower"
    assert tuple(image.get_extent()) == pytest.approx(GRID.extent)
    first, second = map(drawn, figure.axes)
    blue = first[:, :, 2] > first[:, :, 0]
    assert blue[:, 0].all()
    assert not blue[:, -1].any()
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    np.testing.assert_allclose(first, second[:, ::-1])


def test_each_unit_is_a_picture_on_the_scale_of_its_layer():
    outputs = np.column_stack([np.full(STEPS**2, -3.0), np.zeros(STEPS**2)])
    figure = plot_units("net", GRID, {"hidden 1": outputs})
    negative, zero = map(drawn, figure.axes[:2])
    np.testing.assert_allclose(negative[0, 0], np.array(to_rgb(style.COLORS[1])), atol=0.01)
    np.testing.assert_allclose(zero[0, 0], 1, atol=0.01)
    assert figure.axes[0].get_ylabel() == "hidden 1\n-3 to 3"


def test_the_animation_has_a_picture_of_each_and_rests_on_the_last(tmp_path):
    animate_regions(tmp_path / "a.gif", "moons", GRID, {"a": OUTPUTS, "b": 1 - OUTPUTS}, POINTS)
    with GifImageFile(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.info["loop"]) == (2, 0)
        first, short = np.asarray(image.convert("RGB"), dtype=float), image.info["duration"]
        image.seek(1)
        second, long = np.asarray(image.convert("RGB"), dtype=float), image.info["duration"]
    assert long == 10 * short
    middle = slice(100, 300), slice(100, 300)
    assert np.abs(first[middle] - second[middle]).mean() > 50
