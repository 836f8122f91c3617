"""What does a gradient cost?

Topic: gradients                      Time: seconds
Run:   python -m labs.gradient_cost
Quick: python -m labs.gradient_cost --quick
Try:   --widths 2 4 8         from which width on is the backward pass cheaper?
       --widths 64 128 256    does the ratio still grow with the width?

The derivatives of one layer have nearly all their factors in common, so the backward pass
computes these once. This lab counts multiplications, and measures times beside them, for all
derivatives of a net: backward, by the chain rule one at a time, and by finite differences.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture A, 딥러닝 기초 (Introduction to
Deep Learning), Korea University, for the cost of ReLU.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np
from threadpoolctl import threadpool_limits

from labs import plots
from labs.running import AtLeast, Each, Increasing, LabConfig, lab
from models.by_hand import dense_net
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.finite_differences import numerical_gradient

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

HIDDEN_LAYERS = 3
BATCH = 32
"""Samples that go through the nets."""
TIMED_PER_LAYER = 5
ROUNDS, TURNS = 8, 5
"""Rounds in which activations are measured in turns: another program disturbs a turn or two."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"widths": (4, 8, 16)}

    widths: Annotated[tuple[int, ...], Each(AtLeast(1)), Increasing(2)] = (4, 8, 16, 32, 64, 128)
    """Units of each layer of the nets, from small to large."""


def experiment(config: Config, record: RunRecord) -> None:
    """Count and time all derivatives of nets of growing width, in three ways."""
    with threadpool_limits(1):  # Threads that wait for each other would be timed too.
        costs = [measure_cost(width, config.seed) for width in config.widths]
    record.add_table("cost", costs)
    judge_cost(record, costs)
    judge_derivatives(record, config.widths[0], config.seed)
    judge_relu(record, time_activations(config.seed))
    largest = costs[-1]
    record.answer(
        f"All {largest['parameters']:,} derivatives of the largest net cost "
        f"{largest['backward']:.2f} forward passes backward, {largest['one at a time']:,.0f} by "
        f"the chain rule one at a time, {largest['finite differences']:,} by finite differences.",
        limits="Multiplications of dense nets of one depth, one thread; times hang on the machine.",
    )
    record.add_figure(
        "cost",
        plot_cost(costs),
        caption=(
            "Cost of all derivatives in forward passes, over the parameters of the net: counted "
            "multiplications solid, times dashed. Backward it is the same for any net."
        ),
    )


def measure_cost(width: int, seed: int) -> dict[str, Any]:
    """Count multiplications and measure times of one net, in units of its forward pass."""
    units = (width,) * (HIDDEN_LAYERS + 2)
    count = dense_net.count_multiplications(units)
    generator = np.random.default_rng(seed)
    net = dense_net.draw_net(units, [ACTIVATIONS["sigmoid"]] * (len(units) - 1), generator)
    x, y = generator.normal(size=(width, BATCH)), generator.random((width, BATCH))
    passed = dense_net.forward(net, x)
    gradient = passed.a[-1] - y  # Of half the squared error.
    parameters = sum(weights.size for weights in (*net.weights, *net.biases))
    timed = [
        (layer, *generator.integers(width, size=2))
        for layer in range(len(net.weights))
        for _ in range(TIMED_PER_LAYER)
    ]

    def some_alone() -> None:
        for weight in timed:
            dense_net.derivative_alone(net, passed, gradient, *weight)

    forward = fastest(lambda: dense_net.forward(net, x))
    backward = fastest(lambda: dense_net.backward(net, passed, gradient))
    alone = fastest(some_alone) / len(timed) * parameters
    return {
        "units": width,
        "parameters": parameters,
        "backward": round(count.backward / count.forward, 3),
        "one at a time": round(count.alone / count.forward),
        "finite differences": 2 * parameters,
        "backward, timed": round(backward / forward, 2),
        "one at a time, timed": round(alone / forward),
    }


def fastest(function: Callable[[], object]) -> float:
    """Return the least of many times of one call in seconds, the one disturbed least."""
    return min(timeit.repeat(function, number=2, repeat=15)) / 2


