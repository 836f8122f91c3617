"""What does each activation do to a number, and to a gradient?

Topic: activations                    Time: seconds
Run:   python -m labs.activations
Quick: python -m labs.activations --quick
Try:   --seed 1    nothing changes: nothing in this lab is random
       --quick     the same, since there is nothing to make smaller

Every activation of the lectures and its derivative is set against Keras's and against
automatic differentiation, and what the slides say of their ranges and slopes is checked.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture B,
신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식
(Fundamentals of Deep Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lazy_loader
import numpy as np

from labs import lectures, plots
from labs.running import LabConfig, lab
from models.by_hand import activations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

# So many points that none lies on a corner, at -1, 0 or 1, where there is no slope.
GRID = np.linspace(-10, 10, 4_000)
FAR = 20.0
SHOWN = np.array([-3, -1.5, -0.5, 0.5, 1.5, 3])
"""Where claims print values."""


@dataclass(frozen=True)
class Config(LabConfig):
    """This lab has no settings of its own, and nothing in it is random."""


def experiment(config: Config, record: RunRecord) -> None:
    """Set the lectures' activations against Keras's, and judge what is said of them."""
    rows = [describe_activation(name) for name in activations.ACTIVATIONS]
    formats = {"slope at -10": ".2g", "off Keras's value": ".1e", "off autodiff": ".1e"}
    record.add_table("activations", rows, formats=formats)
    judge_formulas(record)
    judge_variants(record)
    judge_code_of_lecture_c(record)
    judge_comment_of_lecture_c(record)
    judge_properties(record)
    judge_relu_properties(record)
    record.add_findings(tell_definitions())
    record.add_figure(
        "activations",
        plot_activations(),
        caption="Each activation (solid) with its slope (dashed): where the slope is 0, nothing "
        "is learned.",
    )
    steep = {row["activation"]: row["steepest slope"] for row in rows}
    record.answer(
        f"Sigmoid and tanh squash numbers, and pass a gradient on {steep['sigmoid']:.2g} and "
        f"{steep['tanh']:.2g} times at most, hardly anything far from 0; the family of ReLU keeps "
        "its slope for all positive numbers.",
        limits="What this does to a net that trains: see labs.trained_units, labs.deep_nets.",
    )


def keras_activations() -> dict[str, Callable[[Any], Any]]:
    """Return Keras's activations by our names, set to the lectures' definitions."""
    same = ("sigmoid", "tanh", "hard-tanh", "softsign", "relu", "gelu", "elu", "selu")
    named = {name: getattr(keras.activations, name.replace("-", "_")) for name in same}
    return named | {
        "identity": keras.activations.linear,
        # Keras's default slope is .2, the lectures' is .01.
        "leaky-relu": lambda z: keras.activations.leaky_relu(
            z, negative_slope=activations.LEAKY_ALPHA
        ),
    }


def by_keras(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Keras's activation and its derivative by automatic differentiation.

    Args:
        name: A name of `models.by_hand.activations.ACTIVATIONS`.
        z: Any shape.

    Returns:
        Two float64 arrays of the shape of z.
    """
    function = keras_activations()[name]
    points = tf.constant(z, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(points)
    return values.numpy(), tape.gradient(values, points).numpy()


def describe_activation(name: str) -> dict[str, Any]:
    """Give an activation's row of the table."""
    value, derivative = activations.ACTIVATIONS[name]
    keras_value, keras_derivative = by_keras(name, GRID)
    slopes = derivative(GRID)
    return {
        "activation": name,
        "range on ±10": f"{value(GRID).min():.3g} to {value(GRID).max():.3g}",
        "steepest slope": float(slopes.max()),
        "slope at -10": float(derivative(-10.0)),
        "off Keras's value": float(np.abs(value(GRID) - keras_value).max()),
        "off autodiff": float(np.abs(slopes - keras_derivative).max()),
    }


def judge_formulas(record: RunRecord) -> None:
    """Judge every activation and derivative that lectures A and B print."""
    value, slope = "against Keras's activation.", "against Keras's automatic differentiation."

    def judge(id: str, name: str, derivative: bool, against: str) -> None:
        by_hand = activations.ACTIVATIONS[name][derivative]
        right = by_keras(name, SHOWN)[derivative]
        record.judge(id, by_hand(SHOWN), right=right, how=f"At {SHOWN.tolist()}, {against}")

    judge("A-activation-identity", "identity", False, value)
    judge("A-activation-sigmoid", "sigmoid", False, value)
    judge("A-activation-tanh", "tanh", False, value)
    judge("A-activation-hard-tanh", "hard-tanh", False, value)
    judge("A-activation-softsign", "softsign", False, value)
    judge("A-activation-relu", "relu", False, value)
    judge("A-activation-leaky-relu", "leaky-relu", False, value)
    judge("A-derivative-identity", "identity", True, slope)
    judge("A-derivative-sigmoid", "sigmoid", True, slope)
    judge("A-derivative-tanh", "tanh", True, slope)
    judge("A-derivative-relu", "relu", True, slope)
    judge("A-derivative-leaky-relu", "leaky-relu", True, slope)
    judge("B-derivative-sigmoid", "sigmoid", True, slope)
    judge("B-derivative-tanh", "tanh", True, slope)
    judge("B-derivative-relu", "relu", True, slope)
    judge("B-derivative-leaky-relu", "leaky-relu", True, slope)


def judge_variants(record: RunRecord) -> None:
    """Judge that what lecture A only names are variants of ReLU, by their papers' formulas."""

    def judge(id: str, name: str) -> None:
        value, derivative = activations.ACTIVATIONS[name]
        off = float(np.abs(value(GRID) - by_keras(name, GRID)[0]).max())
        below, above = derivative(np.array([-FAR, FAR]))
        record.judge(
            id,
            f"slope {above:.2f} at {FAR:g} and {below:.0e} at −{FAR:g}",
            holds=bool(off < 1e-6 and abs(above - 1) < 0.1 and abs(below) < 0.1),
            how="Like ReLU's, far above 0 the slope has to be within .1 of 1, far below within .1 "
            f"of 0. Its paper's formula, which is off Keras's values by {off:.0e}.",
        )

    judge("A-activation-gelu", "gelu")
    judge("A-activation-elu", "elu")
    judge("A-activation-selu", "selu")


def judge_code_of_lecture_c(record: RunRecord) -> None:
    """Judge the activations that lecture C writes as code, and its slope of ReLU."""
    given: dict[str, Any] = {"np": np, "x": SHOWN, "w": 1.5, "b": -0.5}
    how = f"The slide's lines for x in {SHOWN.tolist()}, w = 1.5 and b = −.5, against Keras's."

    def judge(id: str, listing: int, name: str) -> None:
        code = lectures.run_listing("C", listing, given)["y_hat"]
        record.judge(id, code, right=by_keras(name, 1.5 * SHOWN - 0.5)[0], how=how)

    judge("C-activation-linear", 2, "identity")
    judge("C-activation-relu", 3, "relu")
    judge("C-activation-sigmoid", 4, "sigmoid")
    printed, trouble = run_line("wx+b", given)
    record.judge(
        "C-code-names",
        printed,
        right=run_line("w * x + b", given)[0],
        how=f"How many values {len(SHOWN)} inputs give; as printed none: {trouble}.",
    )
    record.judge(
        "C-derivative-relu",
        np.where(SHOWN >= 0, 1, 0),
        right=by_keras("relu", SHOWN)[1],
        how=f"At {SHOWN.tolist()}, against automatic differentiation; 0 has a claim of its own.",
    )
    record.judge(
        "C-derivative-relu-zero",
        by_keras("relu", np.zeros(1))[1][0],
        how="Keras's slope at 0 with TensorFlow, by automatic differentiation. There is no "
        "derivative: from the left the slope is 0, from the right 1.",
    )


def run_line(code: str, given: Mapping[str, Any]) -> tuple[int, str]:
    """Return how many values an expression gives, and the name it lacks if it gives none."""
    try:
        return np.size(eval(code, dict(given))), ""
    except NameError as error:
        return 0, f"NameError: {error}"


def judge_comment_of_lecture_c(record: RunRecord) -> None:
    """Judge the range that a comment in lecture C's code of the sigmoid names.

    The comment before it, "Warp to - inf to 0", may have a dash for its minus: the exponential
    falls from +inf to 0. So it is not judged.
    """
    right = by_keras("sigmoid", np.array([-1e4, 1e4]))[0]
    record.judge("C-sigmoid-range", [-1, 1], right=right, how="Keras's sigmoid of ±10,000.")


def judge_properties(record: RunRecord) -> None:
    """Judge what lecture A says in words about its activations."""
    sigmoid, tanh = (activations.ACTIVATIONS[name] for name in ("sigmoid", "tanh"))
    note = "4,000 points from -10 to 10."
    low, mean = float(sigmoid.value(GRID).min()), float(sigmoid.value(GRID).mean())
    record.judge(
        "A-sigmoid-positive",
        f"smallest value {low:.1e}, mean {mean:.2f} for inputs around 0",
        holds=low > 0 and mean > 0.4,
        how=note,
    )
    mean = float(tanh.value(GRID).mean())
    off = float(np.abs(tanh.value(GRID) - (2 * sigmoid.value(2 * GRID) - 1)).max())
    record.judge(
        "A-tanh-centered",
        f"mean {abs(mean):.2f} for inputs around 0, 2σ(2z) − 1 to {off:.0e}",
        holds=abs(mean) < 1e-9 and off < 1e-9,
        how=note,
    )


def judge_relu_properties(record: RunRecord) -> None:
    """Judge what lecture A says in words about ReLU's values."""
    relu = activations.ACTIVATIONS["relu"]
    low, high = float(relu.value(GRID).min()), float(relu.value(1e6))
    record.judge(
        "A-relu-unbounded",
        f"smallest value {low:g}, {high:,.0f} at 1,000,000",
        holds=low == 0 and high == 1e6,
        how="4,000 points from -10 to 10.",
    )


def tell_definitions() -> str:
    """Say where Keras's defaults are other functions than the lectures'."""
    leaky = float(keras.activations.leaky_relu(-1.0))
    approximate = keras.activations.gelu(tf.constant(GRID, tf.float64), approximate=True).numpy()
    off = np.abs(approximate - activations.gelu(GRID)).max()
    return (
        f"Keras's leaky ReLU of -1 is {leaky:.1f}: its default slope is not the lectures' .01. "
        f"Keras's GELU is the exact one unless approximate=True, which is off by up to {off:.0e}."
    )


def plot_activations() -> Figure:
    """Draw each activation with its derivative."""
    z, looks = np.linspace(-4, 4, 801), plots.style.looks(["value", "slope"])
    with plots.style.figure(13.0, 6.2) as figure:
        figure.suptitle("The lectures' activations and their slopes")
        panels = figure.subplots(2, 5, sharex=True, sharey=True)
        for axes, (name, (value, slope)) in zip(
            panels.flat, activations.ACTIVATIONS.items(), strict=True
        ):
            axes.plot(z, value(z), color=looks["value"].color, label="σ(z)")
            axes.plot(z, slope(z), "--", color=looks["slope"].color, label="slope σ′(z)")
            axes.set(title=name, ylim=(-2.1, 2.6), xticks=(-4, 0, 4), yticks=(-2, -1, 0, 1, 2))
        for axes in panels[-1]:
            axes.set_xlabel("z")
        figure.legend(
            *panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2
        )
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
