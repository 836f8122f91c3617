"""What does one gradient step do?

Run:   python -m labs.line_fit           about 7 s on 2 cores
Smoke: python -m labs.line_fit --quick   about 5 s

The lecture draws a line y = mx + b through two points by gradient descent: from m = −1, b = 5
with learning rates that are too large, too small and right. This lab computes each of its
numbers, finds the rate from which on the steps diverge, and works its gradient and its first
step again.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import line_fit, optimization
from models.by_hand.finite_differences import numerical_gradient

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
START = np.array([-1.0, 5.0])
MINIMUM = np.array([2.0, 1.0])
SLIDE_STEP = np.array([-1.7, 5.3])
SMALL, MIDDLE, LARGE = 0.005, 0.1, 0.5
MARGIN = 0.01
"""How far below and above the largest stable rate two more are tried, as a share of it."""
ARRIVED = 1e-4
"""MSE from which on a line counts as arrived: RMSE .01, on points that lie 2 apart."""
LOST = 1e8
"""MSE beyond which a path is not followed any further."""
Paths = Mapping[float, np.ndarray]


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"steps": 1000}

    steps: int = 10000
    """Most steps that are taken with one learning rate, at least 500."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("steps", 500 <= self.steps <= 1_000_000, "500 to 1,000,000")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_claims(*check_line(START))
    record.add_claims(*check_gradient(), *check_first_step())

    threshold = line_fit.largest_stable_rate(X)
    below, above = (threshold * (1 + side * MARGIN) for side in (-1, 1))
    paths = {rate: walk(rate, config.steps) for rate in (SMALL, MIDDLE, below, above, LARGE)}
    record.add_table("rates", [describe_path(rate, path) for rate, path in paths.items()])
    record.add_claims(*check_rates(paths), *check_words())
    record.add_findings(*conclude(paths, threshold), explain_slide_gradient(config.seed))
    record.add_figures(
        paths=plot_paths(paths, threshold), first_step=plot_first_step(paths[MIDDLE])
    )


def slide_mse(data: list[tuple[int, int]], m: float, b: float) -> float:
    """Return the MSE by the code of the slide, line for line."""
    n = len(data)
    squared_error = 0.0
    for x, y in data:
        y_hat = m * x + b
        squared_error += (y - y_hat) ** 2
    return squared_error / n


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


def walk(rate: float, steps: int) -> np.ndarray:
    """Return the lines of gradient descent as far as they make sense, `(steps + 1, 2)`."""
    lines = optimization.gradient_descent(lambda line: line_fit.gradient(line, X, Y), START, rate)
    followed = takewhile(lambda line: mse(line) < LOST, lines)
    return np.array(list(islice(followed, steps + 1)))


def mse(lines: np.ndarray) -> Any:
    """Return the MSE of one line or of many on the lecture's points."""
    return line_fit.mean_squared_error(lines, X, Y)


def steps_to_arrive(path: np.ndarray) -> int | None:
    """Return the number of steps to an RMSE of .01, None if the path does not get there."""
    arrived = np.flatnonzero(mse(path) < ARRIVED)
    return int(arrived[0]) if len(arrived) else None


def check_line(line: np.ndarray) -> Iterator[Claim]:
    """Check the slide's table: predictions, squared errors, MSE and RMSE of the first line."""
    errors = line_fit.squared_errors(line, X, Y)
    loss = float(mse(line))
    tables = {
        "C-predictions": ("The line predicts 4 and 3.", [4, 3], line_fit.predict(line, X)),
        "C-squared-errors": ("Its squared errors are 1 and 4.", [1, 4], errors),
    }
    for name, (statement, printed, measured) in tables.items():
        yield results.judge_formula(
            name,
            statement,
            published=", ".join(map(str, printed)),
            slide_value=printed,
            right_value=measured,
            note="y = mx + b at x = 1 and 2 with m = −1, b = 5; the targets are 3 and 5.",
        )
    numbers = {
        "C-mse": ("The mean squared error is 2.5.", "2.5", loss, "The mean of both."),
        "C-rmse": (
            "Its root is 1.6.",
            "1.6",
            float(np.sqrt(loss)),
            "√2.5, rounded to one digit on the slide.",
        ),
        "C-mse-code": (
            "The slide's get_mse gives the same.",
            "2.5",
            slide_mse([(1, 3), (2, 5)], -1, 5),
            "The slide's code, run as printed.",
        ),
    }
    for name, (statement, published, number, note) in numbers.items():
        yield results.judge(name, statement, published=published, measured=number, note=note)


