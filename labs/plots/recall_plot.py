"""Recall of each class: which ones does the model miss, and how sure is that?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from labs.plots import style
from labs.plots.label_arrays import require_labels
from labs.stats.intervals import wilson_interval


def plot_recalls(
    dataset_name: str,
    title: str,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
) -> Figure:
    """Draw the recall of each class with its 95% Wilson interval, the worst class first.

    Recall is the share of a class's rows that are recognized. A class without rows has
    none and is left out; the title says so. The intervals hold for independent rows; where
    rows are copies of a photo they are too narrow.

    Args:
        dataset_name: Name of the data set, for the title.
        title: What was predicted by whom, e.g. `"Keras net, test rows"`.
        y_true: True labels 0..K−1, `(samples,)`.
        y_pred: Predicted labels 0..K−1, `(samples,)`.
        class_names: K names, in the order of the labels.

    Raises:
        ValueError: If there are no labels, if their lengths differ, or one is outside 0..K−1.
    """
    true, predicted = require_labels(y_true, y_pred, len(class_names))
    totals = np.bincount(true, minlength=len(class_names))
    hits = np.bincount(true[true == predicted], minlength=len(class_names))
    recalls = hits / np.maximum(totals, 1)
    order = [k for k in np.argsort(recalls, kind="stable") if totals[k]]
    shown = recalls[order]
    ends = np.array([wilson_interval(hits[k], totals[k]) for k in order])
    accuracy = hits.sum() / totals.sum()
    absent = len(class_names) - len(order)
    with style.figure() as figure:
        axes = figure.subplots()
        places = np.arange(len(order))
        errors = np.abs(ends.T - shown)
        axes.errorbar(places, shown, errors, fmt="o", color=style.COLORS[0], capsize=3)
        axes.axhline(accuracy, color=style.NEUTRAL, linestyle=style.MARK_STYLES[2], zorder=1)
        labels = [f"{class_names[k]}\n{totals[k]:,}" for k in order]
        size = np.interp(len(order), (10, 24), (12, 10))
        turned = len(order) > 4 and max(len(class_names[k]) for k in order) > 5
        axes.set_xticks(places, labels, fontsize=size, rotation=90 if turned else 0)
        axes.set_xlim(-0.6, len(order) - 0.4)
        axes.set(xlabel="class and its number of rows", ylabel="recall")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(visible=False, axis="x")
        note = f"; classes without rows: {absent}" if absent else ""
        figure.suptitle(
            f"{dataset_name}: {title}\n"
            f"recall with 95% intervals; dashed: accuracy {accuracy:.2%}{note}"
        )
    return figure
