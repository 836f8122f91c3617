"""What do wrong signs on a slide do to training?

Topic: gradients                      Time: seconds
Run:   python -m labs.wrong_signs
Quick: python -m labs.wrong_signs --quick
Try:   --steps 20      how soon do the rules part?
       --seeds 100     do the intervals get narrower, or does one turn?

Lecture A writes the loss of its net of two, two and two without its minus, and takes the
softmax's derivative ∂p₁/∂z₂ with the wrong sign. Each formula is set against TensorFlow's
derivative, and the net learns AND by the right gradient and by the slide's two others.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import plots, stats
from labs.running import AtLeast, LabConfig, Within, lab
from models.by_hand import two_layer_net

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

X, Y = np.array([0.5, -1.0]), np.array([1.0, 0.0])
"""The sample on which the net is differentiated."""
RATE = 0.2
RIGHT = "right: ∂L/∂z₂ = p − y"
RULES = {
    RIGHT: lambda p, y: p - y,
    "slide: L without its minus": lambda p, y: y - p,
    "slide: ∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ)": lambda p, y: two_layer_net.output_errors(
        p, y, two_layer_net.slide_softmax_derivatives(p)
    ),
}
"""What each rule takes for the error of the output layer."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 5, "steps": 50}

    seeds: Annotated[int, AtLeast(2)] = 20
    """Nets with weights of their own that learn by each rule."""
    steps: Annotated[
        int, Within(1, 500, because="the slide's loss climbs until probabilities round to 0")
    ] = 200
    """Steps of gradient descent."""


def experiment(config: Config, record: RunRecord) -> None:
    """Judge the slide's formulas, then let the net learn by each of them."""
    judge_formulas(record, config.seed)
    losses = train_by_each_rule(config)
    changes = {rule: found[:, -1] - found[:, 0] for rule, found in losses.items()}
    judge_training(record, losses[RIGHT])
    rows = [
        {
            "rule": rule,
            "loss before": found[:, 0].mean(),
            "loss after": found[:, -1].mean(),
            "change, 95% interval": stats.mean_interval(changes[rule]),
        }
        for rule, found in losses.items()
    ]
    record.add_table("rules", rows, formats={"change, 95% interval": "+.3f"})
    record.add_figure(
        "signs",
        plot_signs(losses),
        caption="Loss of the net on AND by each rule, the mean over seeds and a band for 80% of "
        "them: by the right gradient it falls.",
    )
    told = ", ".join(
        f"{row['loss before']:.3f} to {row['loss after']:.3f} ({row['rule']})" for row in rows
    )
    record.answer(
        f"In {config.steps} steps the loss of the net on AND goes from {told}, means of "
        f"{config.seeds} seeds.",
        limits="One net of 12 parameters, one rate.",
    )


def judge_formulas(record: RunRecord, seed: int) -> None:
    """Evaluate the formulas in which a sign is wrong, at random weights."""
    net = two_layer_net.unflatten(np.random.default_rng(seed).normal(size=12))
    h, p = two_layer_net.forward(net, X)
    layers = [keras.layers.Dense(2, "sigmoid"), keras.layers.Dense(2, "softmax")]
    keras_net = keras.Sequential([keras.Input((2,), dtype="float64"), *layers])
    keras_net.set_weights([net.w1.T, net.b1, net.w2.T, net.b2])
    record.judge(
        "A-feedforward",
        [*h, *p],
        right=[*layers[0](X[None]).numpy()[0], *keras_net(X[None]).numpy()[0]],
        how="h₁, h₂, p₁, p₂ against Keras's, to float32. The slide's σ₂ is a softmax, which takes "
        "the sums of both units, though its formula of p₁ names one.",
    )
    wrong = two_layer_net.slide_softmax_derivatives(p)
    record.judge(
        "A-loss-sign",
        float(Y @ np.log(p)),
        right=float(keras.losses.categorical_crossentropy(Y, p)),
        how="The right value is Keras's. The slide's own ∂L/∂p₁ = −y₁/p₁ has the minus.",
    )
    right = models.autodiff(lambda z: tf.nn.softmax(z)[0], net.w2 @ h + net.b2)[0][1]
    record.judge(
        "A-softmax-derivative", wrong[0, 1], right=right, how="The right value is TensorFlow's."
    )

    def loss(w2: Any) -> Any:
        return keras.losses.categorical_crossentropy(
            Y, tf.linalg.matvec(w2, h) + net.b2, from_logits=True
        )

    record.judge(
        "A-chain-rule-w221",
        two_layer_net.derivative_w221(h, p, Y, wrong),
        right=models.autodiff(loss, net.w2)[0][1, 0],
        how="The right value is TensorFlow's; the chain rule in the line above it is right.",
    )


def judge_training(record: RunRecord, losses: np.ndarray) -> None:
    """Judge that forward pass, backward pass and update, over and over, train the net."""
    record.judge(
        "A-backpropagation",
        f"the loss on AND goes from {losses[:, 0].mean():.3f} to {losses[:, -1].mean():.3f}",
        below=1,
        how=f"Loss after {losses.shape[1] - 1} rounds over that of the random weights, "
        f"{len(losses)} nets, geometric mean; how far it goes until it converges is the question "
        "of labs.early_stopping.",
        interval=stats.geometric_mean_interval(losses[:, -1] / losses[:, 0]),
    )


def train_by_each_rule(config: Config) -> dict[str, np.ndarray]:
    """Let lecture A's net learn AND by the right gradient and by the slide's two others.

    Returns:
        For each rule the true cross-entropy, the mean over the four rows, after 0, 1, 2 ...
        steps of gradient descent, `(seeds, steps + 1)`.
    """
    inputs = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    truth = np.eye(2)[[0, 0, 0, 1]]
    generators = [np.random.default_rng([config.seed, number]) for number in range(config.seeds)]
    nets = [two_layer_net.unflatten(generator.normal(size=12)) for generator in generators]
    return {
        rule: np.array(
            [
                two_layer_net.descend(net, inputs, truth, errors_of, RATE, config.steps)
                for net in nets
            ]
        )
        for rule, errors_of in RULES.items()
    }


def plot_signs(losses: dict[str, np.ndarray]) -> Figure:
    """Draw the loss by each rule: the mean over seeds, and a band for most of them."""
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(losses)
        for rule, found in losses.items():
            color, steps = looks[rule].color, np.arange(found.shape[1])
            low, high = np.quantile(found, [0.1, 0.9], axis=0)
            axes.fill_between(steps, low, high, color=color, alpha=0.15, linewidth=0)
            axes.semilogy(
                steps,
                found.mean(axis=0),
                **looks[rule].line,
                markevery=max(1, len(steps) // 8),
                label=rule,
            )
        axes.set(xlabel="steps of gradient descent", ylabel="cross-entropy on AND (nats)")
        axes.set_title("Lecture A's net learns AND by three rules (band: 80% of the seeds)")
        axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
