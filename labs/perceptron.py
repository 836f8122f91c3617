"""What can one neuron decide?

Topic: one neuron and its limits      Time: seconds
Run:   python -m labs.perceptron
Quick: python -m labs.perceptron --quick
Try:   --epochs 20    which gates are learned by then?
       --seeds 100    does any neuron ever learn XOR?

One neuron divides its inputs by a straight line. This lab builds gates of the lectures'
weights, lets neurons learn all 16 gates of two inputs, and proves that XOR is out of reach of
one. What NAND alone can be put together to is the question of labs.nand.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import lectures, plots, records
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

Gate = tuple[int, ...]
"""Outputs for the inputs 00, 01, 10, 11."""
XOR: Gate = (0, 1, 1, 0)
NAMES = {(0, 0, 0, 1): "AND", (0, 1, 1, 1): "OR", (1, 1, 1, 0): "NAND", XOR: "XOR"}
NEURONS = {name: [getattr(perceptron, name)] for name in ("AND", "OR", "NAND")}
NEURONS["XOR"] = [perceptron.NAND, perceptron.OR]
"""All of a gate's must fire."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 30, "seeds": 5}

    epochs: Annotated[int, AtLeast(20)] = 100
    """Passes over the four rows of a gate."""
    seeds: Annotated[int, AtLeast(2)] = 30
    """Neurons that learn each gate."""


def experiment(config: Config, record: RunRecord) -> None:
    """Build the gates of the slides, and let neurons learn all of them."""
    judge_slide_neurons(record)
    judge_thresholds(record)
    separable = {n: perceptron.count_separable(n) for n in (1, 2, 3)}
    judge_xor(record, separable[2])

    mistakes = learn_every_gate(config)
    judge_learning(record, mistakes)
    record.add_table("gates", [describe_gate(gate, mistakes[gate]) for gate in mistakes])
    counts = ", ".join(
        f"{len(gates)} of {2 ** (2**n)} with {n} input{'s' * (n > 1)}"
        for n, gates in separable.items()
    )
    always = [gate for gate, m in mistakes.items() if (m == 0).any(axis=1).all()]
    record.answer(
        f"Gates that one neuron can be: {counts}; the more inputs, the smaller the share. By the "
        f"learning rule every neuron learned {len(always)} gates of two inputs, all within "
        f"{max(last_mistake(mistakes[gate]) for gate in always)} epochs, and none settles on XOR.",
        limits="Inputs of 0 and 1 without noise.",
    )
    record.add_figure(
        "gates",
        plot_gates(),
        caption="The slides' neurons: the line of each (two for XOR, the second dashed), grey "
        "where all of them fire, filled points where the gate says 1.",
    )
    record.add_figure(
        "learning",
        plot_learning(mistakes),
        caption="Mistakes of the learning rule in each epoch, means over the neurons: it ends "
        "where a line exists.",
    )
    records.save_neurons(record, divide_gates(config))


def divide_gates(config: Config) -> dict[str, records.Division]:
    """Return the gates with the slides' neurons, and XOR with what the rule leaves of one."""
    x, outputs = perceptron.binary_inputs(2), {name: gate for gate, name in NAMES.items()}
    left = perceptron.learn(x, np.array(XOR), epochs=config.epochs, seed=config.seed).neuron
    return {
        name: records.Division(x, outputs.get(name, XOR), neurons, len(neurons))
        for name, neurons in {**NEURONS, "XOR, one neuron": [left]}.items()
    }


def judge_slide_neurons(record: RunRecord) -> None:
    """Judge the net value and the gates that the slides print."""
    record.judge(
        "E-net",
        float(perceptron.net_value([-1, 0, 0], [0.3, 0.4, 0.1])),
        how="w0·x0 + w1·x1 + w2·x2 by hand; the input x0 = -1 makes w0 a bias of -.3.",
    )
    x = perceptron.binary_inputs(2)
    both, either = x.all(axis=1), x.any(axis=1)

    def judge(id: str, neuron: perceptron.Neuron, right: Any, remark: str = "") -> None:
        weights = f"w = {neuron.weights}, b = {neuron.bias}"
        how = f"Outputs for 00, 01, 10, 11 with {weights}, against Python's own logic.{remark}"
        record.judge(id, perceptron.fire(neuron, x), right=right, how=how)

    judge("E-and", perceptron.AND, both)
    judge("E-or", perceptron.OR, either)
    lost = " The slide's weights are lost; these are AND's negated."
    judge("E-nand", perceptron.NAND, ~both, lost)
    code = lectures.run_listing("E", 2, lectures.run_listing("E", 1))
    printed = {name: [code[f"{name}_gate"](*row) for row in x] for name in ("or", "and", "nand")}
    record.judge(
        "E-or-code",
        printed["or"],
        right=either,
        how="At a sum of just 0, which it never has, it gives 0 where the formula gives 1. Written "
        f"like it, AND gives {printed['and']}, NAND {printed['nand']}.",
    )


