"""The confusion matrix: which class is taken for which?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix

from labs.plots import style
from labs.plots.label_arrays import require_labels


def plot_confusion(
    dataset_name: str,
    title: str,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
) -> Figure:
    """Draw which class is taken for which: counts, and shares of each true class.

    Args:
        dataset_name: Name of the data set, for the title.
        title: What was predicted by whom, e.g. `"Keras net, test rows"`.
        y_true: True labels 0..K−1, `(samples,)`.
        y_pred: Predicted labels 0..K−1, `(samples,)`.
        class_names: K names, in the order of the labels.

    Raises:
        ValueError: If there are no labels, if their lengths differ, or one is outside 0..K−1.
    """
    num_classes = len(class_names)
    true, predicted = require_labels(y_true, y_pred, num_classes)
    counts = confusion_matrix(true, predicted, labels=range(num_classes))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cells = num_classes * np.interp(num_classes, (2, 10, 24), (1.6, 0.65, 0.45))
    with style.figure(cells + 2.5, cells + 1.8) as figure:
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        _write_counts(axes, counts, shares)
        axes.grid(visible=False)
        turned = num_classes > 4 and max(map(len, class_names)) > 3
        axes.set_xticks(range(num_classes), class_names, rotation=90 if turned else 0)
        axes.set_yticks(range(num_classes), class_names)
        axes.set(xlabel="predicted class", ylabel="true class")
        accuracy = np.trace(counts) / max(counts.sum(), 1)
        figure.suptitle(f"{dataset_name}: {title}\naccuracy {accuracy:.2%}")
    return figure


def _write_counts(axes: Axes, counts: np.ndarray, shares: np.ndarray) -> None:
    size = np.interp(len(counts), (2, 10, 24), (15, 11, 8.5))
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        # Of many cells only those are filled in that hold something.
        if count or len(counts) <= 10:
            text = f"{count:,}\n{share:.0%}" if share >= 0.005 else f"{count:,}"
            color = "white" if share > 0.5 else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=size, color=color)
