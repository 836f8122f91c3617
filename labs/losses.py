"""What is being minimized?

Run:   python -m labs.losses           about 6 s on 2 cores
Smoke: python -m labs.losses --quick   about 5 s

Losses are computed by hand and set against SciPy and Keras. Why is squared error no loss for
probabilities, and what becomes of log(0)?

Source: lectures B, C and E; each function in `models/by_hand/losses.py` names its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import lazy_loader
import numpy as np

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import activations, distances, losses, normalization, optimization, problems

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
sklearn = lazy_loader.load("sklearn")
tf = lazy_loader.load("tensorflow")

STEPS = 300
"""Of gradient descent, from confidently wrong weights."""
WRONG_SCORES = (-5.0, -20.0, -50.0, -200.0)
"""Scores z of rows whose target is 1: ever more confident, and wrong."""
WORDS = {"산다": 0.22, "부신다": 0.02, "고친다": 0.20, "탄다": 0.51, "보낸다": 0.05}
"""Lecture E: the predicted next word after "나는 자전거를"; the slide marks the first as true."""


@dataclass(frozen=True)
class Config(LabConfig):
    """This lab has no settings of its own."""


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    rng = np.random.default_rng(config.seed)
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_claims(*check_minimizers(), *check_losses(rng), *check_word_example())
    log_zero = compare_at_log_zero()
    record.add_table("log-zero", log_zero)
    record.add_claims(*check_log_zero(log_zero))
    x, y = normalization.standardize(patients.train.x), patients.train.y
    x = np.column_stack([x, np.ones(len(x))])
    descents = descend_from_wrong_start(x, y)
    record.add_claims(check_not_squared_error(x, y, rng, descents))
    record.add_findings(*conclude(log_zero, descents))
    record.add_figures(squared_error=plot_squared_error(descents))


# --- Losses by hand ----------------------------------------------------------------------------


def check_minimizers() -> Iterator[Claim]:
    """Check what a constant prediction has to be to minimize each loss."""
    y = sklearn.datasets.load_diabetes().target
    squared = scipy.optimize.minimize_scalar(lambda c: losses.mean_squared_error(y, c))
    grid = np.unique(y)
    absolute = grid[np.argmin([np.abs(y - c).mean() for c in grid])]
    yield results.judge_statement(
        "B-regression-mse",
        "Regression minimizes the mean squared error.",
        holds=bool(np.isclose(squared.x, y.mean()) and absolute == np.sort(y)[(len(y) - 1) // 2]),
        measured=f"Σ(y − c)² is smallest at c = {squared.x:.2f} (mean {y.mean():.2f}), Σ|y − c| "
        f"at {absolute:.1f} (median {np.median(y):.1f})",
        note=f"One number c for the scores of {len(y)} patients: MSE asks for the mean, mean "
        "absolute error for the median. C-table-regression minimizes it with inputs.",
    )
    digit_labels = sklearn.datasets.load_digits().target
    share = np.bincount(digit_labels) / len(digit_labels)
    one_hot = np.eye(len(share))[digit_labels]

    def loss(scores: np.ndarray) -> float:
        q = np.broadcast_to(losses.softmax(scores), one_hot.shape)
        return float(losses.categorical_cross_entropy(one_hot, q).mean())

    best = scipy.optimize.minimize(loss, np.zeros(len(share)), tol=1e-10)
    lowest = float(distances.entropy(share)) * np.log(2)
    farthest = np.abs(losses.softmax(best.x) - share).max()
    yield results.judge_statement(
        "B-classification-cross-entropy",
        "Classification minimizes −(1/n) Σ Σ tₖ log f(x)ₖ: the model's distribution comes to "
        "that observed.",
        holds=bool(np.isclose(best.fun, lowest) and farthest < 1e-3),
        measured=f"lowest loss {best.fun:.5f}, entropy of the labels {lowest:.5f} nats; "
        f"probabilities within {farthest:.0e} of the shares",
        note=f"One distribution for the labels of scikit-learn's {len(digit_labels):,} digits, by "
        "scipy.optimize.",
    )


def check_losses(rng: np.random.Generator) -> Iterator[Claim]:
    """Check softmax and lecture C's cross-entropy against Keras."""
    scores = rng.normal(scale=3, size=(50, 10))
    with np.errstate(over="ignore", invalid="ignore"):
        overflows = bool(np.isnan(losses.naive_softmax([0, 1000])).any())
    by_keras = keras.ops.convert_to_numpy(keras.ops.softmax(scores))
    yield results.judge_formula(
        "C-softmax",
        "Softmax turns scores into probabilities that sum to 1.",
        published="e^zₖ / Σ e^zⱼ",
        slide_value=[losses.softmax(scores), losses.softmax(scores + 1000)],
        right_value=[by_keras, by_keras],
        note="By hand against Keras, also with 1,000 added to every score, which changes nothing. "
        f"As the formula stands, e^1000 {'overflows to NaN' if overflows else 'is finite'}; less "
        "the largest score first, it does not.",
    )
    p, t = rng.uniform(0.01, 0.99, 50), rng.integers(0, 2, 50)
    two_classes = np.stack([t, 1 - t], axis=1), np.stack([p, 1 - p], axis=1)
    by_keras = (
        keras.losses.binary_crossentropy(t[:, None], p[:, None]),
        keras.losses.categorical_crossentropy(*two_classes),
    )
    yield results.judge_formula(
        "C-cross-entropy",
        "Binary cross-entropy is −(t log p + (1 − t) log(1 − p)), categorical cross-entropy of "
        "two classes.",
        published="−(t·log(p) + (1 − t)·log(1 − p)) = −Σ yᵢ log ŷᵢ",
        slide_value=[losses.binary_cross_entropy(t, p)] * 2,
        right_value=[keras.ops.convert_to_numpy(values) for values in by_keras],
        note="By hand against Keras's binary and categorical loss on 50 rows.",
    )


