"""What does normalization inside a net add?

Run:   python -m labs.normalization           about 9 s on 2 cores
Smoke: python -m labs.normalization --quick   about 8 s

The lecture's batch, layer and weight normalization are set against Keras's. Then nets of three
hidden layers are trained on the diabetes table at many learning rates: with and without them,
on standardized inputs and on raw ones.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.progress import track

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import normalization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
HIDDEN_UNITS = (16, 16, 16)
KINDS = {
    "raw units": ("raw units", "none"),
    "raw units, batch norm": ("raw units", "batch"),
    "standardized": ("standardized", "none"),
    "batch norm": ("standardized", "batch"),
    "layer norm": ("standardized", "layer"),
    "weight norm": ("standardized", "weight"),
}
"""Inputs, and what is normalized between the layers, by name."""
LEARNED = 0.5
"""Cross-entropy of a net that has learned something; that of even odds is .69."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 20}

    epochs: int = 40
    """Passes of the nets over their training rows."""
    batch_size: int = 53
    """Rows a step of the nets; 53 makes 5 steps an epoch."""
    seeds: int = 10
    """Nets of each kind and learning rate, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("batch_size", 2 <= self.batch_size <= 265, "from 2 to 265")
        self.require("seeds", self.seeds >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    record.add_claims(*check_formulas(patients.train.x, config))
    record.add_findings(*compare_batch_norm_modes(patients.train.x))

    losses = {
        name: train_at_all_rates(patients, *kind, config)
        for name, kind in track(KINDS.items(), "Nets of six kinds")
    }
    record.add_table("nets", [describe_losses(*item) for item in losses.items()])
    record.add_claims(*check_net_normalization(losses))
    record.add_findings(conclude(losses))
    record.add_figures(rates=plot_rates(losses))


def check_formulas(x: np.ndarray, config: Config) -> Iterator[Claim]:
    """Check each normalization by hand against Keras.

    Args:
        x: Rows in raw units, `(rows, features)`.
        config: For the seed of γ, β and the weights.
    """
    yield from check_layer_formulas(x, *np.random.default_rng(config.seed).normal(size=(2, 10)))
    generator = np.random.default_rng(config.seed)
    v, g = generator.normal(size=(10, 4)), generator.uniform(1, 2, 4)
    yield results.judge_formula(
        "A-weight-normalization",
        "Weight normalization: the weights instead of the data, w = g·v/‖v‖.",
        published="of the model's weights",
        slide_value=normalization.weight_normalize(v, g),
        right_value=keras.ops.convert_to_numpy(keras.ops.normalize(v, axis=0)) * g,
        note="Against Keras's normalize; Keras has no layer for it. The slide has no formula; this "
        "is Salimans and Kingma's (2016).",
    )


def check_layer_formulas(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> Iterator[Claim]:
    """Check batch and layer normalization against Keras's layers in training."""
    formula = "(x − μ)/σ·γ + β"
    yield results.judge_formula(
        "A-batch-normalization",
        "Batch normalization: each variable over the samples of a mini-batch.",
        published=formula,
        slide_value=normalization.batch_normalize(x, gamma, beta),
        right_value=keras_layer(keras.layers.BatchNormalization, x, gamma, beta)[0],
        note="Against Keras's layer in training, γ and β random.",
    )
    yield results.judge_formula(
        "A-layer-normalization",
        "Layer normalization: each sample over its variables.",
        published=formula,
        slide_value=normalization.layer_normalize(x, gamma, beta),
        right_value=keras_layer(keras.layers.LayerNormalization, x, gamma, beta)[0],
        note="Against Keras's layer, γ and β random.",
    )


def keras_layer(
    kind: Any, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-12
) -> tuple[np.ndarray, Any]:
    """Apply one of Keras's normalizations in training, with the slide's lack of an ε.

    Returns:
        Its output, of the shape of x, and the layer.
    """
    layer = kind(epsilon=epsilon, dtype="float64")
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    in_training = {"training": True} if kind is keras.layers.BatchNormalization else {}
    return keras.ops.convert_to_numpy(layer(x, **in_training)), layer


def compare_batch_norm_modes(x: np.ndarray) -> Iterator[str]:
    """Say what Keras does otherwise than the slide: an ε, and averages for prediction."""
    one, zero = np.ones(x.shape[1]), np.zeros(x.shape[1])
    small = normalization.standardize(x) / 10
    epsilon = normalization.KERAS_EPSILON
    output, layer = keras_layer(keras.layers.BatchNormalization, small, one, zero, epsilon)
    slide = normalization.batch_normalize(small)
    yield (
        f"Keras adds ε = {epsilon} to the variance, which the slide does not: on inputs of "
        f"variance .01 its outputs are {1 - output.std() / slide.std():.1%} smaller."
    )
    rows = x[:32]
    output, layer = keras_layer(keras.layers.BatchNormalization, rows, one, zero, epsilon)
    predicted = keras.ops.convert_to_numpy(layer(rows, training=False))
    mean = normalization.moving_average(zero, rows.mean(axis=0))
    variance = normalization.moving_average(one, rows.var(axis=0))
    by_hand = normalization.batch_normalize_for_prediction(rows, mean, variance, epsilon=epsilon)
    off = np.abs(by_hand / predicted - 1).max()
    yield (
        "In prediction batch normalization uses moving averages: after one batch they hold 1% of "
        f"it, and the largest output is {np.abs(predicted).max():.0f} against "
        f"{np.abs(output).max():.0f} in training (by hand the same to {off:.0e})."
    )


