"""What does the non-linearity add?

Topic: activations                    Time: seconds
Run:   python -m labs.nonlinearity
Quick: python -m labs.nonlinearity --quick
Try:   --epochs 20          which nets bend their line early?
       --learning-rate 1    is the bend still there with a rate that is too large?

The same net is trained on two crescents, and on a regression, with no activation and with the
sigmoid. Linear layers, however many, are one linear layer.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI; lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab; lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots
from labs.running import Above, AtLeast, AtMost, LabConfig, lab
from labs.studies.crescents import (
    HIDDEN_UNITS,
    Trained,
    describe_trained,
    draw_division,
    draw_moons,
    train,
)
from models.by_hand import activations, normalization

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")


ONE, LINEAR = "one linear layer", "three linear layers"
SIGMOID = "three layers, sigmoid"


REGRESSION_EPOCHS = 1_000


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 70, "seeds": 5}

    epochs: Annotated[int, AtLeast(1)] = 200
    """Passes over 300 training rows."""
    batch_size: Annotated[int, AtLeast(1)] = 40
    """Rows a step of Adam."""
    seeds: Annotated[int, AtLeast(2)] = 20
    """Nets of each kind."""
    learning_rate: Annotated[float, Above(0), AtMost(1)] = 0.05
    """Rate of Adam."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets without an activation and with the sigmoid."""
    moons = draw_moons(config)
    record.use_dataset(moons)
    kinds: dict[str, tuple[tuple[int, ...], Any, Any]] = {
        ONE: ((), "linear", "sigmoid"),
        LINEAR: (HIDDEN_UNITS, "linear", "sigmoid"),
        SIGMOID: (HIDDEN_UNITS, "sigmoid", "sigmoid"),
    }
    nets = {
        kind: train(moons, config, *layers)
        for kind, layers in record.track(kinds.items(), "nets of three kinds", len(kinds))
    }
    for kind, trained in nets.items():
        first = {name: values[0] for name, values in trained.replicas.history.items()}
        record.save_history(kind.replace(",", "").replace(" ", "-").lower(), first)
    formats = {"test accuracy": ".4f", "95% interval of the mean": ".4f"}
    rows = [describe_trained(*item) for item in nets.items()]
    record.add_table("training", rows, formats=formats)
    judge_linear_cube(record)
    judge_linear_map(record, moons, nets[LINEAR].replicas)
    by_activation = {name: regress(name, config.seed) for name in ("linear", "sigmoid")}
    x, y, _ = by_activation["linear"]
    judge_linear_stack(record, x, y, {name: out for name, (_, _, out) in by_activation.items()})
    judge_bent(record, nets)
    record.answer(
        f"All that bends the line: three linear layers score {nets[LINEAR].test.mean():.3f} on two "
        f"crescents and one {nets[ONE].test.mean():.3f}, three with sigmoids "
        f"{nets[SIGMOID].test.mean():.3f}.",
        limits="Two crescents, nets of 8, 8 and 1 units; that the non-linearity needs a slope is "
        "shown in labs.step_function.",
    )
    record.add_figure(
        "boundaries",
        plot_boundaries(moons, nets),
        caption="Where the first net of each kind divides the plane (grey: called lower): linear "
        "layers, however many, draw one straight line.",
    )


def judge_linear_cube(record: RunRecord) -> None:
    """Judge that three linear layers h(x) = cx are y = c³x."""
    c, x = 1.5, np.array([[-3.0], [-0.5], [0.5], [3.0]])
    layers = [keras.layers.Dense(1, use_bias=False) for _ in range(3)]
    net = keras.Sequential([keras.Input((1,)), *layers])
    net.set_weights([np.array([[c]])] * 3)
    record.judge(
        "E-linear-cube",
        c**3 * x[:, 0],
        right=net.predict(x, verbose=0)[:, 0],
        how=f"c = {c}, at {x[:, 0].tolist()}, against a Keras net of three Dense layers. Printed "
        "is a = c_3, an index; meant is the power c³.",
    )