def check_word_example() -> Iterator[Claim]:
    """Check lecture E's losses on its five words against Keras."""
    p, t = np.array(list(WORDS.values())), np.eye(len(WORDS))[0]
    errors = {
        "E-mse": ("MSE", losses.mean_squared_error(t, p), keras.losses.MeanSquaredError()),
        "E-cross-entropy": (
            "Cross-entropy",
            float(losses.categorical_cross_entropy(t, p)),
            keras.losses.CategoricalCrossentropy(),
        ),
    }
    for name, (title, by_hand, keras_loss) in errors.items():
        other = {
            word: float(keras_loss(t[None], np.eye(5)[None, i])) for i, word in enumerate(WORDS)
        }
        yield results.judge_formula(
            name,
            f"{title} puts the difference of prediction and truth into a number.",
            published="(1/n) Σ (Y − Ŷ)²" if name == "E-mse" else "no formula",
            slide_value=by_hand,
            right_value=float(keras_loss(t[None], p[None])),
            note=f"{', '.join(f'{word} {share}' for word, share in WORDS.items())}, true "
            f"{next(iter(WORDS))}: by hand and by Keras. All on the true word gives "
            f"{other['산다']:.4f}, all on 탄다 {other['탄다']:.4f}.",
        )


# --- log(0), and squared error of probabilities ---------------------------------------------------


def compare_at_log_zero() -> list[dict[str, float]]:
    """Compute the loss of rows with target 1 whose score z is confidently wrong.

    Returns:
        For each z: the exact loss log(1 + e^−z), what Keras makes of the probability and of
        the score (`from_logits=True`), both slopes, and what a compiled net reports.
    """
    target = np.ones((1, 1), "float32")
    by_probability = keras.losses.BinaryCrossentropy()
    by_score = keras.losses.BinaryCrossentropy(from_logits=True)
    net = keras.Sequential([keras.Input((1,)), keras.layers.Activation("sigmoid")])
    net.compile(loss="binary_crossentropy")
    table = []
    for score in WRONG_SCORES:
        z = tf.Variable([[score]])
        with tf.GradientTape(persistent=True) as tape:
            clipped, whole = by_probability(target, tf.sigmoid(z)), by_score(target, z)
        table.append(
            {
                "z": score,
                "exact": float(np.logaddexp(0, -score)),
                "from probability": float(clipped),
                "slope of that": float(tape.gradient(clipped, z)[0, 0]),
                "from_logits": float(whole),
                "slope there": float(tape.gradient(whole, z)[0, 0]),
                "net with sigmoid": float(net.test_on_batch(z.numpy(), target)),
            }
        )
    return table


def check_log_zero(table: Sequence[dict[str, float]]) -> Iterator[Claim]:
    """Check that misplaced confidence costs infinitely much, and what Keras makes of it."""
    infinite = float(losses.binary_cross_entropy(1, 0.0))
    keras_value = float(keras.losses.BinaryCrossentropy()([[1.0]], [[0.0]]))
    limit = -np.log(keras.config.epsilon())
    last = table[-1]
    yield results.judge_statement(
        "C-log-zero",
        "Cross-entropy is infinite for misplaced confidence, so log(0) must be handled.",
        holds=bool(
            np.isinf(infinite)
            and np.isclose(keras_value, limit, rtol=1e-5)
            and np.isclose(last["from_logits"], last["exact"])
        ),
        published="Infinite error for misplaced confidence.",
        measured=f"by hand {infinite}, Keras {keras_value:.3f}",
        note=f"Keras cuts probabilities off at {keras.config.epsilon():g}, so no row costs more "
        f"than {limit:.3f}, and beyond the slope is {table[1]['slope of that']:g}: nothing is "
        "learned. From scores (from_logits=True) loss and slope stay right.",
    )
    with np.errstate(divide="ignore"):
        log_zero = np.log(0.0)
    yield results.judge_formula(
        "C-log-zero-sign",
        "log(0) as printed beside the loss.",
        published="log(0) = ∞",
        slide_value=np.sign(np.inf),
        right_value=np.sign(log_zero),
        note=f"The signs are compared: log(0) is {log_zero}, and the loss −log(0) is {-log_zero}.",
    )


