from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.plots.filter_plot import plot_filters


def first_images(figure: Figure, side: int, gap: int, count: int) -> np.ndarray:
    array: Any = figure.axes[0].images[0].get_array()
    whole = array.filled(np.nan)
    return np.stack([whole[:side, k * (side + gap) :][:, :side] for k in range(count)])


def test_dense_kernel_is_shown_as_images_the_largest_norm_first() -> None:
    kernel = np.random.default_rng(0).normal(size=(784, 3)) * [1, 3, 2]
    shown = first_images(plot_filters("d", "net", kernel), 28, 2, 3)
    for image, unit in zip(shown, (1, 2, 0), strict=True):
        np.testing.assert_array_equal(image, kernel[:, unit].reshape(28, 28))


def test_convolution_kernel_is_shown_filter_by_filter() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 2)) * [1, 5]
    shown = first_images(plot_filters("d", "net", kernel), 3, 1, 2)
    np.testing.assert_array_equal(shown[0], kernel[:, :, 0, 1])
    np.testing.assert_array_equal(shown[1], kernel[:, :, 0, 0])


def test_scale_is_common_and_symmetric_with_a_labeled_colorbar() -> None:
    kernel = np.zeros((784, 2))
    kernel[:80] = [-0.5, 0.25]
    figure = plot_filters("d", "net", kernel)
    image = figure.axes[0].images[0]
    assert image.get_clim() == (-0.5, 0.5)
    assert image.get_cmap().name == "RdBu"
    assert figure.axes[1].get_ylabel() == "weight"


def test_few_large_weights_do_not_set_the_scale() -> None:
    kernel = np.full((784, 2), 0.1)
    kernel[0, 0] = 9.0
    image = plot_filters("d", "net", kernel).axes[0].images[0]
    assert image.get_clim() == pytest.approx((-0.1, 0.1))
    assert image.colorbar is not None
    assert image.colorbar.extend == "both"


def test_title_says_how_many_of_how_many() -> None:
    kernel = np.ones((784, 512))
    assert plot_filters("d", "net", kernel).get_suptitle() == "d: net\n48 largest of 512 filters"
    assert plot_filters("d", "net", kernel[:, :5]).get_suptitle() == "d: net\nall 5 filters"


def test_filters_of_zeros_are_drawn() -> None:
    assert plot_filters("d", "net", np.zeros((784, 1))).axes[0].images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize("shape", [(10, 5), (3, 3, 24, 48), (784,), (784, 0), (3, 3, 1, 0)])
def test_kernel_that_shows_no_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="got shape"):
        plot_filters("d", "net", np.zeros(shape))


def test_weights_that_are_nan_and_no_filters_are_refused() -> None:
    with pytest.raises(ValueError, match="784 weights that are NaN"):
        plot_filters("d", "net", np.full((784, 1), np.nan))
    with pytest.raises(ValueError, match="count=0"):
        plot_filters("d", "net", np.zeros((784, 1)), count=0)
