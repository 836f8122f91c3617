"""Learning or memorizing?

Run:   python -m labs.regularization           about 20 s on 2 cores
Smoke: python -m labs.regularization --quick   about 15 s

Trend lines of growing degree show what memorizing is, and why there is a third part of the
data beside training and validation rows. Then the remedies: penalties on the weights (L0,
L1, L2, L∞) by hand, dropout by hand, and a net that is too large for 120 patients, with
each remedy of lecture E in turn. What does each do to overfitting and to the test error?

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lectures B, C
and E on overfitting and the three parts of the data.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np
from rich.progress import track

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import losses, regularization

if TYPE_CHECKING:
    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")

DEGREES = range(13)
POINTS, TEST_POINTS, NOISE = 15, 500, 0.3
PARTS = ("training", "validation", "test")
PENALTIES = np.logspace(-1, 4, 26)
"""Factors λ of the penalties; the squared error of diabetes scores is about 3,000."""
TRAINING_ROWS, BATCH_SIZE, LEARNING_RATE = 120, 32, 0.003
LARGE, SMALL = (64, 64), (8,)
# Four noisy copies made once, before training, were tried first and are memorized like the
# rows: 10 nets saved −.05 to .15 of test error and lost .005 to .048 of accuracy.
JITTER = 0.5
"""Augmentation: normal noise on each row, new in every epoch, in the features' sd."""
AS_IT_IS, STOPPED = "as it is", "early stopping"
REMEDIES: Mapping[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "augmentation": {"jitter": JITTER},
    "dropout": {"dropout": 0.5},
    "penalty": {"l2": 0.01},
    "smaller model": {"hidden": SMALL},
}
"""What is changed in the net that overfits."""
STRENGTHS: Mapping[str, str] = {
    "augmentation": f"Noise of {JITTER} sd on the features, drawn anew in every epoch (a table has "
    "no shifts and turns as images have).",
    "dropout": "p = .5 after each hidden layer.",
    "penalty": "L2 with λ = .01.",
    "smaller model": "8 hidden units in place of 64 and 64.",
    STOPPED: "The epoch is that of the lowest validation error where overfitting was found.",
}
"""How strong each remedy was: round values, not tuned."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4, "draws": 60}

    epochs: int = 60
    """Passes over the training rows."""
    seeds: int = 10
    """Nets with each remedy, at least 2; each has its own 120 training rows."""
    draws: int = 300
    """Draws of points for trend lines, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("draws", self.draws >= 2, "2 or more")


class Nets(NamedTuple):
    """Nets with one remedy, one for each seed; errors are cross-entropies without penalty.

    Attributes:
        name: The remedy.
        history: `error`, `accuracy`, `val_error`, `val_accuracy`, `(seeds, epochs)` each.
        onsets: Epoch from which the monitor found overfitting, None where it found none.
        test_error: Cross-entropy on the test rows, `(seeds,)`.
        test_accuracy: `(seeds,)`.
        gap: Validation error minus training error, `(seeds,)`.
    """

    name: str
    history: Mapping[str, np.ndarray]
    onsets: Sequence[int | None]
    test_error: np.ndarray
    test_accuracy: np.ndarray
    gap: np.ndarray


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes()
    record.use_dataset(patients)

    errors = fit_trend_lines(config)
    record.add_table("trend-lines", list(describe_degrees(errors)))
    record.add_claims(check_trend_line(errors), *check_three_parts(errors))

    x, y = diabetes_scores()
    paths = penalty_paths(x, y)
    record.add_claims(*check_penalties(x, y, paths), check_logistic_penalty(x, patients.train.y))
    record.add_claims(*check_dropout(config.seed))

    nets = train_with_remedies(patients, config)
    record.add_table("remedies", [describe_nets(kind, nets[0]) for kind in nets])
    record.add_claims(*check_remedies(nets), check_curves(nets))
    for kind in nets[:-1]:
        first = {name: values[0] for name, values in kind.history.items()}
        record.save_history(kind.name.replace(" ", "-"), first)
    record.add_findings(*conclude(errors, nets), stop_early(patients, config))
    record.add_figures(
        trend_lines=plot_trend_lines(config.seed, errors),
        penalties=plot_penalties(paths),
        curves=plot_remedies(nets),
        remedies=results.plot_seeds(
            f"diabetes, {TRAINING_ROWS} training rows",
            "which remedy helps how much?",
            {kind.name: kind.test_error for kind in nets},
            score_name="test cross-entropy",
        ),
    )