def descend_from_wrong_start(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Descend both losses from −10 times the best weights: confident, and wrong.

    Returns:
        For each loss the training accuracy before each step, `(steps,)`.
    """
    neurons = {"squared error": problems.neuron(x, y),
               "cross-entropy": problems.logistic_regression(x, y)}  # fmt: skip
    wrong = -10 * problems.find_minimum(neurons["cross-entropy"])
    accuracies = {}
    for name, neuron in neurons.items():
        weights = islice(optimization.gradient_descent(neuron.gradient, wrong, rate=1.0), STEPS)
        accuracies[name] = np.array([np.mean((x @ w > 0) == y) for w in weights])
    return accuracies


def check_not_squared_error(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, descents: dict[str, np.ndarray]
) -> Claim:
    """Check that the squared error of a sigmoid is not convex, and cross-entropy is."""
    weights = rng.normal(size=(200, x.shape[1]))
    squared, entropy = (
        min(float(np.linalg.eigvalsh(neuron.hessian(w))[0]) for w in weights)
        for neuron in (problems.neuron(x, y), problems.logistic_regression(x, y))
    )
    z = np.linspace(-10, 10, 2001)
    bend = losses.squared_error_curvature(z, 1)
    ends = {name: float(right[-1]) for name, right in descents.items()}
    return results.judge_statement(
        "C-not-rmse",
        "RMSE of a predicted probability is a non-convex function.",
        holds=bool(
            squared < -1e-3
            and bend.min() < -1e-3
            and entropy > -1e-12
            and losses.cross_entropy_curvature(z).min() > 0
        ),
        published="non convex function",
        measured=f"smallest Hessian eigenvalue {squared:.4f} for squared error, "
        f"{entropy:.1e} for cross-entropy",
        note=f"At 200 random weights on {len(y)} patients; of one row at most bent down at "
        f"z = {z[bend.argmin()]:.2f}, {bend.min():.4f}. The root bends down wherever the square "
        f"does. From confidently wrong weights, {STEPS} steps lead "
        f"to training accuracy {ends['squared error']:.2f} with squared error and "
        f"{ends['cross-entropy']:.2f} with cross-entropy.",
    )


def conclude(log_zero: Sequence[dict[str, float]], descents: dict[str, np.ndarray]) -> list[str]:
    """Say what the lab shows."""
    second = log_zero[1]
    z = np.array([-10.0])
    slow, fast = (
        float(slope(z, 1)[0]) for slope in (losses.squared_error_slope, losses.cross_entropy_slope)
    )
    arrive = {name: np.flatnonzero(right >= 0.7) for name, right in descents.items()}
    when = {n: f"after {steps[0]} steps" if len(steps) else "never" for n, steps in arrive.items()}
    return [
        f"Where a row of target 1 has the score −10, squared error pulls with slope {slow:.1e}, "
        f"cross-entropy with {fast:.4f}. Started confidently wrong, descent on cross-entropy "
        f"comes to 70% training accuracy {when['cross-entropy']}, on squared error "
        f"{when['squared error']} in {STEPS} steps.",
        f"At z = {second['z']:g} Keras makes {second['from probability']:.2f} of the probability, "
        f"with slope {second['slope of that']:g}, and {second['from_logits']:.2f} of the score, "
        f"with slope {second['slope there']:g}. A compiled net that ends in a sigmoid reports "
        f"{second['net with sigmoid']:.2f}: TensorFlow's Keras looks up the score by itself.",
    ]


# --- Pictures ------------------------------------------------------------------------------------


def plot_squared_error(descents: dict[str, np.ndarray]) -> Figure:
    """Draw both losses of one row over its score, and both descents from a wrong start."""
    z = np.linspace(-8, 4, 400)
    t = np.ones(z.shape)
    curves = {
        "squared error": (activations.logistic(z) - t) ** 2,
        "cross-entropy": losses.binary_cross_entropy(t, activations.logistic(z)),
    }
    lines = {"squared error": (results.style.COLORS[1], "--"),
             "cross-entropy": (results.style.COLORS[0], "-")}  # fmt: skip
    with results.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        for name, (color, line) in lines.items():
            left.plot(z, curves[name], line, color=color, label=name)
            right.plot(descents[name], line, color=color, label=name)
        left.set(title="One row of target 1", xlabel="score z (left: confident, and wrong)",
                 ylabel="loss of σ(z)")  # fmt: skip
        right.set(title="Descent from confidently wrong weights", xlabel="step", ylim=(0, 1),
                  ylabel="training accuracy, 265 patients")  # fmt: skip
        left.legend()
        figure.suptitle("Squared error is flat where a probability is most wrong")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
