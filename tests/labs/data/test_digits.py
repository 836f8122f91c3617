import numpy as np
import pytest

from labs import data


def test_pictures_shrink_to_means_of_four_pixels():
    x = np.zeros((1, 28, 28), np.uint8)
    x[0, 0, :2], x[0, 1, :2], x[0, 2, 3] = (10, 20), (30, 40), 255
    small = data.shrink(x)[0]
    assert small[0] == pytest.approx(25 / 255)
    assert small[15] == pytest.approx(1 / 4)
    assert small.sum() == pytest.approx(25 / 255 + 1 / 4)
