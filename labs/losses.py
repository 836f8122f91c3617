"""What is being minimized?

Topic: losses                         Time: seconds
Run:   python -m labs.losses
Quick: python -m labs.losses --quick
Try:   --steps 50      has cross-entropy come down before squared error moves?
       --steps 3000    does squared error ever get away from its wrong start?

Losses are computed by hand and set against SciPy and Keras, and squared error is tried as a loss
for probabilities. What becomes of log(0) is the question of labs.log_zero, whether a loss grows
with the error that of labs.larger_error.

Source: lectures B and C; each function in `models/by_hand/losses.py` names its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, permutations
from typing import TYPE_CHECKING, Annotated

import lazy_loader
import numpy as np

from labs import data, plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import activations, distances, losses, normalization, optimization, problems

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")
tf = lazy_loader.load("tensorflow")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    steps: Annotated[int, AtLeast(1)] = 300
    """Steps of both descents from a confidently wrong start."""


def experiment(config: Config, record: RunRecord) -> None:
    """Judge losses by hand against SciPy and Keras, and descend on two of them."""
    rng = np.random.default_rng(config.seed)
    patients = data.load_diabetes()
    record.use_dataset(patients)
    x, y = normalization.standardize(patients.train.x), patients.train.y
    x = np.column_stack([x, np.ones(len(x))])
    judge_regression(record, x, data.load_progression_scores()[0])
    judge_classification(record)
    judge_losses(record, rng)
    judge_label_forms(record, losses.softmax(rng.normal(size=(10, 10))))
    descents = descend_from_wrong_start(x, y, config.steps)
    judge_not_squared_error(record, x, y, rng, descents)
    slow, fast = (
        float(slope(np.array([-10.0]), 1)[0])
        for slope in (losses.squared_error_slope, losses.cross_entropy_slope)
    )
    arrive = {name: np.flatnonzero(right >= 0.7) for name, right in descents.items()}
    when = {n: f"after {steps[0]} steps" if len(steps) else "never" for n, steps in arrive.items()}
    record.answer(
        "Squared error asks for the mean and cross-entropy for the true shares; for probabilities "
        f"the first is flat where it is most wrong: at the score −10 it pulls with {slow:.1e}, "
        f"cross-entropy with {fast:.4f}. Started confidently wrong, descent on cross-entropy comes "
        f"to 70% training accuracy {when['cross-entropy']}, on squared error "
        f"{when['squared error']} in {config.steps} steps.",
        limits="One neuron on 265 patients; the losses of regression are compared on one number.",
    )
    record.add_figure(
        "squared_error",
        plot_squared_error(descents),
        caption=(
            "Left both losses of one row over its score: squared error is flat where the answer "
            "is confident and wrong. Right descents on both from such weights."
        ),
    )


# --- Losses by hand ----------------------------------------------------------------------------


def judge_regression(record: RunRecord, x: np.ndarray, y: np.ndarray) -> None:
    """Judge what minimizes the squared error: of constants the mean, of lines the known one."""
    squared = scipy.optimize.minimize_scalar(lambda c: losses.mean_squared_error(y, c))
    grid = np.unique(y)
    absolute = grid[np.argmin([np.abs(y - c).mean() for c in grid])]
    found = scipy.optimize.minimize(
        lambda w: losses.mean_squared_error(y, x @ w), np.zeros(len(x.T))
    )
    off = np.abs(x @ found.x - x @ np.linalg.lstsq(x, y)[0]).max() / np.ptp(y)
    record.judge(
        "B-regression-mse",
        f"Σ(y − c)² is smallest at c = {squared.x:.2f} (mean {y.mean():.2f}), Σ|y − c| "
        f"at {absolute:.1f} (median {np.median(y):.1f}); with {len(x.T)} parameters at the line of "
        "least squares",
        holds=bool(
            np.isclose(squared.x, y.mean())
            and absolute == np.sort(y)[(len(y) - 1) // 2]
            and off < 1e-3
        ),
        how=f"The scores of {len(y)} patients by one number c and by a line through ten inputs, "
        f"from which descent is off by {off:.0e} of their range. MSE asks for the mean, mean "
        "absolute error for the median. A net does so in C-table-regression.",
    )


def judge_classification(record: RunRecord) -> None:
    """Judge what a distribution without inputs has to be to minimize cross-entropy."""
    digit_labels = sklearn.datasets.load_digits().target
    share = np.bincount(digit_labels) / len(digit_labels)
    one_hot = np.eye(len(share))[digit_labels]

    def loss(scores: np.ndarray) -> float:
        q = np.broadcast_to(losses.softmax(scores), one_hot.shape)
        return float(losses.categorical_cross_entropy(one_hot, q).mean())

    best = scipy.optimize.minimize(loss, np.zeros(len(share)), tol=1e-10)
    lowest = float(distances.entropy(share)) * np.log(2)
    farthest = np.abs(losses.softmax(best.x) - share).max()
    record.judge(
        "B-classification-cross-entropy",
        f"lowest loss {best.fun:.5f}, entropy of the labels {lowest:.5f} nats; "
        f"probabilities within {farthest:.0e} of the shares",
        holds=bool(np.isclose(best.fun, lowest) and farthest < 1e-3),
        how=f"One distribution for the labels of scikit-learn's {len(digit_labels):,} digits, by "
        "scipy.optimize. With inputs a net does so in C-table-categorical.",
    )


def judge_losses(record: RunRecord, rng: np.random.Generator) -> None:
    """Judge softmax and lecture C's cross-entropy against Keras."""
    scores = rng.normal(scale=3, size=(50, 10))
    with np.errstate(over="ignore", invalid="ignore"):
        overflows = bool(np.isnan(losses.naive_softmax([0, 1000])).any())
    by_keras = keras.ops.convert_to_numpy(keras.ops.softmax(scores))
    record.judge(
        "C-softmax",
        [losses.softmax(scores), losses.softmax(scores + 1000)],
        right=[by_keras, by_keras],
        how="By hand against Keras, also with 1,000 added to every score, which changes nothing. "
        f"As the formula stands, e^1000 {'overflows to NaN' if overflows else 'is finite'}; "
        "less "
        "the largest score first, it does not.",
    )
    p, t = rng.uniform(0.01, 0.99, 50), rng.integers(0, 2, 50)
    two_classes = np.stack([t, 1 - t], axis=1), np.stack([p, 1 - p], axis=1)
    by_keras = (
        keras.losses.binary_crossentropy(t[:, None], p[:, None]),
        keras.losses.categorical_crossentropy(*two_classes),
    )
    record.judge(
        "C-cross-entropy",
        [losses.binary_cross_entropy(t, p)] * 2,
        right=[keras.ops.convert_to_numpy(values) for values in by_keras],
        how="By hand against Keras's binary and categorical loss on 50 rows.",
    )