def start_weights(kind: str, inputs: int, config: Config) -> list[dict[str, np.ndarray]]:
    """Draw the weights of nets for each seed and learning rate, `(seeds · rates, ...)`.

    The nets of a seed start alike: He normal kernels, zero biases. Scales γ start at 1, but
    those of weight norm at the lengths of the kernels, so that it starts as the plain net.
    """
    widths = [inputs, *HIDDEN_UNITS, 2]
    generators = [np.random.default_rng([config.seed, i]) for i in range(config.seeds)]
    layers = []
    for fan_in, units in pairwise(widths):
        deviation = np.sqrt(2 / fan_in)
        kernels = [g.normal(0, deviation, (fan_in, units)) for g in generators]
        kernel = np.repeat(np.array(kernels, np.float32), len(LEARNING_RATES), axis=0)
        lengths = np.linalg.norm(kernel, axis=1, keepdims=True)
        scale = lengths if kind == "weight" else np.ones_like(lengths)
        layers.append({"kernel": kernel, "scale": scale, "bias": np.zeros_like(lengths)})
    return layers


def forward(layers: list[dict[str, Any]], x: Any, kind: str) -> Any:
    """Return the logits of all nets for the same rows, `(nets, rows, 2)`.

    Args:
        layers: Weights of the layers, each `(nets, ...)`.
        x: `(rows, inputs)`.
        kind: What is normalized in the hidden layers, before ReLU: "none", "batch", "layer" or
            "weight".
    """
    output = x[None]
    for number, layer in enumerate(layers):
        hidden = number < len(layers) - 1
        kernel = layer["kernel"]
        if hidden and kind == "weight":
            kernel = layer["scale"] * tf.math.l2_normalize(kernel, axis=1)
        output = output @ kernel
        if hidden and kind in ("batch", "layer"):
            mean, variance = tf.nn.moments(output, 1 if kind == "batch" else 2, keepdims=True)
            deviation = tf.sqrt(variance + normalization.KERAS_EPSILON)
            output = (output - mean) / deviation * layer["scale"]
        output = output + layer["bias"]
        output = tf.nn.relu(output) if hidden else output
    return output


def train_at_all_rates(patients: Dataset, inputs: str, kind: str, config: Config) -> np.ndarray:
    """Train nets by plain gradient steps, for each seed at each learning rate, all at once.

    Keras's optimizers have one rate; here each net of the stack has its own.

    Returns:
        Mean cross-entropy of the batches of each epoch, `(seeds, rates, epochs)`; infinite
        once a net has diverged. A last partial batch is left out.
    """
    x = patients.train.x
    x = (normalization.standardize(x) if inputs == "standardized" else x).astype(np.float32)
    y = patients.train.y
    start = start_weights(kind, x.shape[1], config)
    layers = [{name: tf.Variable(value) for name, value in layer.items()} for layer in start]
    variables = [variable for layer in layers for variable in layer.values()]
    rates = np.tile(np.array(LEARNING_RATES, np.float32), config.seeds)[:, None, None]

    @tf.function  # Compiling so few steps by XLA takes longer than they do.
    def step(rows: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = forward(layers, rows, kind)
            repeated = tf.broadcast_to(labels[None], tf.shape(logits)[:2])
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, logits)
            losses = tf.reduce_mean(each, axis=1)
            total = tf.reduce_sum(losses)  # Each net has its own gradient in it.
        gradients = tape.gradient(total, variables, unconnected_gradients="zero")
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(rates * gradient)
        return losses

    generator = np.random.default_rng(config.seed)
    history = []
    for _ in range(config.epochs):
        order = generator.permutation(len(x))
        batches = order[: len(x) // config.batch_size * config.batch_size]
        steps = [step(x[r], y[r]).numpy() for r in batches.reshape(-1, config.batch_size)]
        history.append(np.mean(steps, axis=0))
    shaped = np.array(history).T.reshape(config.seeds, len(LEARNING_RATES), config.epochs)
    return np.where(np.isfinite(shaped), shaped, np.inf)


def usable_rates(losses: np.ndarray) -> np.ndarray:
    """Return at how many learning rates each seed's net has learned in the end, `(seeds,)`."""
    return (losses[..., -1] <= LEARNED).sum(axis=1).astype(float)


def epochs_needed(losses: np.ndarray) -> np.ndarray:
    """Return each seed's epochs to the loss `LEARNED` at its best rate, `(seeds,)`.

    A net that never comes there counts as one epoch more than were trained.
    """
    epochs = losses.shape[-1]
    reached = np.any(losses <= LEARNED, axis=1)
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, epochs + 1).astype(float)


