"""A sheet of samples: what do the images of each class look like?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from labs.data.dataset import Dataset, Part
from labs.plots import style
from labs.plots.tiles import centers, tile

CLASSES_PER_BLOCK = 12


def plot_samples(dataset: Dataset, images_per_class: int = 6, seed: int = 0) -> Figure:
    """Draw training images of each class, one column a class, as the net gets them.

    Where images have groups, those of a class are of different groups, so that the sheet
    does not show one photo several times.

    Args:
        dataset: Grey images, `x` `(rows, height, width)` with levels 0 to 255.
        images_per_class: Images of each class, 1 or more; a class that has fewer shows all.
        seed: Seed of the choice.

    Raises:
        ValueError: If the data set holds no images, or none are asked for.
    """
    train = dataset.train
    if train.x.ndim != 3 or images_per_class < 1:
        raise ValueError(
            f"Expected images (rows, height, width) and 1 or more of each class, got x of "
            f"shape {train.x.shape} and images_per_class={images_per_class}."
        )
    height, width = train.x.shape[1:]
    samples = np.full((images_per_class, dataset.num_classes, height, width), np.nan)
    rng = np.random.default_rng(seed)
    for label in range(dataset.num_classes):
        rows = _choose(train, label, images_per_class, rng)
        samples[: len(rows), label] = train.x[rows]

    blocks = math.ceil(dataset.num_classes / CLASSES_PER_BLOCK)
    columns = math.ceil(dataset.num_classes / blocks)
    cell = 11 / columns
    block_height = cell * images_per_class * height / width + 0.45
    with style.figure(11.0, blocks * block_height + 0.8) as figure:
        for block, axes in enumerate(figure.subplots(blocks, squeeze=False)[:, 0]):
            part = slice(block * columns, (block + 1) * columns)
            names = dataset.class_names[part]
            axes.imshow(tile(samples[:, part]), cmap="gray", vmin=0, vmax=255)
            axes.set_xlim(-0.5, centers(columns + 1, width)[-1] - width / 2)
            axes.set_xticks(centers(len(names), width), names)
            axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
            axes.set_yticks([])
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)
        figure.suptitle(
            f"{dataset.name}: some of the training images\n{dataset.num_classes} classes, "
            f"{len(train):,} training and {len(dataset.test):,} test images"
        )
    return figure


def _choose(part: Part, label: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return up to `count` rows of a class, each of another group."""
    rows = rng.permutation(np.flatnonzero(part.y == label))
    if part.groups is not None:
        first_of_group = np.unique(part.groups[rows], return_index=True)[1]
        rows = rows[np.sort(first_of_group)]
    return rows[:count]