def judge_linear_map(record: RunRecord, moons: Dataset, deep: models.Replicas) -> None:
    """Judge that linear layers are one linear layer, by their weights."""
    collapsed = []
    for replica in range(len(deep)):
        weights = deep.weights(replica)
        kernel, bias = activations.collapse(weights[::2], weights[1::2])
        collapsed.append(activations.logistic(moons.test.x @ kernel + bias))
    off = float(np.abs(deep.predict(moons.test.x) - np.array(collapsed)).max())
    record.judge(
        "D-linear-map",
        f"three layers and the product of their matrices differ by {off:.0e} at most",
        holds=off < 1e-5,
        how=(f"{len(deep)} trained nets, {len(moons.test)} test rows, probabilities in float32."),
    )


def regress(activation: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Train a net of three layers on scores of patients, all rows a step.

    Returns:
        Inputs, scores and what the net predicts for them; inputs and scores are standardized.
    """
    x = normalization.standardize(data.load_diabetes().train.x).astype(np.float32)
    y = normalization.standardize(data.load_progression_scores()[0][:, None])
    rng = keras.random.SeedGenerator(seed)
    hidden = [
        keras.layers.Dense(n, activation, kernel_initializer=keras.initializers.GlorotUniform(rng))
        for n in HIDDEN_UNITS
    ]
    last = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(rng))
    net = keras.Sequential([keras.Input(x.shape[1:]), *hidden, last])
    net.compile(keras.optimizers.Adam(0.01), "mean_squared_error")
    models.fit(net, x, y, epochs=REGRESSION_EPOCHS, batch_size=len(x), seed=seed)
    return x, y, net.predict(x, batch_size=len(x), verbose=0)


def judge_linear_stack(
    record: RunRecord, x: np.ndarray, y: np.ndarray, outputs: Mapping[str, np.ndarray]
) -> None:
    """Judge that linear layers are a linear regression, by the output and by the loss.

    Args:
        record: Takes the verdict.
        x: Inputs, `(rows, features)`.
        y: What is to be predicted, `(rows, 1)`.
        outputs: What nets of three layers predict, by their activation.
    """
    regression = sklearn.linear_model.LinearRegression()
    bent = {name: 1 - regression.fit(x, out).score(x, out) for name, out in outputs.items()}
    best = float(np.mean((regression.fit(x, y).predict(x) - y) ** 2))
    excess = float(np.mean((outputs["linear"] - y) ** 2)) / best - 1
    record.judge(
        "C-linear-stack",
        f"the best line through the inputs leaves {bent['linear']:.0e} of the variance of what "
        f"linear layers predict, {bent['sigmoid']:.2f} with sigmoids; their loss is {excess:.0e} "
        "above that of a linear regression",
        holds=bent["linear"] < 1e-6 and abs(excess) < 0.001 < bent["sigmoid"],
        how=f"Nets of three layers on the scores of {len(y)} patients, {REGRESSION_EPOCHS:,} steps "
        "of Adam, and scikit-learn's LinearRegression.",
    )


def judge_bent(record: RunRecord, nets: Mapping[str, Trained]) -> None:
    """Judge that a multilayer perceptron learns what no line divides."""
    record.judge(
        "E-mlp-learns",
        nets[SIGMOID].test,
        above=float(nets[ONE].test.max()),
        how=f"Test accuracy on two crescents, {len(nets[SIGMOID].test)} nets of three layers with "
        "sigmoids, against the best of as many single layers; XOR by hand is D-xor.",
    )


def plot_boundaries(moons: Dataset, nets: Mapping[str, Trained]) -> Figure:
    """Draw where the first net of each kind divides the plane."""
    line = np.linspace(-1.6, 2.6, 200)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype(np.float32)
    with plots.style.figure(12.0, 4.8) as figure:
        figure.suptitle("Where nets of three kinds divide two crescents (grey: called lower)")
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        for axes, kind in zip(panels, (ONE, LINEAR, SIGMOID), strict=True):
            shape = nets[kind].replicas.predict(plane)[0, :, 0].reshape(len(line), len(line))
            draw_division(axes, moons, line, shape, size=14)
            axes.contour(line, line, shape, levels=[0.5], colors=[plots.style.NEUTRAL])
            axes.set_title(f"{kind}: {nets[kind].test[0]:.1%} right", fontsize=13)
            axes.set(xlabel="x₁", ylim=(-1.2, 1.7), xlim=(-1.6, 2.6))
        panels[0].set_ylabel("x₂")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
