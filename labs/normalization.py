"""What does normalization inside a net add?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.normalization
Quick: python -m labs.normalization --quick
Try:   --batch-size 265    what is left of batch norm's gain with one step an epoch?
       --epochs 80         do the nets without it catch up?

Nets of three hidden layers are trained on the diabetes table at many learning rates: with and
without batch, layer and weight normalization, on standardized inputs and on raw ones. The
formulas themselves stand in labs.normalization_formulas.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab
from models.by_hand import normalization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord

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

    epochs: Annotated[int, AtLeast(1)] = 40
    """Passes of the nets over their training rows."""
    batch_size: Annotated[int, Within(2, 265)] = 53
    """Rows a step of the nets; 53 makes 5 steps an epoch."""
    seeds: Annotated[int, AtLeast(2)] = 10
    """Nets of each kind and learning rate."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets of six kinds at many learning rates, and compare what they bear."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    losses = {
        name: train_at_all_rates(patients, *kind, config)
        for name, kind in record.track(KINDS.items(), "nets of six kinds", len(KINDS))
    }
    record.add_table("nets", [describe_losses(*item) for item in losses.items()])
    judge_net_normalization(record, losses)
    rates = {name: usable_rates(history).mean() for name, history in losses.items()}
    record.answer(
        "It bears higher rates where the inputs are not scaled: in raw units the plain net "
        "reaches "
        f"the loss {LEARNED} at {rates['raw units']:.1f} of {len(LEARNING_RATES)} learning rates, "
        f"with batch norm at {rates['raw units, batch norm']:.1f}. On standardized inputs it is "
        f"{rates['standardized']:.1f} without, and {rates['batch norm']:.1f}, "
        f"{rates['layer norm']:.1f} and {rates['weight norm']:.1f} with batch, layer and weight "
        "norm.",
        limits="Small nets on one table, plain SGD; deep nets and images may gain more.",
    )
    record.add_figure(
        "rates",
        plot_rates(losses),
        caption="Training loss in the end over the learning rate, medians and middle halves of the "
        "seeds: raw and standardized inputs left, kinds of layers right.",
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
    low, high = stats.mean_interval(usable)
    return {
        "net": name,
        "lowest median loss": float(final.min()),
        "at rate": LEARNING_RATES[int(final.argmin())],
        f"rates that reach {LEARNED}": f"{usable.mean():.1f} of {len(LEARNING_RATES)}",
        "95% interval": f"{low:.1f} to {high:.1f}",
        "epochs at the best rate": float(epochs.mean()),
        "diverged": f"{np.isinf(losses[..., -1]).mean():.0%}",
    }


def judge_net_normalization(record: RunRecord, losses: Mapping[str, np.ndarray]) -> None:
    """Judge that normalization between layers makes learning stable and fast.

    Args:
        record: Takes the verdicts.
        losses: For each of `KINDS` what `train_at_all_rates` returns.
    """
    plain = losses["standardized"]
    note = (
        f"Nets of three hidden layers on standardized inputs, {len(plain)} seeds, "
        f"{len(LEARNING_RATES)} learning rates from {LEARNING_RATES[0]} to "
        f"{LEARNING_RATES[-1]:g}; mean difference from the plain net and its 95% interval."
    )

    told, shown = [], []
    for kind in ("batch norm", "layer norm", "weight norm"):
        more = usable_rates(losses[kind]) - usable_rates(plain)
        sooner = epochs_needed(plain) - epochs_needed(losses[kind])
        for gained, what in ((more, "rates more"), (sooner, "epochs sooner")):
            low, high = stats.mean_interval(gained)
            told.append(f"{kind} {gained.mean():+.1f} {what} ({low:+.1f} to {high:+.1f})")
            shown.append(low > 0)
    record.judge(
        "A-normalization-layers",
        "; ".join(told),
        holds=shown,
        how=f"{note} Counted are rates that reach the loss {LEARNED}, and epochs to it at the best "
        "one. The plain net is small, starts well, its inputs are scaled: little is left to gain.",
    )


def plot_rates(losses: Mapping[str, np.ndarray]) -> Figure:
    """Draw the final loss against the learning rate: inputs left, kinds of layers right."""
    names, looks = list(losses), plots.style.looks(losses)
    with plots.style.figure(12.0, 5.6) as figure:
        figure.suptitle("Training loss of nets with and without normalization")
        panels = figure.subplots(1, 2, sharey=True)
        shown: dict[str, dict[str, str]] = {  # Titles, then labels.
            "raw or standardized inputs": {name: ", ".join(KINDS[name]) for name in names[:4]},
            "standardized inputs": {name: KINDS[name][1] for name in names[2:]},
        }
        for axes, (title, labels) in zip(panels, shown.items(), strict=True):
            for name, label in labels.items():
                look = looks[name]
                final = np.minimum(losses[name][..., -1], 1)  # The diverged, at the upper edge.
                low, median, high = np.quantile(final, [0.25, 0.5, 0.75], axis=0)
                axes.plot(LEARNING_RATES, median, **look.line, label=label)
                axes.fill_between(
                    LEARNING_RATES, low, high, color=look.color, alpha=0.15, linewidth=0
                )
            axes.axhline(np.log(2), color=plots.style.NEUTRAL, linestyle="--", linewidth=1)
            axes.set(xscale="log", xlabel="learning rate", title=title, ylim=(0, 1.02))
            axes.legend(loc="lower left", title="normalized between the layers")
        panels[0].set_ylabel("training loss in the end (1 or more: 1)")
        panels[1].annotate("even odds", (0.02, np.log(2)), (0, 4), textcoords="offset points")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
