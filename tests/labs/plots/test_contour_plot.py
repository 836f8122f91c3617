from __future__ import annotations

import numpy as np
import pytest

from labs.plots import style
from labs.plots.contour_plot import draw_contours


def bowl(points: np.ndarray) -> np.ndarray:
    return np.square(points - [0.5, -1]).sum(axis=-1)


def test_lines_have_their_losses_and_the_lowest_point_is_told() -> None:
    with style.figure() as figure:
        axes = figure.subplots()
        lowest = draw_contours(axes, bowl, (-2, 2), (-3, 3), [1.0, 4.0], named=True)
    np.testing.assert_allclose(lowest, [0.5, -1], atol=0.02)
    (contour,) = axes.collections
    assert contour.levels.tolist() == [1, 4]  # type: ignore[attr-defined]
    for level, path in zip([1, 4], contour.get_paths(), strict=True):
        assert bowl(np.asarray(path.vertices)) == pytest.approx(level, abs=0.01)
    assert {text.get_text() for text in axes.texts} == {"1", "4"}
    assert (axes.get_xlim(), axes.get_ylim()) == ((-2, 2), (-3, 3))


def test_levels_may_depend_on_the_losses() -> None:
    with style.figure() as figure:
        axes = figure.subplots()
        draw_contours(axes, bowl, (-2, 2), (-3, 3), lambda heights: [np.median(heights)])
    assert len(axes.collections[0].levels) == 1  # type: ignore[attr-defined]
    assert not axes.texts
