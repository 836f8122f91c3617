"""Why scale the inputs?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.scaling
Quick: python -m labs.scaling --quick
Try:   --splits 200    how much does the condition number vary?
       --seed 1        other training parts, the same factor

The diabetes table in its raw units (years, mg/dl, ...) is scaled in the lecture's two ways. For
a linear regression the Hessian says beforehand how fast gradient descent may go and how many
steps it takes.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import normalization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")

SCALINGS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "raw units": np.asarray,
    "min-max": normalization.min_max,
    "standardized": normalization.standardize,
}
NEAR = 1.01
STEPS = f"steps to {NEAR} × least squares"
"""Gradient descent has arrived at 1.01 times the loss of least squares."""
TRAINING_SHARE = 0.6
"""Of the patients, as in the lecture's split."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"splits": 5}

    splits: Annotated[int, AtLeast(2)] = 30
    """Random training parts."""


def experiment(config: Config, record: RunRecord) -> None:
    """Scale the table in two ways, and count the steps of descent on a regression."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    judge_formulas(record, patients.train.x)

    bowls = regress(config)
    rows = [describe_bowls(*item) for item in bowls.items()]
    formats = {STEPS: ",.0f", "condition number": ",.0f", "largest stable rate": ".2g"}
    record.add_table("regression", rows, formats=formats | {"95% interval": ",.0f"})
    judge_scaling_speeds(record, bowls)
    steps = np.array([[steps_needed(bowl) for bowl in b] for b in bowls.values()])
    conditions = [[bowl.condition_number for bowl in b] for b in bowls.values()]
    correlation = np.corrcoef(np.log(steps).ravel(), np.log(conditions).ravel())[0, 1]
    raw, min_max, standardized = scipy.stats.gmean(steps, axis=1)
    record.answer(
        f"Because the bowl becomes rounder: descent takes {raw:,.0f} steps in raw units, "
        f"{min_max:,.0f} with min-max and {standardized:,.0f} standardized. What the regression "
        "can "
        "say stays the same; the steps go with the condition number (correlation of the logarithms "
        f"{correlation:.3f}).",
        limits="Linear regression, where the loss is a bowl; for nets see labs.normalization.",
    )
    record.add_figure(
        "regression",
        plot_descent(bowls),
        caption=(
            "Loss over the steps of gradient descent, each at half its largest stable rate; marks "
            "where it has come within 1% of least squares."
        ),
    )


def judge_formulas(record: RunRecord, x: np.ndarray) -> None:
    """Judge min-max normalization and standardization against scikit-learn's scalers.

    Args:
        record: Takes the verdicts.
        x: Rows in raw units, `(rows, features)`.
    """
    scaled, standardized = normalization.min_max(x), normalization.standardize(x)
    means, variances = standardized.mean(axis=0), standardized.var(axis=0)
    record.judge(
        "A-min-max",
        scaled,
        right=sklearn.preprocessing.MinMaxScaler().fit_transform(x),
        how=f"All values lie from {scaled.min():.0f} to {scaled.max():.0f}. Against MinMaxScaler.",
    )
    record.judge(
        "A-standardization",
        standardized,
        right=sklearn.preprocessing.StandardScaler().fit_transform(x),
        how=f"Means {np.abs(means).max():.0e} or less, variances 1 to "
        f"{np.abs(variances - 1).max():.0e}. Against StandardScaler.",
    )


def regress(config: Config) -> dict[str, list[normalization.Bowl]]:
    """Return the loss surface of a linear regression for random training parts, by scaling."""
    x, y = sklearn.datasets.load_diabetes(return_X_y=True, scaled=False)
    rows = round(TRAINING_SHARE * len(x))
    generators = [np.random.default_rng([config.seed, split]) for split in range(config.splits)]
    parts = [generator.permutation(len(x))[:rows] for generator in generators]
    return {
        name: [normalization.regression_bowl(scale(x[part]), y[part]) for part in parts]
        for name, scale in SCALINGS.items()
    }


def steps_needed(bowl: normalization.Bowl) -> int:
    """Return the steps of gradient descent from 0 at half the largest stable rate."""
    return bowl.steps_to(NEAR * bowl.lowest, bowl.largest_stable_rate / 2)


def describe_bowls(name: str, bowls: list[normalization.Bowl]) -> dict[str, Any]:
    """Give a scaling's row of the table; geometric means over the training parts."""
    steps = [steps_needed(bowl) for bowl in bowls]
    return {
        "inputs": name,
        "condition number": float(scipy.stats.gmean([bowl.condition_number for bowl in bowls])),
        "largest stable rate": float(
            scipy.stats.gmean([bowl.largest_stable_rate for bowl in bowls])
        ),
        STEPS: float(scipy.stats.gmean(steps)),
        "95% interval": stats.geometric_mean_interval(steps),
    }


def judge_scaling_speeds(record: RunRecord, bowls: Mapping[str, list[normalization.Bowl]]) -> None:
    """Judge that scaled inputs make gradient descent faster."""
    steps = {name: np.array([steps_needed(bowl) for bowl in b]) for name, b in bowls.items()}
    ratios = {name: steps["raw units"] / steps[name] for name in ("min-max", "standardized")}
    intervals = {name: stats.geometric_mean_interval(ratio) for name, ratio in ratios.items()}
    measured = ", ".join(
        f"{name} {scipy.stats.gmean(ratio):,.0f} times fewer steps than raw units "
        f"({intervals[name].low:,.0f} to {intervals[name].high:,.0f})"
        for name, ratio in ratios.items()
    )
    record.judge(
        "A-normalization-speeds",
        measured,
        holds=all(interval.low > 1 for interval in intervals.values()),
        how=f"Linear regression, steps to {NEAR} times the loss of least squares at half of each "
        f"largest stable rate, from the Hessian's eigenvalues; geometric means over "
        f"{len(steps['raw units'])} training parts, 95% intervals.",
        interval=intervals["standardized"],
    )


def plot_descent(bowls: Mapping[str, list[normalization.Bowl]]) -> Figure:
    """Draw the loss of the regression over the steps, for the first training part."""
    steps = np.unique(np.geomspace(1, 1e8, 600).astype(np.int64))
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks, lines = plots.style.looks(bowls), (":", "--", "-")
        for linestyle, (name, (bowl, *_)) in zip(lines, bowls.items(), strict=True):
            needed = steps_needed(bowl)
            label = f"{name}: {needed:,} steps, condition number {bowl.condition_number:,.0f}"
            color = looks[name].color
            losses = bowl.loss(bowl.largest_stable_rate / 2, steps)
            axes.plot(steps, losses / bowl.lowest, color=color, linestyle=linestyle, label=label)
            axes.plot(needed, NEAR, markersize=9, **looks[name].line)
        axes.set(xscale="log", xlabel="steps of gradient descent", ylim=(0.9, 3))
        axes.set_ylabel("loss / loss of least squares")
        axes.legend(loc="upper right")
        axes.set_title("The same regression on inputs scaled in three ways")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