# --- Trend lines and the three parts ----------------------------------------------------------


def draw_points(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of a sine wave with noise, x from 0 to 1."""
    x = rng.uniform(size=n)
    return x, np.sin(2 * np.pi * x) + rng.normal(scale=NOISE, size=n)


def fit_trend_lines(config: Config) -> np.ndarray:
    """Fit lines of each degree to many draws of points.

    Returns:
        Mean squared errors, `(draws, degrees, 3)`, the last axis as in `PARTS`.
    """
    rng = np.random.default_rng(config.seed)
    errors = np.empty((config.draws, len(DEGREES), len(PARTS)))
    for draw in track(range(config.draws), "Trend lines"):
        parts = [draw_points(n, rng) for n in (POINTS, POINTS, TEST_POINTS)]
        for degree in DEGREES:
            line = fit_line(*parts[0], degree)
            errors[draw, degree] = [losses.mean_squared_error(y, line(x)) for x, y in parts]
    return errors


def fit_line(x: np.ndarray, y: np.ndarray, degree: int) -> Any:
    """Fit a polynomial by least squares, well conditioned by Chebyshev's basis."""
    return np.polynomial.Chebyshev.fit(x, y, degree, domain=[0, 1])


def describe_degrees(errors: np.ndarray) -> Iterator[dict[str, float]]:
    """Give the median errors of each degree."""
    for degree, medians in zip(DEGREES, np.median(errors, axis=0), strict=True):
        named = {f"{part} error": float(m) for part, m in zip(PARTS, medians, strict=True)}
        yield {"degree": degree} | named


def check_trend_line(errors: np.ndarray) -> Claim:
    """Check that the line nearest to the training points is not the better one."""
    training, _, test = np.median(errors, axis=0).T
    best = int(test.argmin())
    falls = bool(np.all(np.diff(errors[:, :, 0], axis=1) <= 1e-9))
    last = len(DEGREES) - 1
    return results.judge_statement(
        "C-trend-line",
        "Which trend line is better? Not the one that passes through every point.",
        holds=falls and 0 < best < last,
        measured=f"median test error {test[best]:.3f} at degree {best}, {test[1]:.3f} at degree 1, "
        f"{test[last]:.3g} at degree {last}; training error {training[1]:.3f} to "
        f"{training[last]:.4f}",
        note=f"{len(errors)} draws of {POINTS} points of a sine with noise of variance "
        f"{NOISE**2:.2f}, which no line can be below on new points. The training error fell with "
        f"every degree in {'each draw' if falls else 'most draws'}.",
    )


def check_three_parts(errors: np.ndarray) -> Iterator[Claim]:
    """Check that training rows flatter the fit, and validation rows the choice."""
    draws = np.arange(len(errors))
    chosen = errors[:, :, 1].argmin(axis=1)
    training, validation, test = errors[draws, chosen].T
    for name, statement, seen, part in (
        ("B-three-parts", "Observed data are split: fitted points do not tell the error.",
         training, "training"),
        ("C-three-parts", "Test data beside validation data: after a choice, these are used up.",
         validation, "validation"),
    ):  # fmt: skip
        ratio = np.log(test / seen)
        interval = results.mean_interval(ratio)
        yield results.judge_statement(
            name,
            statement,
            holds=interval.low > 0,
            measured=f"new points' error is {np.exp(ratio.mean()):.2f} times the {part} error "
            f"({np.exp(interval.low):.2f} to {np.exp(interval.high):.2f})",
            note=f"The degree with the lowest validation error of {len(DEGREES)} in each of "
            f"{len(errors)} draws; geometric mean of test error over {part} error, "
            f"{TEST_POINTS} test points. The interval is that of the logarithm.",
            interval=interval,
        )


# --- Penalties on the weights ---------------------------------------------------------------------


def diabetes_scores() -> tuple[np.ndarray, np.ndarray]:
    """Return the training rows with the score to predict, all centered, features with sd 1."""
    table = sklearn.datasets.load_diabetes()
    x, _, y, _ = sklearn.model_selection.train_test_split(
        table.data, table.target, test_size=0.4, random_state=42
    )
    return (x - x.mean(axis=0)) / x.std(axis=0), y - y.mean()


def penalty_paths(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Return the best weights under each penalty, `(penalties, features)` each."""
    subsets = regularization.best_subsets(x, y)
    costs = [np.mean((y - x @ w) ** 2) for w in subsets]
    counts = np.arange(len(subsets))
    best = [subsets[int(np.argmin(costs + penalty * counts))] for penalty in PENALTIES]
    paths = {"L0": np.array(best)}
    maps = {
        "L1": regularization.soft_threshold,
        "L2": regularization.shrink,
        "L∞": regularization.cap,
    }
    for name, prox in maps.items():
        # L2 squares the weights, which are about 20.
        factors = PENALTIES / 1000 if name == "L2" else PENALTIES / 10
        fits = [regularization.penalized_least_squares(x, y, prox, f, steps=800) for f in factors]
        paths[name] = np.array(fits)
    return paths


def check_penalties(
    x: np.ndarray, y: np.ndarray, paths: Mapping[str, np.ndarray]
) -> Iterator[Claim]:
    """Check what each penalty does as its factor grows."""
    sizes = {name: np.abs(path) for name, path in paths.items()}
    kept = {name: np.count_nonzero(path, axis=1) for name, path in paths.items()}
    unshrunk = all(
        np.allclose(w[w != 0], np.linalg.lstsq(x[:, w != 0], y, rcond=None)[0]) for w in paths["L0"]
    )
    length = np.linalg.norm(paths["L2"], axis=1)
    highest = sizes["L∞"].max(axis=1, keepdims=True)
    tied = np.sum(sizes["L∞"] > highest * (1 - 1e-9), axis=1) * (highest[:, 0] > 0)
    total = sizes["L1"].sum(axis=1)
    cases: tuple[tuple[str, str, str, bool, str], ...] = (
        ("l0", "L0", "‖w‖₀ counts the weights: with λ fewer stay, and those unshrunk.",
         falls(kept["L0"]) and kept["L0"][0] > kept["L0"][-1] and unshrunk,
         f"{kept['L0'][0]} to {kept['L0'][-1]} weights, each choice refitted by least squares"),
        ("l1", "L1", "‖w‖₁: the weights shrink, and one after another becomes 0.",
         falls(total) and kept["L1"][0] > kept["L1"][len(PENALTIES) // 2] > 0,
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
            note=f"Least squares on {len(y)} patients, ten features, {len(PENALTIES)} factors λ; "
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
        p = losses.sigmoid(b[0] + b[1] * feature)
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


# --- Dropout -----------------------------------------------------------------------------------


def check_dropout(seed: int) -> Iterator[Claim]:
    """Check dropout in training and at prediction, Keras's layer against the one by hand."""
    h = np.full((1000, 200), 3.0, dtype="float32")
    rng = np.random.default_rng(seed)
    holds, shares = True, []
    for p in (0.2, 0.5, 0.8):
        layer = keras.layers.Dropout(p, seed=seed)
        layers = [np.asarray(layer(h, training=True)), regularization.dropout(h, p, rng)]
        for dropped in layers:
            deleted = float(np.mean(dropped == 0))
            error = np.sqrt(p * (1 - p) / h.size)
            holds &= abs(deleted - p) < 5 * error
            holds &= np.allclose(dropped[dropped != 0], 3 / (1 - p))
        shares.append(f"{layers[0].max():.4g} (p = {p}, mean {layers[0].mean():.3f})")
    yield results.judge_statement(
        "A-dropout-scale",
        "In training a share p of the nodes is deleted, the others are scaled by 1/(1 − p).",
        holds=bool(holds),
        published="1/(1−p)",
        measured=f"outputs of 3 become 0 or {', '.join(shares)}",
        note=f"{h.size:,} outputs through keras.layers.Dropout and the function by hand; the share "
        "deleted lies within 5 standard errors of p, so the mean stays 3.",
    )
    x = rng.normal(size=(50, 10)).astype("float32")
    with_dropout = models.build_mlp((10,), LARGE, 2, dropout=0.5, seed=seed)
    without = models.build_mlp((10,), LARGE, 2, seed=seed)
    plain = np.asarray(without(x))
    at_prediction = np.abs(np.asarray(with_dropout(x, training=False)) - plain).max()
    in_training = np.abs(np.asarray(with_dropout(x, training=True)) - plain).max()
    yield results.judge_statement(
        "A-dropout-prediction",
        "At prediction all nodes are used as they are.",
        holds=bool(at_prediction == 0 < in_training),
        measured=f"probabilities differ from those of the net without dropout by "
        f"{at_prediction:g} at prediction, by up to {in_training:.2f} in training",
        note="Two 64-64 nets of the same weights, one with dropout .5, on 50 random rows.",
    )


# --- Remedies for a net that memorizes ------------------------------------------------------------


def build(
    seed: int,
    x_train: np.ndarray,
    *,
    hidden: Sequence[int] = LARGE,
    jitter: float = 0.0,
    **settings: Any,
) -> Any:
    """Build a net that reports its error apart from the penalty: Loss = Error + λ Penalty."""
    # The table's makers scaled each feature to a sum of squares of 1 over 442 patients.
    net = models.build_mlp(x_train.shape[1:], hidden, 2, scale=np.sqrt(442), seed=seed, **settings)
    if jitter:
        scale, *dense = net.layers
        noise = keras.layers.GaussianNoise(jitter, seed=seed)
        net = keras.Sequential([keras.Input(x_train.shape[1:]), scale, noise, *dense])
    net.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="error")],
    )
    return net


