"""What do 100 times the rows cost?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.batch_cost
Quick: python -m labs.batch_cost --quick
Try:   --hidden-units 1024    from how many rows on does work take longer than the call?
       --hidden-units 1       and in a net that has next to nothing to do?

The gradient of a mini-batch is a mean over its rows, so its work grows with their number. The
clock sees more than work: what a call costs by itself, and what the processor's caches hold. Both
are measured for batches of 1 to 10,000 rows, and so is the memory. What the rows buy is measured
in labs.gradient_noise.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots
from labs.running import LabConfig, Within, lab
from models.by_hand import activations, dense_net

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

tf = lazy_loader.load("tensorflow")
threadpoolctl = lazy_loader.load("threadpoolctl")

SMALL, LARGE = 100, 10_000
"""The two batch sizes on the slide."""
TIMED = (1, 10, SMALL, 1000, LARGE)
TIMED_NETS = ((64, 16, 10), (64, 128, 10), (64, 256, 256, 10))
"""Units of the nets that are timed on one thread, from the inputs on."""
NEAR_A_HUNDRED = 2.0
"""Times within this factor of a hundredfold count as that."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"repeats": 2}

    hidden_units: Annotated[int, Within(1, 4096)] = 16
    """Units of the net whose calls are timed, of one hidden layer."""
    repeats: Annotated[int, Within(1, 1000)] = 10
    """How often the larger batch is timed; smaller ones are timed more often."""


def experiment(config: Config, record: RunRecord) -> None:
    """Count and time the gradients of batches."""
    digits = data.load_digits()
    record.use_dataset(digits)
    costs = measure_costs(digits.train, config)
    record.add_table("costs", costs)
    ratios = time_ratios(config)
    judge_cost(record, ratios, costs)
    judge_memory(record, {size: peak_bytes(size, size) for size in TIMED}, peak_bytes(LARGE, SMALL))
    clock = {cost["rows"]: cost["seconds"] for cost in costs}
    record.answer(
        f"{LARGE // SMALL} times the rows take {cost_ratio(costs, 'operations'):.0f} times the "
        f"operations and, in NumPy on one thread, {min(ratios):.0f} to {max(ratios):.0f} times as "
        f"long by net. In a call of TensorFlow they took {cost_ratio(costs, 'seconds'):.0f} times "
        f"as long, and the {SMALL} rows themselves {clock[SMALL] / clock[1]:.1f} times as long as "
        "a single one.",
        limits="One machine; what the rows buy is the question of labs.gradient_noise.",
    )
    record.add_figure(
        "costs",
        plot_costs(digits.name, costs),
        caption="What a gradient costs by the rows of its batch, counted and by the clock: where "
        "the dashed line lies flat, a call's own time is most of it.",
    )


