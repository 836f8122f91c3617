"""What does one gradient step do?

Topic: gradients                      Time: seconds
Run:   python -m labs.line_fit
Quick: python -m labs.line_fit --quick
Try:   --rate 0.5      does a larger step still go downhill?
       --rate 0.005    how little does a small one change?

The lecture draws a line y = mx + b through two points by gradient descent, from m = −1, b = 5.
This lab computes each of its numbers there, and works its gradient and its first step again.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import lazy_loader
import numpy as np

from labs import lectures, plots
from labs.running import Above, AtMost, LabConfig, lab
from models.by_hand import line_fit
from models.by_hand.finite_differences import numerical_gradient
from models.by_hand.line_fit import START, X, Y

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

MINIMUM = np.array([2.0, 1.0])
SLIDE_STEP = np.array([-1.7, 5.3])


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    rate: Annotated[float, Above(0), AtMost(10)] = 0.1
    """Learning rate of the step; the lecture's is .1."""


def experiment(config: Config, record: RunRecord) -> None:
    """Compute the slide's numbers of the first line, and of the first step from it."""
    judge_line(record, START)
    judge_notation(record, START)
    judge_gradient(record)
    arrived = judge_first_step(record, config.rate)
    judge_words(record, config.rate)
    record.add_findings(explain_slide_gradient(config.seed))
    record.add_figure(
        "first_step",
        plot_first_step(arrived, config.rate),
        caption="The slide's first step, the step with its gradient and the right sign, and the "
        "right one, on lines of equal loss.",
    )
    losses = [mse(line) for line in (START, SLIDE_STEP, arrived)]
    record.answer(
        "It goes against the gradient, λ times its length: from m = −1, b = 5 the right step with "
        f"λ = {config.rate:g} takes the MSE from {losses[0]:.3g} to {losses[2]:.3g}. The slide's "
        f"own step goes uphill, to {losses[1]:.3g}: its gradient and its sign are wrong.",
        limits="One step of two; where the steps lead is the question of labs.line_descent.",
    )


def slide_gradient(line: np.ndarray) -> np.ndarray:
    """Return the slide's ∂m = 9m + 5b − 23 and ∂b = 5m + 3b − 13."""
    m, b = line
    return np.array([9 * m + 5 * b - 23, 5 * m + 3 * b - 13])


def autodiff_gradient(line: np.ndarray) -> np.ndarray:
    """Return the gradient of the MSE as TensorFlow differentiates it, `(2,)`."""
    point = tf.constant(line)
    with tf.GradientTape() as tape:
        tape.watch(point)
        loss = tf.reduce_mean((Y - (point[0] * X + point[1])) ** 2)
    return tape.gradient(loss, point).numpy()


def keras_line(line: np.ndarray, rate: float) -> Any:
    """Return the line as a Keras net of one unit, to be trained by plain SGD."""
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    net.compile(keras.optimizers.SGD(rate), "mse", jit_compile=False)
    net.set_weights([line[:1, None], line[1:]])
    return net


def keras_step(line: np.ndarray, rate: float) -> np.ndarray:
    """Return the line after one step of Keras on both points, `(2,)`."""
    net = keras_line(line, rate)
    net.train_on_batch(X[:, None], Y[:, None])
    slope, intercept = net.get_weights()
    return np.round([float(slope[0, 0]), float(intercept[0])], 6)  # Keras computes with 32 bits.


def mse(lines: np.ndarray) -> Any:
    """Return the MSE of one line or of many on the lecture's points."""
    return line_fit.mean_squared_error(lines, X, Y)


def judge_line(record: RunRecord, line: np.ndarray) -> None:
    """Judge the slide's table: predictions, squared errors, MSE and RMSE of the first line."""
    errors = line_fit.squared_errors(line, X, Y)
    loss = float(mse(line))
    how = "y = mx + b at x = 1 and 2 with m = −1, b = 5; the targets are 3 and 5."
    record.judge("C-predictions", [4, 3], right=line_fit.predict(line, X), how=how)
    record.judge("C-squared-errors", [1, 4], right=errors, how=how)
    record.judge("C-mse", loss, how="The mean of both.")
    record.judge("C-rmse", float(np.sqrt(loss)), how="√2.5, rounded to one digit on the slide.")
    listing = lectures.run_listing("C", 1)
    code = listing["get_mse"](listing["data"], *line)
    record.judge("C-mse-code", code, how="The slide's function: labs.lectures C --code shows it.")


