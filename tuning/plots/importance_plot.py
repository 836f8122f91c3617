"""Which hyperparameters mattered, and does the answer deserve trust?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from labs.plots import style
from tuning.importance import TRUSTED_R2, Importance


def plot_importance(dataset_name: str, importance: Importance) -> Figure:
    """Draw a bar and an interval for each hyperparameter, the most important one on top.

    Args:
        dataset_name: Name of the data set, for the title.
        importance: Drawn in grey if the forest explains too little to be trusted.

    Raises:
        ValueError: If it has no rows.
    """
    rows = importance.rows
    if not rows:
        raise ValueError(
            f"Expected importances, got none: {importance.remark} Look at `rows` before drawing."
        )
    values = np.array([row.importance for row in rows])
    ends = np.array([row.interval for row in rows]).T
    with style.figure(11.0, 2.0 + 0.42 * len(rows)) as figure:
        axes = figure.subplots()
        axes.barh(
            np.arange(len(rows)),
            values,
            height=0.62,
            color=style.COLORS[0] if importance.trusted else style.FAINT,
        )
        axes.hlines(np.arange(len(rows)), *ends, color="black", linewidth=1.5)
        axes.axvline(0, color=style.NEUTRAL, linewidth=1)
        axes.set_yticks(np.arange(len(rows)), [row.name for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(
            "fall of the forest's R² when the values are shuffled (line: 95% of the repeats)"
        )
        verdict = "" if importance.trusted else f", below {TRUSTED_R2}: do not rely on it"
        figure.suptitle(
            f"{dataset_name}: importance of the hyperparameters\n"
            f"random forest's R² = {importance.r2:.2f} on unseen trials{verdict}"
        )
    return figure