def draw_rows(patients: Dataset, config: Config) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw the training rows of each net, all others of the training part validate it."""
    orders = [
        np.random.default_rng((config.seed, net)).permutation(len(patients.train))
        for net in range(config.seeds)
    ]
    return [o[:TRAINING_ROWS] for o in orders], [o[TRAINING_ROWS:] for o in orders]


def train_with_remedies(patients: Dataset, config: Config) -> list[Nets]:
    """Train the net as it is and with each remedy, from the same seeds and rows."""
    kinds = []
    for name, changes in track(REMEDIES.items(), "Remedies"):
        if name != AS_IT_IS:
            replicas = train_kind(changes, patients, config)
            kinds.append(after_the_last_epoch(name, replicas, patients.test, config.seeds))
            continue
        replicas = train_kind(changes, patients, config, tested=True)
        kinds.append(after_the_last_epoch(name, replicas, patients.test, config.seeds))
        stopped = stopped_early(kinds[0], replicas.history, config.seeds)
    return [*kinds, stopped]


def train_kind(
    changes: Mapping[str, Any], patients: Dataset, config: Config, *, tested: bool = False
) -> models.Replicas:
    """Train nets with one remedy, and validate them after every epoch.

    Args:
        changes: The remedy, as settings of `build`.
        patients: Training and test rows.
        config: Settings of the lab.
        tested: Whether each net is trained a second time and evaluated on the test rows
            instead, for the error at an epoch that the validation rows choose.
    """
    everything = data.join(patients.train, patients.test)
    rows, validation = draw_rows(patients, config)
    seeds = [config.seed + net for net in range(config.seeds)]
    if tested:
        test_rows = len(patients.train) + np.arange(len(patients.test))
        seeds, rows = [*seeds, *seeds], [*rows, *rows]
        validation = [*validation, *[test_rows] * config.seeds]
    return models.fit_replicas(
        partial(build, **changes),
        everything.x,
        everything.y,
        seeds=seeds,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        row_sets=rows,
        validation_row_sets=validation,
    )


def after_the_last_epoch(name: str, replicas: models.Replicas, test: data.Part, seeds: int) -> Nets:
    """Describe trained nets by their last epoch."""
    history = {metric: values[:seeds] for metric, values in replicas.history.items()}
    probabilities = replicas.predict(test.x)[:seeds]
    right = probabilities.argmax(axis=-1) == test.y
    of_truth = probabilities[:, np.arange(len(test)), test.y]
    return Nets(
        name,
        history,
        [monitor.onset_epoch for monitor in follow_all(history)],
        -np.log(of_truth).mean(axis=1),
        right.mean(axis=1),
        (history["val_error"] - history["error"])[:, -1],
    )


def stopped_early(as_it_is: Nets, both: Mapping[str, np.ndarray], seeds: int) -> Nets:
    """Describe the nets without remedy as they were when the monitor would stop them.

    Args:
        as_it_is: These nets after their last epoch.
        both: Their history, followed by that of the same nets evaluated on test rows.
        seeds: Number of nets.
    """
    history = as_it_is.history
    last = history["error"].shape[1] - 1
    ends = np.array(
        [
            last if monitor.onset_epoch is None else monitor.best_epoch
            for monitor in follow_all(history)
        ]
    )
    net = np.arange(seeds)
    return Nets(
        STOPPED,
        history,
        [None] * seeds,
        both["val_error"][seeds + net, ends],
        both["val_accuracy"][seeds + net, ends],
        (history["val_error"] - history["error"])[net, ends],
    )


def follow_all(history: Mapping[str, np.ndarray]) -> list[callbacks.OverfittingMonitor]:
    """Let a monitor read the curves of each net."""
    return [follow(*curves) for curves in zip(history["error"], history["val_error"], strict=True)]


def follow(loss: np.ndarray, val_loss: np.ndarray) -> callbacks.OverfittingMonitor:
    """Let the monitor read recorded curves, as far as it would let training go."""
    monitor = callbacks.OverfittingMonitor()
    monitor.on_train_begin()
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        for epoch, (train, validation) in enumerate(zip(loss, val_loss, strict=True)):
            monitor.on_epoch_end(epoch, {"loss": train, "val_loss": validation})
            if monitor.found_epoch is not None:
                break
    return monitor


def stop_early(patients: Dataset, config: Config) -> str:
    """Train the first net once more with the monitor as a callback that stops it."""
    rows, validation = (part[0] for part in draw_rows(patients, config))
    train, held_out = patients.train.take(rows), patients.train.take(validation)
    monitor = callbacks.OverfittingMonitor(mode="stop")
    history = models.fit(
        build(config.seed, train.x),
        train.x,
        train.y,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        validation_data=(held_out.x, held_out.y),
        callbacks=[monitor],
        seed=config.seed,
    )
    return (
        f"OverfittingMonitor(mode='stop') on the first net, {len(history.epoch)} of "
        f"{config.epochs} epochs trained: {monitor.report}"
    )


def describe_nets(kind: Nets, as_it_is: Nets) -> dict[str, Any]:
    """Describe the nets with one remedy."""
    onsets = [onset for onset in kind.onsets if onset is not None]
    row: dict[str, Any] = {
        "remedy": kind.name,
        "overfitting found": None if kind.name == STOPPED else f"{len(onsets)}/{len(kind.onsets)}",
        "from epoch (median)": float(np.median(onsets)) + 1 if onsets else None,
        "gap": round(float(kind.gap.mean()), 3),
        "test error": round(float(kind.test_error.mean()), 3),
        "test accuracy": round(float(kind.test_accuracy.mean()), 3),
    }
    if kind is not as_it_is:
        better = results.mean_interval(as_it_is.test_error - kind.test_error)
        row["error saved, 95%"] = [round(end, 3) for end in better]
        gained = results.mean_interval(kind.test_accuracy - as_it_is.test_accuracy)
        row["accuracy gained, 95%"] = [round(end, 3) for end in gained]
    return row


def check_remedies(nets: Sequence[Nets]) -> Iterator[Claim]:
    """Check that each remedy lowers the test error, the same nets compared in pairs."""
    as_it_is, *remedied = nets
    for kind in remedied:
        saved = results.mean_interval(as_it_is.test_error - kind.test_error)
        gained = results.mean_interval(kind.test_accuracy - as_it_is.test_accuracy)
        short = kind.name.replace(" ", "-")
        found = sum(onset is not None for onset in kind.onsets)
        before = sum(onset is not None for onset in as_it_is.onsets)
        yield results.judge_statement(
            f"E-{short}" if kind.name == STOPPED else f"E-remedy-{short}",
            f"Against overfitting: {kind.name}.",
            holds=saved.low > 0,
            measured=f"test cross-entropy {kind.test_error.mean():.3f} in place of "
            f"{as_it_is.test_error.mean():.3f}, saved {saved.low:.3f} to {saved.high:.3f}",
            note=f"{len(kind.test_error)} pairs of nets, {TRAINING_ROWS} patients each, one test "
            f"set; accuracy gained {gained.low:+.3f} to {gained.high:+.3f}. "
            + STRENGTHS[kind.name]
            + (
                ""
                if kind.name == STOPPED
                else f" Overfitting found in {found} of {len(kind.onsets)} nets, without remedy in "
                f"{before}."
            ),
            interval=saved,
        )


def check_curves(nets: Sequence[Nets]) -> Claim:
    """Check that the nets whose two curves lie closer do better on new rows."""
    gaps = np.concatenate([kind.gap for kind in nets])
    errors = np.concatenate([kind.test_error for kind in nets])
    rank = scipy.stats.spearmanr(gaps, errors).statistic
    interval = results.mean_interval(nets[0].gap)
    return results.judge_statement(
        "C-curves-close",
        "Ideally accuracy and loss are similar on training and validation data; a net that is "
        "good on training data only has memorized them.",
        holds=bool(interval.low > 0 and rank > 0.5),
        measured=f"gap without remedy {nets[0].gap.mean():.2f} ({interval.low:.2f} to "
        f"{interval.high:.2f}); rank correlation of gap and test error {rank:.2f}",
        note=f"Validation minus training cross-entropy at the end of {len(gaps)} trainings.",
        interval=interval,
    )


def conclude(errors: np.ndarray, nets: Sequence[Nets]) -> list[str]:
    """Say what the lab shows."""
    chosen = errors[:, :, 1].argmin(axis=1)
    as_it_is, *remedied = nets
    best = min(remedied, key=lambda kind: float(kind.test_error.mean()))
    memorized = as_it_is.history["accuracy"][:, -1].mean()
    return [
        f"Validation points choose degree {np.median(chosen):g} in the median (of up to "
        f"{DEGREES[-1]}); training points would always choose {DEGREES[-1]}.",
        f"Without remedy the net ends with {memorized:.1%} of its training rows right, "
        f"{as_it_is.history['val_accuracy'][:, -1].mean():.1%} of its validation rows and "
        f"{as_it_is.test_accuracy.mean():.1%} of the test rows: it has memorized.",
        f"The lowest test cross-entropy comes from {best.name}: {best.test_error.mean():.3f}, "
        f"accuracy {best.test_accuracy.mean():.1%}.",
    ]


# --- Pictures ---------------------------------------------------------------------------------


def plot_trend_lines(seed: int, errors: np.ndarray) -> Any:
    """Draw three trend lines through one draw of points, and the errors by degree."""
    x, y = draw_points(POINTS, np.random.default_rng(seed))
    medians = np.median(errors, axis=0)
    best = int(medians[:, 2].argmin())
    grid = np.linspace(0, 1, 400)
    lines = dict(zip((1, best, DEGREES[-1]), (":", "-", "--"), strict=True))
    with results.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(x, y, "o", color=results.style.NEUTRAL, label="training points")
        for (degree, line), color in zip(lines.items(), results.style.COLORS, strict=False):
            values = fit_line(x, y, degree)(grid)
            left.plot(grid, values, line, color=color, label=f"degree {degree}")
        left.set(xlabel="x", ylabel="y", ylim=(-2, 2), title="Which trend line is better?")
        left.legend()
        for part, line, color, marker in zip(
            PARTS, ("--", "-", ":"), results.style.COLORS, results.style.MARKERS, strict=False
        ):
            right.semilogy(
                DEGREES, medians[:, PARTS.index(part)], line, color=color, marker=marker, label=part
            )
        right.set(xlabel="degree", ylabel="median of mean squared error", ylim=(0.005, 20),
                  title=f"{len(errors)} draws of {POINTS} points")  # fmt: skip
        right.legend()
        figure.suptitle(f"The training error always falls; new points are best at degree {best}")
    return figure


def plot_penalties(paths: Mapping[str, np.ndarray]) -> Any:
    """Draw the ten weights over the factor of each penalty."""
    titles = {
        "L0": "L0: kept or deleted",
        "L1": "L1: shrunk, then 0",
        "L2": "L2: shrunk, never 0",
        "L∞": "L∞: the largest cut",
    }
    scales = {"L0": 1, "L1": 0.1, "L2": 0.001, "L∞": 0.1}
    line_styles = ("-", "--", "-.", ":")
    with results.style.figure(13, 4.8) as figure:
        panels = figure.subplots(1, 4, sharey=True)
        for axes, (name, path) in zip(panels, paths.items(), strict=True):
            for feature, weights in enumerate(path.T):
                axes.semilogx(
                    PENALTIES * scales[name],
                    weights,
                    color=results.style.COLORS[feature % len(results.style.COLORS)],
                    linestyle=line_styles[feature % len(line_styles)],
                )
            axes.set(title=titles[name], xlabel="λ")
        panels[0].set_ylabel("weight of each feature (features with sd 1)")
        figure.suptitle("Loss = Error + λ Penalty: each penalty makes weights small in its own way")
    return figure


def plot_remedies(nets: Sequence[Nets]) -> Any:
    """Draw the validation error over the epochs with each remedy, mean over seeds."""
    with results.style.figure() as figure:
        axes = figure.subplots()
        as_it_is = nets[0].history
        epochs = np.arange(1, as_it_is["error"].shape[1] + 1)
        axes.plot(
            epochs, as_it_is["error"].mean(axis=0), color="black", linestyle=":",
            label=f"training, {AS_IT_IS}",
        )  # fmt: skip
        for index, kind in enumerate(nets[:-1]):
            axes.plot(
                epochs,
                kind.history["val_error"].mean(axis=0),
                color=results.style.COLORS[index],
                marker=results.style.MARKERS[index],
                markevery=(index, max(1, len(epochs) // 8)),
                label=f"validation, {kind.name}",
            )
        axes.set(xlabel="epoch", ylabel=f"cross-entropy, mean of {len(nets[0].gap)} nets",
                 ylim=(0, None))  # fmt: skip
        figure.legend(loc="outside right center")
        figure.suptitle(f"Too large a net for {TRAINING_ROWS} patients, and what mends it")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