def describe_losses(name: str, losses: np.ndarray) -> dict[str, Any]:
    """Give a row of the table of nets."""
    usable, epochs = usable_rates(losses), epochs_needed(losses)
    final = np.median(losses[..., -1], axis=0)
    low, high = results.mean_interval(usable)
    return {
        "net": name,
        "lowest median loss": round(float(final.min()), 3),
        "at rate": LEARNING_RATES[int(final.argmin())],
        f"rates that reach {LEARNED}": f"{usable.mean():.1f} of {len(LEARNING_RATES)}",
        "95% interval": f"{low:.1f} to {high:.1f}",
        "epochs at the best rate": round(float(epochs.mean()), 1),
        "diverged": f"{np.isinf(losses[..., -1]).mean():.0%}",
    }


def check_net_normalization(losses: Mapping[str, np.ndarray]) -> Iterator[Claim]:
    """Check that normalization between layers makes learning stable and fast.

    Args:
        losses: For each of `KINDS` what `train_at_all_rates` returns.
    """
    plain = losses["standardized"]
    for name in ("batch", "layer", "weight"):
        normalized = losses[f"{name} norm"]
        more = usable_rates(normalized) - usable_rates(plain)
        sooner = epochs_needed(plain) - epochs_needed(normalized)
        stable, fast = results.mean_interval(more), results.mean_interval(sooner)
        note = (
            f"Nets of three hidden layers on standardized inputs, {len(more)} seeds, "
            f"{len(LEARNING_RATES)} learning rates from {LEARNING_RATES[0]} to "
            f"{LEARNING_RATES[-1]:g}; mean difference from the plain net and its 95% interval."
        )
        yield results.judge_statement(
            f"A-{name}-normalization-stable",
            f"With {name} normalization learning is more stable.",
            holds=stable.low > 0,
            measured=f"{more.mean():+.1f} learning rates that reach the loss {LEARNED} "
            f"({stable.low:+.1f} to {stable.high:+.1f})",
            note=note,
            interval=stable,
        )
        yield results.judge_statement(
            f"A-{name}-normalization-fast",
            f"With {name} normalization learning is faster.",
            holds=fast.low > 0,
            measured=f"{sooner.mean():+.1f} epochs saved to the loss {LEARNED}, each net at its "
            f"best rate ({fast.low:+.1f} to {fast.high:+.1f})",
            note=note + " The plain net is small, starts well and its inputs are scaled: there is "
            "little left to gain.",
            interval=fast,
        )


def conclude(losses: Mapping[str, np.ndarray]) -> str:
    """Say what batch normalization does for inputs that are not scaled."""
    rates = {name: f"{usable_rates(history).mean():.1f}" for name, history in losses.items()}
    return (
        f"On inputs in raw units the plain net reaches the loss {LEARNED} at {rates['raw units']} "
        f"of {len(LEARNING_RATES)} learning rates, with batch norm at "
        f"{rates['raw units, batch norm']}; on standardized inputs at {rates['standardized']} and "
        f"{rates['batch norm']}."
    )


def plot_rates(losses: Mapping[str, np.ndarray]) -> Figure:
    """Draw the final loss against the learning rate: inputs left, kinds of layers right."""
    names = list(losses)
    with results.style.figure(12.0, 5.6) as figure:
        figure.suptitle("Standardized inputs and batch norm bear higher learning rates")
        panels = figure.subplots(1, 2, sharey=True)
        shown: dict[str, dict[str, str]] = {  # Titles, then labels.
            "raw or standardized inputs": {name: ", ".join(KINDS[name]) for name in names[:4]},
            "standardized inputs": {name: KINDS[name][1] for name in names[2:]},
        }
        for axes, (title, labels) in zip(panels, shown.items(), strict=True):
            for name, label in labels.items():
                index = names.index(name)
                color = results.style.COLORS[index]
                final = np.minimum(losses[name][..., -1], 1)  # The diverged, at the upper edge.
                low, median, high = np.quantile(final, [0.25, 0.5, 0.75], axis=0)
                marker = results.style.MARKERS[index]
                axes.plot(LEARNING_RATES, median, color=color, marker=marker, label=label)
                axes.fill_between(LEARNING_RATES, low, high, color=color, alpha=0.15, linewidth=0)
            axes.axhline(np.log(2), color=results.style.NEUTRAL, linestyle="--", linewidth=1)
            axes.set(xscale="log", xlabel="learning rate", title=title, ylim=(0, 1.02))
            axes.legend(loc="lower left", title="normalized between the layers")
        panels[0].set_ylabel("training loss in the end (1 or more: 1)")
        panels[1].annotate("even odds", (0.02, np.log(2)), (0, 4), textcoords="offset points")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