def measure_costs(rows: data.Part, config: Config) -> list[dict[str, Any]]:
    """Count the operations of a net's gradient and take its time, for batches of several sizes."""
    rng, units = np.random.default_rng(config.seed), (config.hidden_units,)
    net = models.build_mlp(rows.x.shape[1:], units, 10, scale=1 / 255, seed=config.seed)

    @tf.function(autograph=False)
    def compute(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = net.compute_loss(x, y, net(x, training=True))
        return tape.gradient(loss, net.trainable_variables)

    costs = []
    for size in TIMED:
        drawn = rng.integers(0, len(rows), size)
        x, y = tf.constant(rows.x[drawn]), tf.constant(rows.y[drawn])
        operations = count_operations(compute.get_concrete_function(x, y).graph)
        times = []
        for _ in range(config.repeats + 1):  # The first call prepares the function.
            start = time.perf_counter()
            compute(x, y)[-1].numpy()
            times.append(time.perf_counter() - start)
        costs.append({"rows": size, "operations": operations, "seconds": min(times[1:])})
    return costs


def count_operations(graph: Any) -> int:
    """Return TensorFlow's count of the floating-point operations of a graph."""
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    return int(profiler.profile(graph, options=options.with_empty_output().build()).total_float_ops)


def cost_ratio(costs: Sequence[Mapping[str, Any]], column: str) -> float:
    """Return how much more the larger batch of the slide costs than the smaller one."""
    by_size = {cost["rows"]: float(cost[column]) for cost in costs}
    return by_size[LARGE] / by_size[SMALL]


def time_ratios(config: Config) -> list[float]:
    """Return how much longer the larger batch takes than the smaller one, for each timed net.

    NumPy on one thread computes forward and backward pass, so that nothing but work is timed.
    """
    rng, ratios = np.random.default_rng(config.seed), []
    with threadpoolctl.threadpool_limits(1):
        for units in TIMED_NETS:
            hidden = [activations.ACTIVATIONS["sigmoid"]] * (len(units) - 1)
            net = dense_net.draw_net(units, hidden, rng)
            seconds = []
            for size in (SMALL, LARGE):
                x, slope = rng.normal(size=(units[0], size)), np.ones((units[-1], size))
                times = []
                for _ in range(config.repeats * (LARGE // size)):
                    start = time.thread_time()  # What other programs take does not count.
                    dense_net.backward(net, dense_net.forward(net, x), slope)
                    times.append(time.thread_time() - start)
                seconds.append(float(np.median(times)))
            ratios.append(seconds[1] / seconds[0])
    return ratios


def judge_cost(
    record: RunRecord, ratios: Sequence[float], costs: Sequence[Mapping[str, Any]]
) -> None:
    """Judge that 100 times the rows take 100 times as long, by the clock."""
    call = cost_ratio(costs, "seconds")
    record.judge(
        "B-hundred-times-time",
        ", ".join(f"{ratio:.0f}" for ratio in [*ratios, call]) + " times",
        holds=[1 / NEAR_A_HUNDRED < ratio / 100 < NEAR_A_HUNDRED for ratio in [*ratios, call]],
        how="Gradients of nets of "
        + ", ".join("-".join(map(str, units)) for units in TIMED_NETS)
        + " units in NumPy on one thread, whose larger batches leave the processor's caches; last "
        "a call of TensorFlow, whose overhead is most of a small batch's time. Within a factor of "
        f"{NEAR_A_HUNDRED:.0f} counts. The operations are "
        f"{cost_ratio(costs, 'operations'):.0f} times as many.",
    )


def peak_bytes(rows: int, part: int) -> int:
    """Return the most bytes that the gradient of so many rows holds beside them, by parts of them.

    The gradient in parts is checked to be that of all rows at once.
    """
    rng, units = np.random.default_rng(0), TIMED_NETS[0]
    net = dense_net.draw_net(units, [activations.ACTIVATIONS["sigmoid"]] * (len(units) - 1), rng)
    x = rng.normal(size=(units[0], rows))

    def sum_gradient(size: int) -> np.ndarray:
        total = np.zeros((units[1], units[0]))
        for first in range(0, rows, size):
            passed = dense_net.forward(net, x[:, first : first + size])
            slope = np.ones((units[-1], passed.a[-1].shape[1]))
            total += dense_net.backward(net, passed, slope).weights[0]
        return total

    tracemalloc.start()
    try:
        gradient = sum_gradient(part)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(gradient, sum_gradient(rows), rtol=1e-9)
    return peak


def judge_memory(record: RunRecord, peaks: Mapping[int, int], in_parts: int) -> None:
    """Judge that memory is what bounds a batch, and that a set beyond it cannot be one."""
    ratio, kilo = peaks[LARGE] / peaks[SMALL], {size: peak / 1e3 for size, peak in peaks.items()}
    grows = ratio > LARGE / SMALL / NEAR_A_HUNDRED
    units = "-".join(map(str, TIMED_NETS[0]))
    how = f"Most bytes that NumPy holds in the gradient of a {units} net, its rows not counted. "
    record.judge(
        "B-batch-memory",
        ", ".join(f"{size:,} rows {kilo[size]:,.0f} kB" for size in (1, SMALL, LARGE)),
        holds=grows and ratio < LARGE / SMALL * NEAR_A_HUNDRED,
        how=f"{how}From {SMALL} to {LARGE:,} rows it is {ratio:.0f} times as much: all rows go in "
        "at once as long as that fits.",
    )
    record.judge(
        "B-batch-too-large",
        f"{LARGE:,} rows take {kilo[LARGE]:,.0f} kB at once, and {in_parts / 1e3:,.0f} kB in parts "
        f"of {SMALL}",
        holds=[grows, in_parts > peaks[LARGE] / 2],
        how=f"{how}Memory grows with the rows, so some set is too large to go in at once. A step "
        "on all of them is possible nevertheless: a batch's gradient is the sum over its parts.",
    )


def plot_costs(name: str, costs: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the cost of the gradient against the batch size."""
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(["operations", "seconds"])
        lines = {"operations": ("operations", "-"), "seconds": ("time by the clock", "--")}
        for column, (label, line) in lines.items():
            values = np.array([cost[column] for cost in costs])
            axes.loglog(
                TIMED, values / values[0], linestyle=line, label=label, **looks[column].line
            )
        axes.set(xlabel="rows in the batch", ylabel="cost of a gradient, 1 row = 1")
        axes.legend()
        figure.suptitle(f"{name}: cost of a gradient by the rows of its batch", fontsize=15)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