def check_gradient() -> Iterator[Claim]:
    """Check the gradient that the slide prints at m = −1, b = 5."""
    differences = ", ".join(f"{value:.4f}" for value in numerical_gradient(mse, START))
    yield results.judge_formula(
        "C-gradient",
        "At m = −1, b = 5 the derivatives are ∂m = −7 and ∂b = −3.",
        published="9m + 5b − 23 = −7, 5m + 3b − 13 = −3",
        slide_value=slide_gradient(START),
        right_value=autodiff_gradient(START),
        note="Right are ∂m = 5m + 3b − 13 and ∂b = 3m + 2b − 8, by autodiff (measured) and finite "
        f"differences ({differences}); the slide gives the right ∂m as ∂b.",
    )


def check_first_step() -> Iterator[Claim]:
    """Check the slide's step with a rate of .1: its signs, and where it should have gone."""
    own_rule = START - MIDDLE * slide_gradient(START)
    yield results.judge_formula(
        "C-step-sign",
        "By the rule m := m − λ ∂m, b := b − λ ∂b the step is m := −1 − 7λ, b := 5 − 3λ.",
        published="−1 − 7λ, 5 − 3λ, λ = .1",
        slide_value=START + MIDDLE * slide_gradient(START),
        right_value=own_rule,
        note="Even with the slide's own −7 and −3 the rule gives −1 + 7λ and 5 + 3λ: minus times "
        "minus. The 5.3 that the slide prints for b is 5 + 3λ, not its 5 − 3λ.",
    )
    arrived = keras_step(START, MIDDLE)
    losses = [f"{mse(line):.3f}" for line in (START, SLIDE_STEP, own_rule, arrived)]
    yield results.judge_formula(
        "C-step-values",
        "A step with λ = .1 leads to m = −1.7, b = 5.3.",
        published="−1.7, 5.3",
        slide_value=SLIDE_STEP,
        right_value=arrived,
        note="One step of Keras's SGD on both points (measured). The MSE goes from {} to {} at the "
        "slide's line, {} with the slide's gradient and the right sign, {} rightly.".format(
            *losses
        ),
    )


def check_rates(paths: Paths) -> Iterator[Claim]:
    """Check what the slides' three learning rates do."""
    note = f"From m = −1, b = 5; arrived means an RMSE below {np.sqrt(ARRIVED):.2f}."
    large, middle, small = (paths[rate] for rate in (LARGE, MIDDLE, SMALL))
    needed = steps_to_arrive(middle)
    before, after = (line_fit.gradient(line, X, Y) for line in large[:2])
    yield results.judge_statement(
        "C-rate-large",
        "A learning rate of .5 overshoots.",
        published=".5",
        holds=bool(before @ after < 0 and np.all(np.diff(mse(large)) > 0)),
        measured="MSE " + ", ".join(f"{loss:.3g}" for loss in mse(large[:5])),
        note="The slope along the first step has changed its sign behind it, and each later step "
        "raises the MSE. " + note,
    )
    at = len(small) - 1 if needed is None else needed
    arrives = steps_to_arrive(small)
    later = f"it has not arrived after {len(small) - 1:,} steps"
    if arrives is not None:
        later = f"it arrives after {arrives:,} steps"
    yield results.judge_statement(
        "C-rate-small",
        "A learning rate of .005 crawls.",
        published=".005",
        holds=bool(np.all(np.diff(mse(small)) < 0) and mse(small[at]) > 100 * ARRIVED),
        measured=f"MSE {mse(small[at]):.3g} after {at} steps",
        note=f"So far it is when .1 has arrived; {later}. {note}",
    )
    yield results.judge_statement(
        "C-rate-middle",
        "A learning rate of .1 comes nearer with each step and arrives.",
        published=".1",
        holds=bool(needed is not None and np.all(np.diff(mse(middle[: needed + 1])) < 0)),
        measured=f"arrives after {needed} steps",
        note=f"MSE {mse(middle[1]):.3g} after 1 step, {mse(middle[10]):.3g} after 10. {note}",
    )


