"""What does each penalty do to the weights?

Run:   python -m labs.penalties           about 3 s on 2 cores
Smoke: python -m labs.penalties --quick   about 3 s

Loss = Error + λ Penalty. A linear rule predicts the diabetes scores from ten features, with λ
growing: L0 deletes weights, L1 shrinks them to 0, L2 shrinks all and deletes none, L∞ cuts the
largest. Then weight decay as lecture A writes it for logistic regression.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import activations, losses, normalization, regularization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")

TITLES = {
    "L0": "L0: kept or deleted",
    "L1": "L1: shrunk, then 0",
    "L2": "L2: shrunk, never 0",
    "L∞": "L∞: the largest cut",
}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"factors": 11}

    factors: int = 26
    """Values of λ for each penalty, 5 or more, over five powers of ten."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("factors", self.factors >= 5, "5 or more")


class Path(NamedTuple):
    """The best weights under one penalty as its factor grows.

    Attributes:
        factors: λ, `(factors,)`.
        weights: `(factors, features)`.
    """

    factors: np.ndarray
    weights: np.ndarray


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    x = normalization.standardize(patients.train.x)
    scores, _ = data.load_progression_scores()
    y = scores - scores.mean()
    paths = penalty_paths(x, y, config.factors)
    record.add_claims(*check_penalties(x, y, paths), check_logistic_penalty(x, patients.train.y))
    record.add_figures(penalties=plot_penalties(paths))


def penalty_paths(x: np.ndarray, y: np.ndarray, factors: int) -> dict[str, Path]:
    """Find the best weights under each penalty."""
    subsets = regularization.best_subsets(x, y)
    costs = [np.mean((y - x @ w) ** 2) for w in subsets]
    counts = np.arange(len(subsets))
    grid = np.logspace(-1, 4, factors)  # The squared error of diabetes scores is about 3,000.
    best = [subsets[int(np.argmin(costs + factor * counts))] for factor in grid]
    paths = {"L0": Path(grid, np.array(best))}
    for name, prox, scale in (
        ("L1", regularization.soft_threshold, 0.1),
        ("L2", regularization.shrink, 0.001),  # It squares the weights, which are about 20.
        ("L∞", regularization.cap, 0.1),
    ):
        fits = [
            regularization.penalized_least_squares(x, y, prox, scale * factor, steps=800)
            for factor in grid
        ]
        paths[name] = Path(scale * grid, np.array(fits))
    return paths


def check_penalties(x: np.ndarray, y: np.ndarray, paths: Mapping[str, Path]) -> Iterator[Claim]:
    """Check what each penalty does as its factor grows."""
    sizes = {name: np.abs(path.weights) for name, path in paths.items()}
    kept = {name: np.count_nonzero(path.weights, axis=1) for name, path in paths.items()}
    unshrunk = all(
        np.allclose(w[w != 0], np.linalg.lstsq(x[:, w != 0], y, rcond=None)[0])
        for w in paths["L0"].weights
    )
    length = np.linalg.norm(sizes["L2"], axis=1)
    highest = sizes["L∞"].max(axis=1, keepdims=True)
    tied = np.sum(sizes["L∞"] > highest * (1 - 1e-9), axis=1) * (highest[:, 0] > 0)
    total = sizes["L1"].sum(axis=1)
    cases: tuple[tuple[str, str, str, bool, str], ...] = (
        ("l0", "L0", "‖w‖₀ counts the weights: with λ fewer stay, and those unshrunk.",
         falls(kept["L0"]) and kept["L0"][0] > kept["L0"][-1] and unshrunk,
         f"{kept['L0'][0]} to {kept['L0'][-1]} weights, each choice refitted by least squares"),
        ("l1", "L1", "‖w‖₁: the weights shrink, and one after another becomes 0.",
         falls(total) and kept["L1"][0] > kept["L1"][len(kept["L1"]) // 2] > 0,
         f"Σ|w| from {total[0]:.0f} to {total[-1]:.0f}, weights that are not 0: "
         f"{kept['L1'][0]} to {kept['L1'][-1]}"),
        ("l2", "L2", "‖w‖₂²: a large weight is punished most; all shrink, and none becomes 0.",
         falls(length) and bool(np.all(kept["L2"] == x.shape[1])),
         f"√Σw² from {length[0]:.1f} to {length[-1]:.1f}, {kept['L2'].min()} of {x.shape[1]} "
         "weights stay"),
        ("l-infinity", "L∞", "‖w‖∞: the largest weights are cut, until several share one size.",
         falls(highest[:, 0]) and tied.max() > 1,
         f"largest |w| from {highest[0, 0]:.1f} to {highest[-1, 0]:.1f}, up to {tied.max()} "
         "weights of exactly that size"),
    )  # fmt: skip
    for name, penalty, statement, holds, measured in cases:
        yield results.judge_statement(
            f"A-penalty-{name}",
            statement,
            holds=holds,
            published="Loss = Error + λ Penalty",
            measured=measured,
            note=f"Least squares on {len(y)} patients, ten features, {len(length)} factors λ; "
            + (
                "all 1,024 choices of features tried."
                if penalty == "L0"
                else "by accelerated proximal descent."
            ),
        )


def falls(values: np.ndarray) -> bool:
    """Tell whether values never rise, to rounding."""
    return bool(np.all(np.diff(values) <= 1e-6 * np.abs(values[:-1]) + 1e-9))


def check_logistic_penalty(x: np.ndarray, y: np.ndarray, penalty: float = 5.0) -> Claim:
    """Check lecture A's loss of a logistic rule, whose slope is punished and not its bias."""
    feature = x[:, 2]  # The body mass index.

    def slide_loss(b: np.ndarray) -> float:
        p = activations.logistic(b[0] + b[1] * feature)
        return float(losses.binary_cross_entropy(y, p).sum() + penalty * b[1] ** 2)

    found = scipy.optimize.minimize(slide_loss, np.zeros(2), tol=1e-10).x
    rule = sklearn.linear_model.LogisticRegression(C=1 / (2 * penalty), tol=1e-10)
    rule.fit(feature[:, None], y)
    reference = [rule.intercept_[0], rule.coef_[0, 0]]
    return results.judge_formula(
        "A-penalty-logistic",
        "The loss of logistic regression with weight decay.",
        published="−Σ [y log p + (1 − y) log(1 − p)] + λβ₁²",
        slide_value=np.round(found, 4),
        right_value=np.round(reference, 4),
        note=f"β₀ and β₁ of the body mass index that minimize it with λ = {penalty:g}, against "
        "scikit-learn's LogisticRegression(C=1/(2λ)), to four digits; the bias β₀ is free in both.",
    )


def plot_penalties(paths: Mapping[str, Path]) -> Figure:
    """Draw the ten weights over the factor of each penalty."""
    line_styles = ("-", "--", "-.", ":")
    with results.style.figure(13, 4.8) as figure:
        panels = figure.subplots(1, 4, sharey=True)
        for axes, (name, path) in zip(panels, paths.items(), strict=True):
            for feature, weights in enumerate(path.weights.T):
                axes.semilogx(
                    path.factors,
                    weights,
                    color=results.style.COLORS[feature % len(results.style.COLORS)],
                    linestyle=line_styles[feature % len(line_styles)],
                )
            axes.set(title=TITLES[name], xlabel="λ")
        panels[0].set_ylabel("weight (features with sd 1)")
        figure.suptitle("Loss = Error + λ Penalty: each penalty makes weights small in its own way")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
