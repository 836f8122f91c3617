"""What does each penalty do to the weights?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.penalties
Quick: python -m labs.penalties --quick
Try:   --factors 101    where exactly does each weight reach 0?
       --penalty 50     what is left of the slope of the logistic rule?

Loss = Error + λ Penalty. A linear rule predicts the diabetes scores from ten features, with λ
growing: L0 deletes weights, L1 shrinks them to 0, L2 shrinks all and deletes none, L∞ cuts the
largest. Then weight decay as lecture A writes it for logistic regression.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots
from labs.running import Above, AtLeast, AtMost, LabConfig, lab
from models.by_hand import activations, losses, normalization, regularization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")

ALPHA = 0.01
"""Of the lecture's code."""
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

    factors: Annotated[int, AtLeast(5)] = 26
    """Values of λ for each penalty, over five powers of ten."""
    penalty: Annotated[float, Above(0), AtMost(1e6)] = 5.0
    """λ of the logistic rule."""


class Path(NamedTuple):
    """The best weights under one penalty as its factor grows.

    Attributes:
        factors: λ, `(factors,)`.
        weights: `(factors, features)`.
    """

    factors: np.ndarray
    weights: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Fit a linear rule under each penalty with a growing factor."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    x = normalization.standardize(patients.train.x)
    scores, _ = data.load_progression_scores()
    y = scores - scores.mean()
    paths = penalty_paths(x, y, config.factors)
    judge_penalties(record, x, y, paths)
    judge_size(record, paths)
    judge_logistic_penalty(record, x, patients.train.y, config.penalty)
    judge_alpha(record, x, patients.train.y, config.seed)
    record.add_figure(
        "penalties",
        plot_penalties(paths, patients.feature_names),
        caption="The weights of ten features as the factor λ of each penalty grows: the four "
        "largest "
        "in color, the others grey.",
    )
    kept = {
        name: np.count_nonzero(path.weights[len(path.weights) // 2]) for name, path in paths.items()
    }
    record.answer(
        f"At the middle of their ranges of λ, L0 keeps {kept['L0']} of {x.shape[1]} weights and L1 "
        f"{kept['L1']}, L2 {kept['L2']} and L∞ {kept['L∞']}: the first deletes and does not "
        "shrink, "
        "the second shrinks to 0, the third shrinks all, the last cuts the largest.",
        limits="A linear rule on one table; whether a penalty helps on new rows is the question of "
        "labs.regularization.",
    )


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


def judge_penalties(
    record: RunRecord, x: np.ndarray, y: np.ndarray, paths: Mapping[str, Path]
) -> None:
    """Judge what each penalty does as its factor grows."""
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
    fitted = f"Least squares on {len(y)} patients, ten features, {len(length)} factors λ; "
    descent = fitted + "by accelerated proximal descent."
    record.judge(
        "A-penalty-l0",
        f"{kept['L0'][0]} to {kept['L0'][-1]} weights, each choice refitted by least squares",
        holds=falls(kept["L0"]) and kept["L0"][0] > kept["L0"][-1] and unshrunk,
        how=fitted + "all 1,024 choices of features tried.",
    )
    record.judge(
        "A-penalty-l1",
        f"Σ|w| from {total[0]:.0f} to {total[-1]:.0f}, weights that are not 0: {kept['L1'][0]} to "
        f"{kept['L1'][-1]}",
        holds=falls(total) and kept["L1"][0] > kept["L1"][len(kept["L1"]) // 2] > 0,
        how=descent,
    )
    record.judge(
        "A-penalty-l2",
        f"√Σw² from {length[0]:.1f} to {length[-1]:.1f}, {kept['L2'].min()} of {x.shape[1]} "
        "weights stay",
        holds=falls(length) and bool(np.all(kept["L2"] == x.shape[1])),
        how=descent,
    )
    record.judge(
        "A-penalty-l-infinity",
        f"largest |w| from {highest[0, 0]:.1f} to {highest[-1, 0]:.1f}, up to {tied.max()} weights "
        "of exactly that size",
        holds=falls(highest[:, 0]) and tied.max() > 1,
        how=descent,
    )


def judge_size(record: RunRecord, paths: Mapping[str, Path]) -> None:
    """Judge that each penalty keeps the largest weight from growing."""
    largest = {name: np.abs(path.weights).max(axis=1) for name, path in paths.items()}
    # Where all weights are gone, there is none to shrink.
    held = [falls(sizes) and sizes[sizes > 0][-1] < sizes[0] for sizes in largest.values()]
    told = (
        f"{name} from {sizes[0]:.1f} to at most {sizes.max():.1f}, last {sizes[sizes > 0][-1]:.1f}"
        for name, sizes in largest.items()
    )
    record.judge(
        "A-penalty-size",
        f"largest |w| as λ grows: {'; '.join(told)}",
        holds=held,
        how="The weights as for each penalty. L0 counts weights whatever their size: those that "
        "stay do the work of those that go.",
    )


def falls(values: np.ndarray) -> bool:
    """Tell whether values never rise, to rounding."""
    return bool(np.all(np.diff(values) <= 1e-6 * np.abs(values[:-1]) + 1e-9))


def judge_logistic_penalty(record: RunRecord, x: np.ndarray, y: np.ndarray, penalty: float) -> None:
    """Judge lecture A's loss of a logistic rule, whose slope is punished and not its bias."""
    feature = x[:, 2]  # The body mass index.

    def slide_loss(b: np.ndarray) -> float:
        p = activations.logistic(b[0] + b[1] * feature)
        return float(losses.binary_cross_entropy(y, p).sum() + penalty * b[1] ** 2)

    found = scipy.optimize.minimize(slide_loss, np.zeros(2), tol=1e-10).x
    rule = sklearn.linear_model.LogisticRegression(C=1 / (2 * penalty), tol=1e-10)
    rule.fit(feature[:, None], y)
    reference = [rule.intercept_[0], rule.coef_[0, 0]]
    record.judge(
        "A-penalty-logistic",
        np.round(found, 4),
        right=np.round(reference, 4),
        how=f"β₀ and β₁ of the body mass index that minimize it with λ = {penalty:g}, against "
        "scikit-learn's LogisticRegression(C=1/(2λ)), to four digits; the bias β₀ is free in "
        "both.",
    )


def judge_alpha(record: RunRecord, x: np.ndarray, y: np.ndarray, seed: int) -> None:
    """Judge that scikit-learn's alpha is the factor of a squared penalty on the weights."""
    net = sklearn.neural_network.MLPClassifier(
        (10, 5), "logistic", solver="lbfgs", alpha=ALPHA, max_iter=10_000, random_state=seed
    ).fit(x, y)
    added = float(net.loss_) - sklearn.metrics.log_loss(y, net.predict_proba(x))
    squares = sum(float((w**2).sum()) for w in net.coefs_)
    record.judge(
        "A-alpha-l2",
        f"the loss is {added:.6f} above the cross-entropy, α/2n · Σw² is "
        f"{ALPHA * squares / (2 * len(y)):.6f}",
        holds=bool(np.isclose(added, ALPHA * squares / (2 * len(y)), rtol=1e-3)),
        how=f"The lecture's MLPClassifier with α = {ALPHA:g} on {len(y)} standardized patients: "
        f"Σw² of its weights, {squares:,.0f}, without the biases.",
    )


def plot_penalties(paths: Mapping[str, Path], features: Sequence[str]) -> Figure:
    """Draw the ten weights over the factor of each penalty, the largest four in color."""
    start = np.abs(paths["L2"].weights[0])
    shown = [features[number] for number in np.argsort(-start)[:4]]
    looks = plots.style.looks(shown)
    with plots.style.figure(13, 5.2) as figure:
        panels = figure.subplots(1, 4, sharey=True)
        for axes, (name, path) in zip(panels, paths.items(), strict=True):
            for feature, weights in zip(features, path.weights.T, strict=True):
                color = looks[feature].color if feature in shown else plots.style.FAINT
                label = feature if feature in shown else None
                axes.semilogx(path.factors, weights, color=color, label=label)
            axes.set(title=TITLES[name], xlabel="λ")
        others = ", ".join(feature for feature in features if feature not in shown)
        panels[0].plot([], [], color=plots.style.FAINT, label=others)
        panels[0].set_ylabel("weight (features with sd 1)")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
        figure.suptitle("Weights of ten features over the factor of each penalty")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
