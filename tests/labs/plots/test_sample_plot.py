from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.data.dataset import Dataset, Part
from labs.plots.sample_plot import plot_samples
from labs.plots.tiles import centers

LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")


def dataset(names: tuple[str, ...], rows: int = 10, groups: np.ndarray | None = None) -> Dataset:
    """Images whose level is 10 times their label, plus their number within the class."""
    y = np.repeat(np.arange(len(names)), rows)
    levels = 10 * y + np.tile(np.arange(rows), len(names))
    x = np.broadcast_to(levels[:, None, None], (len(y), 28, 28)).astype(np.uint8)
    return Dataset("d", Part(x, y, groups), Part(x[:5], y[:5]), names, "made up")


def sheet(figure: Figure) -> list[list[int]]:
    """Level in the middle of each image, by row and column, -1 where there is none."""
    rows = []
    for axes in figure.axes:
        array: Any = axes.images[0].get_array()
        whole = array.filled(-1)
        middles = np.arange(14, whole.shape[0], 30)
        rows += whole[np.ix_(middles, np.arange(14, whole.shape[1], 30))].astype(int).tolist()
    return rows


def test_columns_hold_different_images_of_one_class() -> None:
    shown = np.array(sheet(plot_samples(dataset(("a", "b", "c")), 4)))
    assert shown.shape == (4, 3)
    assert (shown // 10 == [0, 1, 2]).all()
    assert all(len(set(column)) == 4 for column in shown.T)


def test_images_are_drawn_from_black_0_to_white_255() -> None:
    image = plot_samples(dataset(("a", "b")), 2).axes[0].images[0]
    assert (image.get_cmap().name, image.get_clim()) == ("gray", (0, 255))


def test_same_seed_draws_the_same_images_another_seed_others() -> None:
    one, again, other = (sheet(plot_samples(dataset(LETTERS), 5, seed)) for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(("names", "blocks"), [(tuple("0123456789"), [10]), (LETTERS, [12, 12])])
def test_names_stand_over_the_middle_of_their_columns(
    names: tuple[str, ...], blocks: list[int]
) -> None:
    figure = plot_samples(dataset(names))
    labels = [label.get_text() for axes in figure.axes for label in axes.get_xticklabels()]
    assert labels == list(names)
    for axes, count in zip(figure.axes, blocks, strict=True):
        assert axes.get_xticks().tolist() == centers(count, 28).tolist()


def test_class_with_fewer_images_leaves_places_empty() -> None:
    whole = dataset(("a", "b"), rows=3)
    few = Dataset("d", whole.train.take(np.array([0, 3, 4, 5])), whole.test, ("a", "b"), "")
    shown = sheet(plot_samples(few, 4))
    assert [row[0] for row in shown] == [0, -1, -1, -1]
    assert sorted(row[1] for row in shown) == [-1, 10, 11, 12]


def test_last_block_of_uneven_classes_leaves_places_empty() -> None:
    figure = plot_samples(dataset(LETTERS[:13]), 1)
    first, second = sheet(figure)
    assert [level // 10 for level in first] == [0, 1, 2, 3, 4, 5, 6]
    assert [level // 10 for level in second] == [7, 8, 9, 10, 11, 12]
    widths = {axes.get_xlim() for axes in figure.axes}
    assert len(widths) == 1  # so images are of one size


def test_no_two_images_of_a_class_are_of_one_group() -> None:
    groups = np.tile(np.repeat([0, 1, 2], [8, 1, 1]), 2)
    shown = sheet(plot_samples(dataset(("a", "b"), groups=groups), 5))
    for column, label in enumerate((0, 1)):
        numbers = [row[column] - 10 * label for row in shown if row[column] >= 0]
        assert len(numbers) == 3
        assert {8, 9} < set(numbers)


def test_title_names_data_set_and_sizes() -> None:
    title = plot_samples(dataset(("a", "b"), rows=600)).get_suptitle()
    assert title == "d: some of the training images\n2 classes, 1,200 training and 5 test images"


@pytest.mark.parametrize("count", [10, 24])
def test_names_do_not_touch_each_other_or_the_title(count: int) -> None:
    figure = plot_samples(dataset(LETTERS[:count]))
    figure.savefig(io.BytesIO())
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
    suptitle = figure._suptitle.get_window_extent()  # type: ignore[attr-defined]
    assert max(box.y1 for box in boxes) < suptitle.y0


def test_what_holds_no_images_is_refused() -> None:
    table = Part(np.zeros((2, 10)), np.array([0, 1]))
    with pytest.raises(ValueError, match=r"got x of shape \(2, 10\)"):
        plot_samples(Dataset("d", table, table, ("a", "b"), ""))
    with pytest.raises(ValueError, match="images_per_class=0"):
        plot_samples(dataset(("a", "b")), 0)