def judge_notation(record: RunRecord, line: np.ndarray) -> None:
    """Judge what the slides write of the loss: missing brackets, ŷ for y, a line without b."""
    predicted, loss = line_fit.predict(line, X), float(mse(line))
    record.judge(
        "C-mse-brackets",
        (Y[0] - predicted[0]) ** 2 + (Y[1] - predicted[1]) ** 2 / len(Y),
        right=loss,
        how="The slide's terms by Python's rules, which are those of all algebra.",
    )
    record.judge(
        "C-true-value-sign",
        np.mean((predicted - predicted) ** 2),
        right=loss,
        how="At m = −1, b = 5 with ŷ = H(x), as the lecture's first slides define it.",
    )
    how = "At x = 1 and 2: what the hypothesis m = −1, b = 5 gives, and the labels (measured)."
    record.judge("C-hypothesis", predicted, right=Y, how=how)
    slopes = np.linspace(-2, 6, 9)
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    net.compile(loss="mse")
    by_keras = []
    for slope in slopes:
        net.set_weights([np.full((1, 1), slope)])
        by_keras.append(net.test_on_batch(X[:, None], Y[:, None]))
    costs = [np.mean((slope * X - Y) ** 2) for slope in slopes]
    bend, _, _ = np.polyfit(slopes, costs, 2)
    record.judge(
        "C-cost-without-bias",
        costs,
        right=by_keras,
        how=f"Against Keras at W = −2, −1, … 6 on the two points: a parabola {bend:.3g}W² + …, "
        f"lowest at W = {X @ Y / (X @ X):g}, where the cost is {mse(np.array([2.6, 0])):.1f}, "
        "not 0: the line needs b.",
    )


def judge_gradient(record: RunRecord) -> None:
    """Judge the gradient that the slide prints at m = −1, b = 5."""
    differences = ", ".join(f"{value:.4f}" for value in numerical_gradient(mse, START))
    record.judge(
        "C-gradient",
        slide_gradient(START),
        right=autodiff_gradient(START),
        how=f"By autodiff (measured) and finite differences ({differences}); the slide gives the "
        "right ∂m as ∂b.",
    )


def judge_first_step(record: RunRecord, rate: float) -> np.ndarray:
    """Judge the slide's step: its signs, and where it should have gone, which is returned."""
    own_rule = START - rate * slide_gradient(START)
    record.judge(
        "C-step-sign",
        START + rate * slide_gradient(START),
        right=own_rule,
        how="The rule, with the slide's own −7 and −3. The 5.3 that the slide prints for b is "
        "5 + 3λ, not its 5 − 3λ.",
    )
    arrived = keras_step(START, rate)
    start, slide, signed, right = (mse(line) for line in (START, SLIDE_STEP, own_rule, arrived))
    record.judge(
        "C-step-values",
        SLIDE_STEP,
        right=arrived,
        how=f"One step of Keras's SGD on both points (measured). The MSE goes from {start:.3f} to "
        f"{slide:.3f} at the slide's line, {signed:.3f} with the slide's gradient and the right "
        f"sign, {right:.3f} rightly.",
    )
    return arrived


