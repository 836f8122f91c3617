"""What does each activation do to a number, and to a gradient?

Run:   python -m labs.activations           about 5 s on 2 cores
Smoke: python -m labs.activations --quick   about 4 s

Every activation of the lectures and its derivative is set against Keras's and against
automatic differentiation, and what the slides say of their ranges and slopes is checked.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture B,
신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식
(Fundamentals of Deep Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import activations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

# So many points that none lies on a corner, at -1, 0 or 1, where there is no slope.
GRID = np.linspace(-10, 10, 4_000)
SHOWN = np.array([-3, -1.5, -0.5, 0.5, 1.5, 3])
"""Where claims print values."""

PRINTED = {
    "A-activation": {
        "identity": "z",
        "sigmoid": "1 / (1 + e^(−z))",
        "tanh": "(e^z − e^(−z)) / (e^z + e^(−z))",
        "hard-tanh": "−1 if x < −1, x if −1 <= x <= 1, 1 if x > 1",
        "softsign": "a / (1 + |a|)",
        "relu": "max(0, z)",
        "leaky-relu": "max(αz, z), α = 0.01",
        "gelu": "GELU",
        "elu": "ELU",
        "selu": "SELU",
    },
    "A-derivative": {
        "identity": "1",
        "sigmoid": "σ(z)(1 − σ(z))",
        "tanh": "1 − σ(z)²",
        "relu": "0 or 1",
        "leaky-relu": "α or 1",
    },
    "B-derivative": {
        "sigmoid": "f(x)(1 − f(x))",
        "tanh": "1 − f(x)²",
        "relu": "1 if x > 0, 0 otherwise",
        "leaky-relu": "1 if x > 0, 0.01 otherwise",
    },
}
"""What the slides print, by lecture and kind; GELU, ELU and SELU are only named."""


@dataclass(frozen=True)
class Config(LabConfig):
    """This lab has no settings of its own, and nothing in it is random."""


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_table("activations", [describe_activation(n) for n in activations.ACTIVATIONS])
    record.add_claims(*check_formulas(), *check_code_of_lecture_c(), check_comment_of_lecture_c())
    record.add_claims(*check_properties(), *check_relu_properties())
    record.add_findings(*compare_definitions())
    record.add_figures(activations=plot_activations())


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
        "steepest slope": round(float(slopes.max()), 3),
        "slope at -10": f"{derivative(-10.0):.2g}",
        "off Keras's value": f"{np.abs(value(GRID) - keras_value).max():.1e}",
        "off autodiff": f"{np.abs(slopes - keras_derivative).max():.1e}",
    }


def check_formulas() -> Iterator[Claim]:
    """Check every activation and derivative that lectures A and B print."""
    for kind, formulas in PRINTED.items():
        derivative = kind.endswith("derivative")
        for name, printed in formulas.items():
            by_hand = activations.ACTIVATIONS[name][derivative]
            named_only = printed == name.upper()
            yield results.judge_formula(
                f"{kind}-{name}",
                f"{'Derivative' if derivative else 'Value'} of {name}.",
                published=printed,
                slide_value=by_hand(SHOWN),
                right_value=by_keras(name, SHOWN)[derivative],
                note=f"At {SHOWN.tolist()}, against Keras"
                + ("'s automatic differentiation." if derivative else "'s activation.")
                + " Only named on the slide; the formula is its paper's." * named_only,
            )


def check_code_of_lecture_c() -> Iterator[Claim]:
    """Check the activations that lecture C writes as code, and its slope of ReLU."""
    code: dict[str, tuple[str, str, Callable[[np.ndarray], np.ndarray]]] = {
        "linear": ("y_hat = wx+b", "identity", lambda linear: linear),
        "relu": ("linear * (linear > 0)", "relu", lambda linear: linear * (linear > 0)),
        "sigmoid": (
            "1 / (1 + np.exp(-1 * linear))",
            "sigmoid",
            lambda linear: 1 / (1 + np.exp(-1 * linear)),
        ),
    }
    for name, (printed, keras_name, function) in code.items():
        yield results.judge_formula(
            f"C-activation-{name}",
            f"Code of {name}.",
            published=printed,
            slide_value=function(SHOWN),
            right_value=by_keras(keras_name, SHOWN)[0],
            note=f"At {SHOWN.tolist()}, against Keras's activation.",
        )
    yield results.judge_formula(
        "C-derivative-relu",
        "Derivative of ReLU.",
        published="0 for x < 0, 1 for x ≥ 0",
        slide_value=np.where(SHOWN >= 0, 1, 0),
        right_value=by_keras("relu", SHOWN)[1],
        note=f"At {SHOWN.tolist()}, against automatic differentiation. At 0 itself there is no "
        "derivative; this slide takes 1, lecture B and TensorFlow take 0.",
    )


def check_comment_of_lecture_c() -> Claim:
    """Check the range that a comment in lecture C's code of the sigmoid names.

    The comment before it, "Warp to - inf to 0", may have a dash for its minus: the exponential
    falls from +inf to 0. So it is not judged.
    """
    far = np.array([-1e4, 1e4])
    return results.judge_formula(
        "C-sigmoid-range",
        "The sigmoid squashes to this range (comment in the code).",
        published="-1 to 1",
        slide_value=[-1.0, 1.0],
        right_value=by_keras("sigmoid", far)[0],
        note="Keras's sigmoid of -10,000 and 10,000: it squashes to 0 to 1. The range of the "
        "comment is that of tanh.",
    )


def check_properties() -> Iterator[Claim]:
    """Check what lecture A says in words about its activations."""
    sigmoid, tanh, leaky = (
        activations.ACTIVATIONS[name] for name in ("sigmoid", "tanh", "leaky-relu")
    )
    note = "4,000 points from -10 to 10."
    low, mean = float(sigmoid.value(GRID).min()), float(sigmoid.value(GRID).mean())
    yield results.judge_statement(
        "A-sigmoid-positive",
        "The sigmoid gives positive values only, hence a bias.",
        holds=low > 0 and mean > 0.4,
        measured=f"smallest value {low:.1e}, mean {mean:.2f} for inputs around 0",
        note=note,
    )
    mean = float(tanh.value(GRID).mean())
    yield results.judge_statement(
        "A-tanh-centered",
        "tanh is centered on 0.",
        holds=abs(mean) < 1e-9,
        measured=f"mean {abs(mean):.2f} for inputs around 0",
        note=note,
    )
    steepest = [float(f.derivative(GRID).max()) for f in (tanh, sigmoid)]
    flat = [float(f.derivative(10.0)) for f in (tanh, sigmoid)]
    yield results.judge_statement(
        "A-tanh-slope",
        "tanh's gradient vanishes less than the sigmoid's, but still does.",
        holds=steepest[0] > steepest[1] and flat[0] < 1e-3,
        measured=f"steepest slope {steepest[0]:.2f} against {steepest[1]:.2f}; at 10 "
        f"{flat[0]:.0e} against {flat[1]:.0e}",
        note=note + " Near 0 tanh is four times as steep. Far out it is the flatter one: "
        "tanh(z) = 2σ(2z) − 1 saturates at half the distance.",
    )
    slope = float(leaky.derivative(GRID).min())
    yield results.judge_statement(
        "A-leaky-relu-slope",
        "Leaky ReLU keeps the gradient from being 0.",
        holds=slope > 0,
        measured=f"smallest slope {slope}",
        note=note,
    )


def check_relu_properties() -> Iterator[Claim]:
    """Check what lecture A says in words about ReLU."""
    relu, sigmoid, tanh, leaky = (
        activations.ACTIVATIONS[name] for name in ("relu", "sigmoid", "tanh", "leaky-relu")
    )
    note = "4,000 points from -10 to 10."
    zeros = [float(np.mean(f.value(GRID) == 0)) for f in (relu, sigmoid, tanh)]
    yield results.judge_statement(
        "A-relu-sparse",
        "ReLU makes sparse representations.",
        holds=zeros == [0.5, 0, 0],
        measured="{:.0%} of its values are exactly 0, {:.0%} of the sigmoid's and {:.0%} of "
        "tanh's".format(*zeros),
        note=note,
    )
    low, high = float(relu.value(GRID).min()), float(relu.value(1e6))
    yield results.judge_statement(
        "A-relu-unbounded",
        "ReLU gives no negative values, and its values have no limit.",
        holds=low == 0 and high == 1e6,
        measured=f"smallest value {low:g}, {high:,.0f} at 1,000,000",
        note=note,
    )
    below = GRID - 11
    slope = float(by_keras("relu", below)[1].max())
    yield results.judge_statement(
        "A-relu-dead",
        "With ReLU all gradients may become 0.",
        holds=slope == 0 and leaky.derivative(below).min() > 0,
        measured=f"largest slope {slope:g} for values of -21 to -1",
        note="Automatic differentiation. A unit whose bias is so low that every row falls there "
        "gets no gradient and stays as it is; leaky ReLU passes a hundredth.",
    )


def compare_definitions() -> Iterator[str]:
    """Say where Keras's defaults are other functions than the lectures'."""
    leaky = float(keras.activations.leaky_relu(-1.0))
    approximate = keras.activations.gelu(tf.constant(GRID, tf.float64), approximate=True).numpy()
    off = np.abs(approximate - activations.gelu(GRID)).max()
    yield (
        f"Keras's leaky ReLU of -1 is {leaky:.1f}: its default slope is not the lectures' .01. "
        f"Keras's GELU is the exact one unless approximate=True, which is off by up to {off:.0e}."
    )
    slopes = [
        float(by_keras("relu", np.zeros(1))[1][0]),
        float(activations.rectifier_derivative(0.0)),
        float(np.where(0 >= 0, 1, 0)),
    ]
    yield (
        "The slope of ReLU at 0, where there is none: {:.0f} in TensorFlow, {:.0f} in lecture B, "
        "{:.0f} in lecture C.".format(*slopes)
    )


def plot_activations() -> Figure:
    """Draw each activation with its derivative."""
    z = np.linspace(-4, 4, 801)
    with results.style.figure(13.0, 6.2) as figure:
        figure.suptitle("Activations and their slopes: where the slope is 0, nothing is learned")
        panels = figure.subplots(2, 5, sharex=True, sharey=True)
        for axes, (name, (value, slope)) in zip(
            panels.flat, activations.ACTIVATIONS.items(), strict=True
        ):
            axes.plot(z, value(z), color=results.style.COLORS[0], label="σ(z)")
            color = results.style.COLORS[1]
            axes.plot(z, slope(z), color=color, linestyle="--", label="slope σ′(z)")
            axes.set(title=name, ylim=(-2.1, 2.6), xticks=(-4, 0, 4), yticks=(-2, -1, 0, 1, 2))
        for axes in panels[-1]:
            axes.set_xlabel("z")
        figure.legend(
            *panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2
        )
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
