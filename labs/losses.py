"""What is being minimized?

Run:   python -m labs.losses           about 7 s on 2 cores
Smoke: python -m labs.losses --quick   about 6 s

Norms, information and losses are computed by hand and set against NumPy, SciPy and Keras.
Why is squared error no loss for probabilities, and what becomes of log(0)?

Source: lectures B, C and E; each function in `models/by_hand/losses.py` names its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import lazy_loader
import numpy as np

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import activations, losses, normalization, optimization, problems

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

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
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 200}

    draws: int = 5000
    """Random vectors and distributions on which inequalities are tried."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("draws", self.draws >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    rng = np.random.default_rng(config.seed)
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_claims(*check_norms(rng, config.draws), *check_information(rng, config.draws))
    record.add_claims(*check_minimizers(), *check_losses(rng), *check_word_example())
    log_zero = compare_at_log_zero()
    record.add_table("log-zero", log_zero)
    record.add_claims(*check_log_zero(log_zero))
    x, y = normalization.standardize(patients.train.x), patients.train.y
    x = np.column_stack([x, np.ones(len(x))])
    descents = descend_from_wrong_start(x, y)
    record.add_claims(check_not_squared_error(x, y, rng, descents))
    record.add_findings(*conclude(log_zero, descents))
    record.add_figures(
        unit_balls=plot_unit_balls(),
        entropy=plot_entropy(),
        squared_error=plot_squared_error(descents),
    )


# --- Norms and information ---------------------------------------------------------------------


def agree(
    id: str, statement: str, published: str, by_hand: ArrayLike, reference: ArrayLike, note: str
) -> Claim:
    """Judge a formula by its values on many inputs; the largest difference is recorded."""
    ours, theirs = np.asarray(by_hand), np.asarray(reference)
    return results.judge_statement(
        id,
        statement,
        holds=ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-5, atol=1e-8),
        published=published,
        measured=f"largest difference {np.abs(ours - theirs).max():.1e} in {ours.size:,} values",
        note=note,
    )


def check_norms(rng: np.random.Generator, draws: int) -> Iterator[Claim]:
    """Check lecture B's norms against NumPy, and that they are norms from p = 1 on."""
    vectors = rng.normal(size=(draws, 2, 5))
    norms = {"1": (1, "Manhattan"), "2": (2, "Euclidean"), "infinity": (np.inf, "Chebyshev")}
    for name, (p, title) in norms.items():
        ours = [losses.p_norm(x, p) for x in vectors[:, 0]]
        yield agree(
            f"B-norm-{name}",
            f"The p-norm with p = {name} is the {title} norm.",
            "(Σ |xᵢ|ᵖ)^(1/p)",
            ours,
            np.linalg.norm(vectors[:, 0], p, axis=1),
            f"The formula by hand against numpy.linalg.norm on {draws:,} vectors of 5 numbers; "
            f"(3, −4) has the length {losses.p_norm([3, -4], p):g}.",
        )
    broken = {p: share_of_detours_that_are_shorter(vectors, p) for p in (0.5, 1, 1.5, 2, 4, np.inf)}
    below_one = broken.pop(0.5)
    yield results.judge_statement(
        "B-norm-p",
        "(Σ |xᵢ|ᵖ)^(1/p) is a norm for p ≥ 1.",
        holds=not any(broken.values()) and below_one > 0,
        published="for p ≥ 1",
        measured=f"‖x + y‖ > ‖x‖ + ‖y‖ never for p = {', '.join(f'{p:g}' for p in broken)}, but "
        f"in {below_one:.0%} of the pairs for p = 0.5",
        note=f"The triangle inequality on {draws:,} pairs of random vectors.",
    )
    yield from check_similarities(vectors)


def check_similarities(pairs: np.ndarray) -> Iterator[Claim]:
    """Check what stands beside the norms in lecture B against SciPy.

    Args:
        pairs: Vectors to compare, `(pairs, 2, n)`.
    """
    note = f"By hand against scipy.spatial.distance on {len(pairs):,} pairs of {pairs.shape[2]}"
    yield agree(
        "B-cosine",
        "Cosine similarity compares directions.",
        "Cosine Similarity",
        [losses.cosine_similarity(*pair) for pair in pairs],
        [1 - scipy.spatial.distance.cosine(*pair) for pair in pairs],
        f"{note} numbers.",
    )
    yield agree(
        "B-hamming",
        "Hamming distance counts the places that differ.",
        "Hamming",
        [losses.hamming_distance(*pair) for pair in pairs > 0],
        [pairs.shape[2] * scipy.spatial.distance.hamming(*pair) for pair in pairs > 0],
        f"{note} signs; SciPy gives the share of places, here times all.",
    )


def share_of_detours_that_are_shorter(pairs: np.ndarray, p: float) -> float:
    """Return for what share of pairs, `(pairs, 2, n)`, the triangle inequality fails."""
    straight = np.array([losses.p_norm(x + y, p) for x, y in pairs])
    around = np.array([losses.p_norm(x, p) + losses.p_norm(y, p) for x, y in pairs])
    return float(np.mean(straight > around * (1 + 1e-12)))


