"""The most confident mistakes: unreadable images, wrong labels, or a net that is too sure?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labs.plots import style
from labs.plots.label_arrays import require_labels

COLUMNS = 8


def plot_mistakes(
    dataset_name: str,
    title: str,
    x: np.ndarray,
    y_true: ArrayLike,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    groups: np.ndarray | None = None,
    count: int = 24,
) -> Figure:
    """Draw the images whose wrong class the model was surest of, the surest first.

    Where images have groups, one of each is drawn, so that the copies of a single photo do
    not fill the picture.

    Args:
        dataset_name: Name of the data set, for the title.
        title: What was predicted by whom, e.g. `"convnet, test rows"`.
        x: Grey images `(samples, height, width)` with levels 0 to 255.
        y_true: True labels 0..K−1, `(samples,)`.
        probabilities: The model's probabilities `(samples, K)`.
        class_names: K names, in the order of the labels.
        groups: For each image the id of its photo or person, `(samples,)`, if known.
        count: Images to draw at most, 1 or more.

    Raises:
        ValueError: If the arrays do not belong together, or a probability is not finite.
    """
    shape = (len(x), len(class_names))
    if x.ndim != 3 or probabilities.shape != shape or not np.isfinite(probabilities).all():
        raise ValueError(
            f"Expected images (samples, height, width) and finite probabilities {shape}, got "
            f"shapes {x.shape} and {probabilities.shape}; give one row of probabilities per image."
        )
    if count < 1:
        raise ValueError(f"count must be 1 or more images, got {count}.")
    true, predicted = require_labels(y_true, probabilities.argmax(axis=1), len(class_names))
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(true != predicted)
    shown = wrong[np.argsort(-confidence[wrong], kind="stable")]
    if groups is not None:
        shown = shown[np.sort(np.unique(groups[shown], return_index=True)[1])]
    shown = shown[:count]
    rows = math.ceil(len(shown) / COLUMNS)
    with style.figure(11.0, 1.3 + 1.75 * rows) as figure:
        panels = figure.subplots(max(1, rows), COLUMNS, squeeze=False).ravel()
        for axes in panels:
            axes.axis("off")
        for axes, row in zip(panels, shown, strict=False):
            axes.imshow(x[row], cmap="gray", vmin=0, vmax=255)
            names = f"{class_names[true[row]]} → {class_names[predicted[row]]}"
            axes.set_title(f"{names}\n{confidence[row]:.1%}", fontsize=12)
        remark = _describe(len(shown), len(wrong), len(x), groups is not None)
        figure.suptitle(f"{dataset_name}: {title}\n{remark}")
    return figure


def _describe(shown: int, wrong: int, total: int, grouped: bool) -> str:
    if not wrong:
        return f"no mistakes in {total:,} images"
    which = f"the {shown} surest of" if shown < wrong else "all"
    noun = "mistake" if wrong == 1 else "mistakes"
    once = ", one of each group" if grouped and shown < wrong else ""
    return f"{which} {wrong:,} {noun} in {total:,} images{once}: truth → prediction"