def judge_words(record: RunRecord, rate: float) -> None:
    """Judge what the slide says of gradient, learning rate, epoch, batch and step."""
    g = line_fit.gradient(START, X, Y)
    angles = np.deg2rad(np.arange(0, 360, 0.5))
    around = START + 1e-4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    down = float(np.rad2deg(angles[np.argmin(mse(around))]))
    uphill = float(np.rad2deg(np.arctan2(g[1], g[0]))) % 360
    record.judge(
        "C-words-gradient",
        f"{down:.1f}° falls most, the gradient points to {uphill:.1f}°",
        holds=abs((down - uphill) % 360 - 180) <= 0.5,
        how="720 directions tried at m = −1, b = 5. The gradient itself points uphill, exactly "
        "against the direction asked for: hence the minus in the rule.",
    )
    moves = [float(np.linalg.norm(keras_step(START, r) - START)) for r in (rate, 2 * rate)]
    record.judge(
        "C-words-learning-rate",
        f"{moves[0]:.4f} for λ = {rate:g}, {moves[1]:.4f} for λ = {2 * rate:g}",
        holds=bool(np.isclose(moves[0], rate, rtol=1e-2)),
        how="Distance between the lines before and after one step of Keras's SGD. It grows with "
        f"λ, but is λ times the gradient's length, here {np.linalg.norm(g):.3f}.",
    )
    batches = {1: 2, 2: 1}
    counted = {size: keras_steps_an_epoch(size) for size in batches}
    record.judge(
        "C-words-epoch",
        ", ".join(f"{steps} with batches of {size}" for size, steps in counted.items()),
        holds=counted == batches,
        how="Updates counted by Keras's optimizer in one epoch of the two points.",
    )


def keras_steps_an_epoch(batch_size: int) -> int:
    """Return how many updates Keras makes in one epoch of the two points."""
    net = keras_line(START, 0.1)
    net.fit(X[:, None], Y[:, None], batch_size=batch_size, verbose=0)
    return int(net.optimizer.iterations.numpy())


def explain_slide_gradient(seed: int) -> str:
    """Say where the slide's gradient comes from, if the guess is right at random lines."""
    lines = np.random.default_rng(seed).normal(size=(20, 2))
    too_much = line_fit.predict(lines, X) - Y
    guess = np.stack([(X**2 * too_much).sum(axis=1), (X * too_much).sum(axis=1)], axis=1)
    found = np.allclose(guess, [slide_gradient(line) for line in lines])
    return (
        "The slide's derivatives are Σ x² (ŷ − y) and Σ x (ŷ − y) at 20 random lines: one factor "
        "x too many in each. They are zero at the right minimum too, which hides the error."
        if found and np.allclose(slide_gradient(MINIMUM), 0)
        else "The slide's derivatives are not those of the MSE with a factor x too many."
    )


def plot_first_step(right: np.ndarray, rate: float) -> Figure:
    """Draw three first steps as arrows on the loss surface."""
    own_rule = START - rate * slide_gradient(START)
    arrows = [  # Name, end, line style, place of the name beside the end in points.
        ("right step", right, "-", (50, -50)),
        ("slide's step", SLIDE_STEP, "--", (0, 10)),
        ("slide's gradient,\nright sign", own_rule, ":", (0, 10)),
    ]
    looks = plots.style.looks(name for name, *_ in arrows)
    ends = np.array([START, right, SLIDE_STEP, own_rule])
    (m_low, b_low), (m_high, b_high) = ends.min(axis=0), ends.max(axis=0)
    with plots.style.figure(9.0, 6.0) as figure:
        axes = figure.subplots()
        plots.draw_contours(
            axes,
            mse,
            (m_low - 0.7, m_high + 0.9),
            (b_low - 0.5, b_high + 0.4),
            np.array([1.5, 2, 2.5, 3, 4, 5, 6, 8]),
            named=True,
        )
        for name, end, dash, place in arrows:
            color = looks[name].color
            arrow: dict[str, Any] = {"arrowstyle": "-|>", "color": color, "lw": 3, "ls": dash}
            arrow |= {"shrinkA": 0, "shrinkB": 0}
            axes.annotate("", tuple(end), tuple(START), arrowprops=arrow)
            axes.annotate(
                f"{name}\nMSE {mse(end):.2f}",
                tuple(end),
                xytext=place,
                textcoords="offset points",
                ha="center",
                bbox={"facecolor": "white", "edgecolor": color, "pad": 3},
                fontsize=12,
            )
        below: dict[str, Any] = {"xytext": (0, -22), "textcoords": "offset points", "ha": "center"}
        axes.annotate(f"start, MSE {mse(START):.2f}", tuple(START), **below)
        axes.set(
            title=f"First steps from m = −1, b = 5, rate {rate:g}",
            xlabel="slope m",
            ylabel="intercept b",
        )
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