def judge_thresholds(record: RunRecord) -> None:
    """Judge which net values fire, by the bias: by the formula's ≥, and by the words' >."""
    nets = np.arange(101)

    def judge(id: str, bias: int, bound: int, fails: Callable[..., Any]) -> None:
        fires = [rule(nets + bias, 100) for rule in (np.greater_equal, np.greater)]
        lowest = [nets[fired].min() for fired in fires]
        record.judge(
            id,
            f"fires from {lowest[0]} on by ≥, from {lowest[1]} on by >",
            holds=[not fails(fired, nets > bound).any() for fired in fires],
            how="Threshold 100, whole net values 0 to 100. The formula says ≥, the words 'greater "
            "than'.",
        )

    judge("E-threshold-70", 70, 30, lambda fired, above: above & ~fired)  # Above is enough.
    judge("E-threshold-20", 20, 80, lambda fired, above: fired & ~above)  # Above is needed.
    fires = perceptron.step(nets + 70, threshold=100)
    told = f"Of the net values 0 to 100, {fires.sum()} should fire with bias 70, and none does."
    record.judge("E-threshold-formula", fires >= 100, right=fires, how=told)
    biases = np.arange(0, 101, 10)
    shares = [float(perceptron.step(nets + bias, threshold=100).mean()) for bias in biases]
    record.judge(
        "D-bias",
        f"{shares[0]:.0%} of the net values 0 to 100 fire with bias 0, "
        f"{shares[5]:.0%} with 50, {shares[-1]:.0%} with 100",
        holds=bool(np.all(np.diff(shares) > 0)),
        how="Threshold 100, biases 0, 10, ... 100.",
    )


def judge_xor(record: RunRecord, separable: np.ndarray) -> None:
    """Judge that no neuron is XOR, and that two or three are.

    Args:
        record: Takes the verdicts.
        separable: The gates of two inputs that one neuron can be, `(gates, 4)`.
    """
    x = perceptron.binary_inputs(2)
    best = int((separable == XOR).sum(axis=1).max())
    record.judge(
        "E-xor",
        f"at best {best} of {len(XOR)} rows right",
        holds=best < len(XOR),
        how="The best of all gates that one neuron can be; their list is complete, since a "
        "linear program decides for each of the 16 whether a line exists.",
    )
    signed = np.where(np.array(XOR) == 1, 1, -1)[:, None] * np.column_stack([x, np.ones(4)])
    record.judge(
        "D-not-separable",
        f"no line; {len(separable)} of 16 gates of two inputs have one",
        holds=not perceptron.is_separable(x, XOR) and not signed.sum(axis=0).any(),
        how="The linear program for w and b is infeasible. Why: XOR asks for ±(w·x + b) > 0 in "
        "four rows, and the four left sides add up to 0.",
    )
    three, two = perceptron.xor_of_three(x), perceptron.xor_of_two(x)
    record.judge(
        "D-xor",
        f"two and a third above them give {three.tolist()}, two alone {two.tolist()}",
        holds=three.tolist() == two.tolist() == list(XOR),
        how="NAND and OR, joined by AND. Two alone suffice if the second sees the inputs "
        "beside the first one's output. Rows 00, 01, 10, 11.",
    )


def learn_every_gate(config: Config) -> dict[Gate, np.ndarray]:
    """Let neurons learn each gate of two inputs.

    Returns:
        The mistakes of each neuron in each epoch, `(seeds, epochs)`, by the gate's outputs.
    """
    x = perceptron.binary_inputs(2)
    return {
        tuple(int(bit) for bit in gate): np.array(
            [
                perceptron.learn(x, gate, epochs=config.epochs, seed=config.seed + i).mistakes
                for i in range(config.seeds)
            ]
        )
        for gate in perceptron.all_gates(2)
    }