def check_words() -> Iterator[Claim]:
    """Check what the slide says of gradient, learning rate, epoch, batch and step."""
    g = line_fit.gradient(START, X, Y)
    angles = np.deg2rad(np.arange(0, 360, 0.5))
    around = START + 1e-4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    down = float(np.rad2deg(angles[np.argmin(mse(around))]))
    uphill = float(np.rad2deg(np.arctan2(g[1], g[0]))) % 360
    yield results.judge_statement(
        "C-words-gradient",
        "The gradient tells in which direction the loss decreases most.",
        holds=abs((down - uphill) % 360 - 180) <= 0.5,
        measured=f"{down:.1f}° falls most, the gradient points to {uphill:.1f}°",
        note="720 directions tried at m = −1, b = 5. The gradient itself points uphill, exactly "
        "against the direction asked for: hence the minus in the rule.",
    )
    moves = [float(np.linalg.norm(keras_step(START, r) - START)) for r in (MIDDLE, 2 * MIDDLE)]
    yield results.judge_statement(
        "C-words-learning-rate",
        "The learning rate is the distance to travel.",
        holds=bool(np.isclose(moves[1], 2 * moves[0], rtol=1e-4)),
        measured=f"{moves[0]:.4f} for λ = .1, {moves[1]:.4f} for λ = .2",
        note="Distance between the lines before and after one step of Keras's SGD. It grows with "
        f"λ, but is λ times the gradient's length, here {np.linalg.norm(g):.3f}.",
    )
    batches = {1: 2, 2: 1}
    counted = {size: keras_steps_an_epoch(size) for size in batches}
    yield results.judge_statement(
        "C-words-epoch",
        "An epoch updates with the whole data set, a batch is a part of it, a step is one update.",
        holds=counted == batches,
        measured=", ".join(f"{steps} with batches of {size}" for size, steps in counted.items()),
        note="Updates counted by Keras's optimizer in one epoch of the two points.",
    )


def keras_steps_an_epoch(batch_size: int) -> int:
    """Return how many updates Keras makes in one epoch of the two points."""
    net = keras_line(START, MIDDLE)
    net.fit(X[:, None], Y[:, None], batch_size=batch_size, verbose=0)
    return int(net.optimizer.iterations.numpy())


def describe_path(rate: float, path: np.ndarray) -> dict[str, Any]:
    """Return how one learning rate did, for a table."""
    losses = mse(path)
    return {
        "learning rate": rate,
        "MSE after 1 step": float(losses[1]),
        "in the end": float(losses[-1]),
        "steps": len(path) - 1,
        "steps to arrive": steps_to_arrive(path),
    }


def conclude(paths: Paths, threshold: float) -> Iterator[str]:
    """Say what the paths show."""
    low, high = np.linalg.eigvalsh(line_fit.hessian(X))
    *_, below, above, _ = paths
    yield (
        f"The Hessian's eigenvalues are {low:.4f} and {high:.4f}, so steps diverge above a rate of "
        f"2/{high:.4f} = {threshold:.4f}. Seen: {below:.4f} ends at an MSE of "
        f"{mse(paths[below][-1]):.2g}, {above:.4f} at {mse(paths[above][-1]):.2g} after "
        f"{len(paths[above]) - 1:,} steps."
    )
    yield (
        f"The bowl bends {high / low:.0f} times more across than along, so even a rate of .1 takes "
        f"{steps_to_arrive(paths[MIDDLE])} steps to an RMSE of .01: it removes "
        f"{MIDDLE * high:.0%} of the distance across at each step, {MIDDLE * low:.1%} along. "
        f"The best rate, 2/({high:.3f} + {low:.3f}) = {2 / (high + low):.4f}, takes "
        f"{steps_to_arrive(walk(2 / (high + low), 1000))}."
    )


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