def judge_label_forms(record: RunRecord, p: np.ndarray) -> None:
    """Judge that each cross-entropy takes its own form of labels, and that both are one loss.

    Args:
        record: Takes the verdict.
        p: A distribution for each of ten classes, `(10, 10)`.
    """
    forms = {"categorical": np.eye(10), "sparse_categorical": np.arange(10)}

    def ask_keras(name: str, labels: np.ndarray) -> np.ndarray | str:
        try:
            return np.asarray(getattr(keras.losses, f"{name}_crossentropy")(labels, p))
        except ValueError as error:
            return f"ValueError: {str(error).split('. ')[0]}"

    one_hot, integers = (ask_keras(name, labels) for name, labels in forms.items())
    wrong = {name: ask_keras(name, forms[other]) for name, other in permutations(forms)}
    same = not isinstance(one_hot, str) and bool(np.allclose(one_hot, integers))
    record.judge(
        "C-one-hot",
        f"on their own labels {'one loss' if same else 'two'}; on the other's: "
        + "; ".join(f"{name} {answer}" for name, answer in wrong.items()),
        holds=same and all(isinstance(answer, str) for answer in wrong.values()),
        how="Keras's losses of ten rows.",
    )


def descend_from_wrong_start(x: np.ndarray, y: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """Descend both losses from −10 times the best weights: confident, and wrong.

    Returns:
        For each loss the training accuracy before each step, `(steps,)`.
    """
    neurons = {"squared error": problems.neuron(x, y),
               "cross-entropy": problems.logistic_regression(x, y)}  # fmt: skip
    wrong = -10 * problems.find_minimum(neurons["cross-entropy"])
    accuracies = {}
    for name, neuron in neurons.items():
        weights = islice(optimization.gradient_descent(neuron.gradient, wrong, rate=1.0), steps)
        accuracies[name] = np.array([np.mean((x @ w > 0) == y) for w in weights])
    return accuracies


def judge_not_squared_error(
    record: RunRecord,
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
    descents: dict[str, np.ndarray],
) -> None:
    """Judge that the squared error of a sigmoid is not convex, and cross-entropy is."""
    weights = rng.normal(size=(200, x.shape[1]))
    squared, entropy = (
        min(float(np.linalg.eigvalsh(neuron.hessian(w))[0]) for w in weights)
        for neuron in (problems.neuron(x, y), problems.logistic_regression(x, y))
    )
    z = np.linspace(-10, 10, 2001)
    bend = losses.squared_error_curvature(z, 1)
    ends = {name: float(right[-1]) for name, right in descents.items()}
    record.judge(
        "C-not-rmse",
        f"smallest Hessian eigenvalue {squared:.4f} for squared error, "
        f"{entropy:.1e} for cross-entropy",
        holds=bool(
            squared < -1e-3
            and bend.min() < -1e-3
            and entropy > -1e-12
            and losses.cross_entropy_curvature(z).min() > 0
        ),
        how=f"At 200 random weights on {len(y)} patients; of one row at most bent down at "
        f"z = {z[bend.argmin()]:.2f}, {bend.min():.4f}. The root bends down wherever the "
        f"square does. From confidently wrong weights, {len(descents['cross-entropy']) - 1} "
        "steps lead "
        f"to training accuracy {ends['squared error']:.2f} with squared error and "
        f"{ends['cross-entropy']:.2f} with cross-entropy.",
    )


# --- Pictures ------------------------------------------------------------------------------------


def plot_squared_error(descents: dict[str, np.ndarray]) -> Figure:
    """Draw both losses of one row over its score, and both descents from a wrong start."""
    z = np.linspace(-8, 4, 400)
    t = np.ones(z.shape)
    curves = {
        "squared error": (activations.logistic(z) - t) ** 2,
        "cross-entropy": losses.binary_cross_entropy(t, activations.logistic(z)),
    }
    looks = plots.style.looks(["cross-entropy", "squared error"])
    lines = {"squared error": "--", "cross-entropy": "-"}
    with plots.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        for name, line in lines.items():
            color = looks[name].color
            left.plot(z, curves[name], line, color=color, label=name)
            right.plot(descents[name], line, color=color, label=name)
        left.set(title="One row of target 1", xlabel="score z (left: confident, and wrong)",
                 ylabel="loss of σ(z)")  # fmt: skip
        right.set(title="Descent from confidently wrong weights", xlabel="step", ylim=(0, 1),
                  ylabel="training accuracy, 265 patients")  # fmt: skip
        left.legend()
        figure.suptitle("Squared error and cross-entropy of a probability")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