def check_information(rng: np.random.Generator, draws: int) -> Iterator[Claim]:
    """Check self-information, the coin's entropy and the bound of cross-entropy."""
    p, q = rng.uniform(size=(2, draws))
    sums = losses.self_information(p) + losses.self_information(q)
    bits = [float(losses.self_information(1 / 2**k)) for k in (1, 2, 3)]
    falls = bool(np.all(np.diff(losses.self_information(np.sort(p))) <= 0))
    yield results.judge_statement(
        "B-self-information",
        "I(x) = −log p(x): the rarer an event, the more bits of information.",
        holds=falls and np.allclose(losses.self_information(p * q), sums) and bits == [1, 2, 3],
        measured=f"p = 1/2, 1/4, 1/8 take {bits[0]:g}, {bits[1]:g}, {bits[2]:g} bits",
        note=f"It falls with p, and that of two independent events is the sum, on {draws:,} pairs.",
    )
    top = scipy.optimize.minimize_scalar(
        lambda heads: -float(losses.entropy([heads, 1 - heads])), bounds=(0, 1), method="bounded"
    )
    yield results.judge_formula(
        "B-entropy-coin",
        "A coin's entropy is largest when heads and tails are equally likely.",
        published="largest at p = 1/2: 1 bit",
        slide_value=[0.5, 1],
        right_value=np.round([top.x, -top.fun], 6),
        note="The maximum over p, found by scipy.optimize: the place and the bits there.",
    )
    p, q = rng.dirichlet(np.ones(6), size=(2, draws))
    above = losses.cross_entropy(p, q) - losses.entropy(p)
    divergence = scipy.stats.entropy(p, q, axis=1, base=2)
    at_equal = np.abs(losses.cross_entropy(p, p) - losses.entropy(p)).max()
    yield results.judge_statement(
        "B-cross-entropy-bound",
        "Cross-entropy measures how unlike q is to p: H(p, q) ≥ H(p), equal where q = p.",
        holds=bool(above.min() > 0 and at_equal < 1e-12 and np.allclose(above, divergence)),
        measured=f"H(p, q) − H(p) from {above.min():.4f} to {above.max():.2f} bits; 0 for q = p",
        note=f"{draws:,} pairs of random distributions over 6 outcomes (Gibbs' inequality); the "
        "difference is SciPy's Kullback-Leibler divergence.",
    )


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
    lowest = float(losses.entropy(share)) * np.log(2)
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
    yield agree(
        "C-softmax",
        "Softmax turns scores into probabilities that sum to 1.",
        "e^zₖ / Σ e^zⱼ",
        [losses.softmax(scores), losses.softmax(scores + 1000)],
        [by_keras, by_keras],
        "By hand against Keras, also with 1,000 added to every score, which changes nothing. "
        f"As the formula stands, e^1000 {'overflows to NaN' if overflows else 'is finite'}; less "
        "the largest score first, it does not.",
    )
    p, t = rng.uniform(0.01, 0.99, 50), rng.integers(0, 2, 50)
    two_classes = np.stack([t, 1 - t], axis=1), np.stack([p, 1 - p], axis=1)
    by_keras = (
        keras.losses.binary_crossentropy(t[:, None], p[:, None]),
        keras.losses.categorical_crossentropy(*two_classes),
    )
    yield agree(
        "C-cross-entropy",
        "Binary cross-entropy is −(t log p + (1 − t) log(1 − p)), categorical cross-entropy of "
        "two classes.",
        "−(t·log(p) + (1 − t)·log(1 − p)) = −Σ yᵢ log ŷᵢ",
        [losses.binary_cross_entropy(t, p)] * 2,
        [keras.ops.convert_to_numpy(values) for values in by_keras],
        "By hand against Keras's binary and categorical loss on 50 rows.",
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


def plot_unit_balls() -> Figure:
    """Draw all vectors of length 1 for several p."""
    direction = np.linspace(0, 2 * np.pi, 721)
    circle = np.column_stack([np.cos(direction), np.sin(direction)])
    shapes = {0.5: ":", 1: "-", 2: "--", 4: "-.", np.inf: (0, (8, 2))}
    with results.style.figure(9.6, 6) as figure:
        axes = figure.subplots()
        for (p, line), color in zip(shapes.items(), results.style.COLORS, strict=False):
            x, y = (circle / [[losses.p_norm(point, p)] for point in circle]).T
            name = "∞" if np.isinf(p) else f"{p:g}"
            dented = "" if p >= 1 else " (dented: no norm)"
            axes.plot(x, y, linestyle=line, color=color, label=f"p = {name}{dented}")
        ticks = (-1, -0.5, 0, 0.5, 1)
        axes.set(aspect="equal", xlabel="x₁", ylabel="x₂", xticks=ticks, yticks=ticks)
        figure.legend(loc="outside right center")
        figure.suptitle("All points at distance 1: the larger p, the fuller the shape")
    return figure


def plot_entropy() -> Figure:
    """Draw the coin's entropy, and cross-entropy above it."""
    p = np.linspace(0.001, 0.999, 999)
    coins = np.column_stack([p, 1 - p])
    truth = np.array([0.3, 0.7])
    with results.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(p, losses.entropy(coins))
        left.plot(0.5, 1, "o", color=results.style.COLORS[1])
        left.annotate("1 bit at ½", (0.5, 1), (0.5, 0.88), ha="center")
        left.set(title="A fair coin is the least certain", xlabel="p, probability of heads",
                 ylabel="entropy H(p), bits", ylim=(0, 1.05))  # fmt: skip
        lowest = float(losses.entropy(truth))
        right.plot(p, losses.cross_entropy(np.broadcast_to(truth, coins.shape), coins))
        right.axhline(lowest, color=results.style.NEUTRAL, linestyle=":")
        right.plot(0.3, lowest, "s", color=results.style.COLORS[1])
        right.annotate(
            f"q = p: H(p) = {lowest:.3f}", (0.3, lowest), (0.3, lowest - 0.3), ha="center"
        )
        right.set(title="Any estimate but the truth costs more", ylim=(0, 4),
                  xlabel="q, estimated probability (truth p = 0.3)",
                  ylabel="cross-entropy H(p, q), bits")  # fmt: skip
        figure.suptitle("Entropy, and cross-entropy that never lies below it")
    return figure


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