def judge_learning(record: RunRecord, mistakes: Mapping[Gate, np.ndarray]) -> None:
    """Judge that neurons learn the gates that a line separates, and no others."""
    x = perceptron.binary_inputs(2)
    learned: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for gate, made in mistakes.items():
        learned[perceptron.is_separable(x, gate)].append((made == 0).any(axis=1))
    how = (
        "Neurons that make no mistake in a whole epoch, by the learning rule; XOR and its opposite "
    )

    def judge(id: str, neurons: list[np.ndarray], holds: bool, remark: str) -> None:
        told = f"{np.sum(neurons)} of {np.size(neurons)} neurons learn one of {len(neurons)} gates"
        record.judge(id, told, holds=holds, how=how + remark)

    with_line, without = learned[True], learned[False]
    judge("E-single-learns", with_line, bool(np.all(with_line)), "are the gates without a line.")
    judge("E-single-fails", without, not np.any(without), "have no line, so the rule never ends.")


def describe_gate(gate: Gate, mistakes: np.ndarray) -> dict[str, Any]:
    """Give a gate's row of the table."""
    learned = (mistakes == 0).any(axis=1)
    return {
        "outputs for 00 01 10 11": " ".join(map(str, gate)),
        "name": NAMES.get(gate, ""),
        "a line exists": "yes"
        if perceptron.is_separable(perceptron.binary_inputs(2), gate)
        else "no",
        "neurons that learned it": f"{learned.sum()} of {len(learned)}",
        "last epoch with a mistake": last_mistake(mistakes) if learned.all() else None,
    }


def last_mistake(mistakes: np.ndarray) -> int:
    """Return the last epoch, from 1, in which any neuron made a mistake; 0 if none did."""
    return int(np.flatnonzero(mistakes.any(axis=0)).max(initial=-1)) + 1


def plot_gates() -> Figure:
    """Draw AND, OR and NAND with one line each, and XOR with the two of its hidden layer."""
    x, line = perceptron.binary_inputs(2), np.linspace(-0.5, 1.5, 400)
    plane = np.stack(np.meshgrid(line, line), axis=-1)
    looks = plots.style.looks(["point", "line"])
    with plots.style.figure(12.0, 4.6) as figure:
        figure.suptitle("AND, OR and NAND with one line, XOR with two (grey: all neurons fire)")
        panels = figure.subplots(1, 4, sharex=True, sharey=True)
        for axes, (name, neurons) in zip(panels, NEURONS.items(), strict=True):
            fires = np.min([perceptron.fire(neuron, x) for neuron in neurons], axis=0)
            names = ("first line", "second line")
            for neuron, linestyle, label in zip(neurons, ("-", "--"), names, strict=False):
                w1, w2 = neuron.weights
                heights = -(w1 * line + neuron.bias) / w2
                axes.plot(line, heights, linestyle, color=looks["line"].color, label=label)
            fired = np.min([perceptron.fire(neuron, plane) for neuron in neurons], axis=0)
            axes.contourf(line, line, fired, levels=[0.5, 1.5], colors=[plots.style.AREA])
            for value, face in ((1, looks["point"].color), (0, "white")):
                chosen = x[fires == value]
                edge = {"edgecolors": looks["point"].color, "linewidths": 2}
                axes.scatter(*chosen.T, s=150, c=face, zorder=3, label=f"output {value}", **edge)
            axes.set(title=name, xlabel="x₁", xticks=(0, 1), yticks=(0, 1), aspect="equal")
            axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        panels[0].set_ylabel("x₂")
        figure.legend(*panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def plot_learning(mistakes: Mapping[Gate, np.ndarray]) -> Figure:
    """Draw the mistakes in each epoch, the mean over the neurons, for the named gates."""
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(NAMES.values())
        for gate, name in NAMES.items():
            mean = mistakes[gate][:, :20].mean(axis=0)
            axes.plot(np.arange(1, 21), mean, label=name, **looks[name].line)
        axes.set(xlabel="epoch", ylabel="mistakes in four rows", xticks=range(1, 21), ylim=(0, 4))
        axes.legend()
        seeds = len(mistakes[XOR])
        axes.set_title(f"Mistakes of the learning rule (mean of {seeds} neurons)")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
