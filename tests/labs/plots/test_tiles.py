from __future__ import annotations

import numpy as np

from labs.plots.tiles import centers, tile


def test_images_lie_in_rows_with_gaps_between() -> None:
    images = np.arange(1, 7, dtype=float).reshape(3, 2, 1, 1)
    whole = tile(images)
    gap = np.nan
    expected = [[1, gap, 2], [gap] * 3, [3, gap, 4], [gap] * 3, [5, gap, 6]]
    np.testing.assert_array_equal(whole, expected)


def test_each_image_is_found_whole_around_its_center() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 28, 28))
    whole = tile(images)
    assert whole.shape == (58, 88)  # 2 · 28 + 2, 3 · 28 + 2 · 2
    assert centers(3, 28).tolist() == [13.5, 43.5, 73.5]
    for column, center in enumerate(centers(3, 28)):
        left = round(center - 13.5)
        np.testing.assert_array_equal(whole[30:58, left : left + 28], images[1, column])


def test_one_image_is_left_as_it_is() -> None:
    np.testing.assert_array_equal(tile(np.ones((1, 1, 3, 3))), np.ones((3, 3)))
