"""Why scale the inputs?

Run:   python -m labs.scaling           about 2 s on 2 cores
Smoke: python -m labs.scaling --quick   about 2 s

The diabetes table in its raw units (years, mg/dl, ...) is scaled in the lecture's two ways. For
a linear regression the Hessian says beforehand how fast gradient descent may go and how many
steps it takes.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import normalization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")

SCALINGS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "raw units": np.asarray,
    "min-max": normalization.min_max,
    "standardized": normalization.standardize,
}
NEAR = 1.01
"""Gradient descent has arrived at 1.01 times the loss of least squares."""
TRAINING_SHARE = 0.6
"""Of the patients, as in the lecture's split."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"splits": 5}

    splits: int = 30
    """Random training parts, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("splits", self.splits >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    record.add_claims(*check_formulas(patients.train.x))

    bowls = regress(config)
    record.add_table("regression", [describe_bowls(*item) for item in bowls.items()])
    record.add_claims(check_scaling_speeds(bowls))
    record.add_findings(conclude(bowls))
    record.add_figures(regression=plot_descent(bowls))


def check_formulas(x: np.ndarray) -> Iterator[Claim]:
    """Check min-max normalization and standardization against scikit-learn's scalers.

    Args:
        x: Rows in raw units, `(rows, features)`.
    """
    scaled, standardized = normalization.min_max(x), normalization.standardize(x)
    means, variances = standardized.mean(axis=0), standardized.var(axis=0)
    ways = {
        "A-min-max": (
            "Min-max normalization brings the data to 0 to 1.",
            "0 to 1",
            scaled,
            sklearn.preprocessing.MinMaxScaler(),
            f"All values lie from {scaled.min():.0f} to {scaled.max():.0f}.",
        ),
        "A-standardization": (
            "Standardization brings the data to mean 0 and variance 1.",
            "mean 0, variance 1",
            standardized,
            sklearn.preprocessing.StandardScaler(),
            f"Means {np.abs(means).max():.0e} or less, variances 1 to "
            f"{np.abs(variances - 1).max():.0e}.",
        ),
    }
    for name, (statement, published, by_hand, scaler, note) in ways.items():
        yield results.judge_formula(
            name,
            statement,
            published=published,
            slide_value=by_hand,
            right_value=scaler.fit_transform(x),
            note=f"{note} Against {type(scaler).__name__}.",
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
    low, high = results.geometric_mean_interval(steps)
    condition = scipy.stats.gmean([bowl.condition_number for bowl in bowls])
    rate = scipy.stats.gmean([bowl.largest_stable_rate for bowl in bowls])
    return {
        "inputs": name,
        "condition number": f"{condition:,.0f}",
        "largest stable rate": f"{rate:.2g}",
        f"steps to {NEAR} × least squares": f"{scipy.stats.gmean(steps):,.0f}",
        "95% interval": f"{low:,.0f} to {high:,.0f}",
    }


def check_scaling_speeds(bowls: Mapping[str, list[normalization.Bowl]]) -> Claim:
    """Check that scaled inputs make gradient descent faster."""
    steps = {name: np.array([steps_needed(bowl) for bowl in b]) for name, b in bowls.items()}
    ratios = {name: steps["raw units"] / steps[name] for name in ("min-max", "standardized")}
    intervals = {name: results.geometric_mean_interval(ratio) for name, ratio in ratios.items()}
    measured = ", ".join(
        f"{name} {scipy.stats.gmean(ratio):,.0f} times fewer steps than raw units "
        f"({intervals[name].low:,.0f} to {intervals[name].high:,.0f})"
        for name, ratio in ratios.items()
    )
    return results.judge_statement(
        "A-normalization-speeds",
        "Scaling the data makes learning faster.",
        holds=all(interval.low > 1 for interval in intervals.values()),
        measured=measured,
        note=f"Linear regression, steps to {NEAR} times the loss of least squares at half of each "
        f"largest stable rate, from the Hessian's eigenvalues; geometric means over "
        f"{len(steps['raw units'])} training parts, 95% intervals.",
        interval=intervals["standardized"],
    )


def conclude(bowls: Mapping[str, list[normalization.Bowl]]) -> str:
    """Say what the number of steps goes with."""
    steps = np.log([[steps_needed(bowl) for bowl in b] for b in bowls.values()]).ravel()
    conditions = np.log([[bowl.condition_number for bowl in b] for b in bowls.values()]).ravel()
    return (
        "Scaling changes nothing in what the regression can say, only the shape of the bowl: over "
        f"{len(steps)} fits the steps go with the condition number, λmax/λmin of the Hessian "
        f"(correlation of the logarithms {np.corrcoef(steps, conditions)[0, 1]:.3f})."
    )


def plot_descent(bowls: Mapping[str, list[normalization.Bowl]]) -> Figure:
    """Draw the loss of the regression over the steps, for the first training part."""
    steps = np.unique(np.geomspace(1, 1e8, 600).astype(np.int64))
    with results.style.figure() as figure:
        axes = figure.subplots()
        for index, (name, (bowl, *_)) in enumerate(bowls.items()):
            needed = steps_needed(bowl)
            label = f"{name}: {needed:,} steps, condition number {bowl.condition_number:,.0f}"
            color, linestyle = results.style.COLORS[index], (":", "--", "-")[index]
            losses = bowl.loss(bowl.largest_stable_rate / 2, steps)
            axes.plot(steps, losses / bowl.lowest, color=color, linestyle=linestyle, label=label)
            axes.plot(needed, NEAR, color=color, marker=results.style.MARKERS[index], markersize=9)
        axes.set(xscale="log", xlabel="steps of gradient descent", ylim=(0.9, 3))
        axes.set_ylabel("loss / loss of least squares")
        axes.legend(loc="upper right")
        axes.set_title("Same patients, same model: scaling saves millions of steps")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