def time_activations(seed: int) -> dict[str, np.ndarray]:
    """Time values and derivatives of Keras's activations, compiled by XLA, turn by turn.

    Returns:
        For each activation the least seconds of a call in each round, `(ROUNDS,)`.
    """
    z = tf.random.stateless_normal((256, 2048), (seed, 0))

    def gradient_of(name: str) -> Callable[[], object]:
        activation = keras.activations.get(name)

        @tf.function(jit_compile=True)
        def call(inputs: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                values = activation(inputs)
            return values, tape.gradient(values, inputs)

        return lambda: call(z)

    calls = {name: gradient_of(name) for name in ("relu", "sigmoid", "tanh")}
    turns = [[fastest(call) for call in calls.values()] for _ in range(ROUNDS * TURNS)]
    least = np.reshape(turns, (ROUNDS, TURNS, len(calls))).min(axis=1)
    return dict(zip(calls, least.T, strict=True))


def judge_relu(record: RunRecord, seconds: dict[str, np.ndarray]) -> None:
    """Judge that ReLU takes less time than the cheaper one of sigmoid and tanh."""
    told = ", ".join(f"{name} {times.min() * 1e6:.0f}" for name, times in seconds.items())
    record.judge(
        "A-relu-cheap",
        seconds["relu"] / np.minimum(seconds["sigmoid"], seconds["tanh"]),
        below=1,
        how=f"Microseconds of values and derivatives of 524,288 numbers, compiled: {told}. "
        f"Measured is ReLU's time over that of the cheaper one of the others, each the least of "
        f"{TURNS} turns, in {ROUNDS} rounds. In a dense layer the matrix product costs more than "
        "any.",
    )


def judge_cost(record: RunRecord, costs: Sequence[dict[str, Any]]) -> None:
    """Judge lecture B's reason for backpropagation: what is in common is computed once."""
    first, last = costs[0], costs[-1]
    backward = max(cost["backward"] for cost in costs)
    record.judge(
        "B-compute-once",
        f"backward at most {backward:.2f} forward passes; one derivative at a time "
        f"{first['one at a time']:,.0f} of them for {first['parameters']:,} parameters, "
        f"{last['one at a time']:,.0f} for {last['parameters']:,}",
        holds=backward <= 2 and all(c["one at a time"] > c["parameters"] / 10 for c in costs),
        how="Multiplications counted in nets of four layers; the times measured beside them "
        "tell the same, but hang on the machine.",
    )


def judge_derivatives(record: RunRecord, width: int, seed: int) -> None:
    """Judge what a layer's derivatives share, and that none can be had directly, on one sample."""
    units = (width + 1,) * (HIDDEN_LAYERS + 2)
    generator = np.random.default_rng(seed)
    net = dense_net.draw_net(units, [ACTIVATIONS["sigmoid"]] * (len(units) - 1), generator)
    x, y = generator.normal(size=(2, width + 1, 1))
    passed = dense_net.forward(net, x)
    exact = dense_net.backward(net, passed, passed.a[-1] - y).weights[0]
    common = exact / x[:, 0]  # Each derivative without the factor that is its own.
    one_unit, one_layer = (float(np.ptp(part) / np.abs(part).max()) for part in (common[0], common))
    record.judge(
        "B-shared-derivatives",
        f"without their inputs they differ by {one_unit:.0e} of the largest within a unit, by "
        f"{one_layer:.0%} within the layer",
        holds=[one_unit < 1e-9, one_layer < 1e-9],
        how=f"First layer of {width + 1} units, a sample; last which weights are meant, those into "
        "one unit, as in the slide's formula, or the layer's. Units share what comes after the "
        "layer, not the weights that lead there, nor the activation's derivative.",
    )

    def loss(moved: np.ndarray) -> float:
        changed = net._replace(weights=[moved, *net.weights[1:]])
        return float(np.sum((dense_net.forward(changed, x).a[-1] - y) ** 2)) / 2

    direct = numerical_gradient(loss, net.weights[0])
    off = float(np.abs(direct - exact).max() / np.abs(exact).max())
    record.judge(
        "B-indirect",
        f"finite differences are off by {off:.0e} of the largest derivative",
        holds=off > 1e-4,
        how=f"Half the squared error, a sample, the {exact.size} weights of the first layer, each "
        "moved by ±1e-5: two forward passes a weight and no chain rule. It is possible, only dear.",
    )


def plot_cost(costs: Sequence[dict[str, Any]]) -> Figure:
    """Draw the costs in forward passes over the number of parameters."""
    parameters = [cost["parameters"] for cost in costs]
    lines = {
        "finite differences": "finite differences, counted",
        "one at a time": "chain rule, one at a time, counted",
        "one at a time, timed": "chain rule, one at a time, timed",
        "backward, timed": "backward pass, timed",
        "backward": "backward pass, counted",
    }
    with plots.style.figure() as figure:
        axes = figure.subplots()
        for (name, label), look in zip(
            lines.items(), plots.style.looks(lines).values(), strict=True
        ):
            axes.loglog(
                parameters,
                [cost[name] for cost in costs],
                **look.line,
                linestyle="--" if "timed" in name else "-",
                label=label,
            )
        axes.set(xlabel="parameters of the net", ylabel="cost of all derivatives\n(forward passes)")
        axes.set_title("What all derivatives of a net cost, in three ways")
        figure.legend(loc="outside lower center", ncols=3)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