def plot_paths(paths: Paths, threshold: float) -> Figure:
    """Draw the loss surface with the paths on it, and the loss along each path."""
    *_, below, above, _ = paths
    names = {
        LARGE: f"{LARGE} overshoots",
        above: f"{above:.3f}, just above 2/λmax",
        below: f"{below:.3f}, just below",
        MIDDLE: f"{MIDDLE} arrives",
        SMALL: f"{SMALL} crawls",
    }
    with results.style.figure(12.5, 5.8) as figure:
        surface, curves = figure.subplots(1, 2)
        _draw_surface(surface, (-6, 6), (-4, 9.5), 2.0 ** np.arange(-6, 9))
        for index, (rate, name) in enumerate(names.items()):
            color, marker = results.style.COLORS[index], results.style.MARKERS[index]
            losses = mse(paths[rate])
            marks = np.array([0, 1, 3, 10, 30, 100, 300, 1000, 3000])
            marks = marks[marks < len(losses)]
            drawing = {"color": color, "marker": marker, "label": name}
            if rate in (LARGE, MIDDLE, SMALL):
                path = paths[rate][: 4 if rate == LARGE else 101]
                surface.plot(*path.T, **drawing, markevery=list(marks[marks < len(path)]))
            curves.loglog(losses.clip(1e-12), **drawing, markevery=list(marks))
        surface.plot(*MINIMUM, "*", color="black", markersize=15)
        surface.set(title=f"{LARGE}: 3 steps, {MIDDLE} and {SMALL}: 100 steps", xlabel="slope m")
        surface.set(ylabel="intercept b", xlim=(-6, 6), ylim=(-4, 9.5))
        curves.set(title="The loss along each path", xlabel="step", ylabel="MSE")
        curves.set(xlim=(0.8, None), ylim=(1e-7, LOST))
        handles, labels = curves.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, title="learning rate")
        figure.suptitle(f"Above a rate of {threshold:.3f} the steps lead away")
    return figure


def plot_first_step(path: np.ndarray) -> Figure:
    """Draw the lines on the way, and the slide's first step beside the right one."""
    with results.style.figure(12.5, 5.6) as figure:
        lines, surface = figure.subplots(1, 2)
        _draw_lines(lines, path)
        _draw_first_steps(surface, path[1])
    return figure


def _draw_lines(axes: Axes, path: np.ndarray) -> None:
    """Draw the line at some steps, and the points it is to go through."""
    needed = steps_to_arrive(path)
    steps = [0, 1, 10, 100, len(path) - 1 if needed is None else needed]
    ends = np.array([0.5, 2.5])
    dashes = [":", "-.", "--", (0, (5, 1)), "-"]
    for step, dash, color in zip(steps, dashes, results.style.COLORS, strict=False):
        label = f"step {step}: MSE {mse(path[step]):.2g}"
        axes.plot(ends, line_fit.predict(path[step], ends), color=color, ls=dash, label=label)
    axes.plot(X, Y, "o", color="black", markersize=11)
    axes.set(title=f"The line turns slowly (rate {MIDDLE})", xlabel="x", ylabel="y")
    axes.legend()


def _draw_first_steps(axes: Axes, right: np.ndarray) -> None:
    """Draw three first steps as arrows on the loss surface."""
    own_rule = START - MIDDLE * slide_gradient(START)
    arrows = [  # Name, end, color, line style, place of the name beside the end in points.
        ("slide's step", SLIDE_STEP, 1, "--", (0, 10)),
        ("slide's gradient,\nright sign", own_rule, 4, ":", (0, 10)),
        ("right step", right, 0, "-", (50, -50)),
    ]
    _draw_surface(axes, (-2.4, 0.6), (4.6, 5.7), np.array([1.5, 2, 2.5, 3, 4, 5, 6, 8]), named=True)
    for name, end, index, dash, place in arrows:
        color = results.style.COLORS[index]
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
    axes.set(title="The slide's first step goes uphill", xlabel="slope m", ylabel="intercept b")


def _draw_surface(
    axes: Axes,
    m_range: tuple[float, float],
    b_range: tuple[float, float],
    levels: np.ndarray,
    named: bool = False,
) -> None:
    """Draw lines of equal MSE."""
    m, b = np.linspace(*m_range, 200), np.linspace(*b_range, 200)
    losses = mse(np.stack(np.meshgrid(m, b), axis=-1))
    contour = axes.contour(m, b, losses, levels, colors=results.style.FAINT, linewidths=0.8)
    if named:
        axes.clabel(contour, fontsize=10, colors=results.style.NEUTRAL)
    axes.grid(visible=False)


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
