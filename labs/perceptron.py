"""What can one neuron decide?

Run:   python -m labs.perceptron           about 3 s on 2 cores
Smoke: python -m labs.perceptron --quick   about 3 s

One neuron divides its inputs by a straight line. This lab builds gates of the lectures'
weights, lets neurons learn all 16 gates of two inputs, proves that XOR is out of reach of one,
and puts every gate together out of NAND.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import perceptron

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")

Gate = tuple[int, ...]
"""Outputs for the inputs 00, 01, 10, 11."""

NAMES: dict[Gate, str] = {
    (0, 0, 0, 1): "AND",
    (0, 1, 1, 1): "OR",
    (1, 1, 1, 0): "NAND",
    (0, 1, 1, 0): "XOR",
}
XOR: Gate = (0, 1, 1, 0)
SUM_AND_CARRY = (XOR, (0, 0, 0, 1))
SLIDE_GATES = {"AND": perceptron.AND, "OR": perceptron.OR, "NAND": perceptron.NAND}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 30, "seeds": 5}

    epochs: int = 100
    """Passes over the four rows of a gate, at least 20."""
    seeds: int = 30
    """Neurons that learn each gate, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 20, "20 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_claims(*check_slide_neurons(), *check_thresholds(), *check_gates_of_nand())
    separable = {n: count_separable(n) for n in (1, 2, 3)}
    record.add_claims(*check_xor(separable[2]))

    mistakes = learn_every_gate(config)
    record.add_table("gates", [describe_gate(gate, mistakes[gate]) for gate in mistakes])
    record.add_findings(*conclude_gates(separable, mistakes))
    record.add_figures(gates=plot_gates(), learning=plot_learning(mistakes))


def all_gates(inputs: int) -> np.ndarray:
    """Return the outputs of every gate, `(2^(2^inputs), 2^inputs)`."""
    return perceptron.binary_inputs(2**inputs)


def is_separable(x: np.ndarray, y: Sequence[int] | np.ndarray) -> bool:
    """Tell whether a perceptron can give y, by a linear program.

    It asks for w and b with ±(w·x + b) ≥ 1 for each row, + where y is 1. Any line that
    separates the rows can be scaled to keep that margin; so no solution means no line.
    """
    signed = np.where(np.asarray(y) == 1, 1, -1)[:, None] * np.column_stack([x, np.ones(len(x))])
    answer = scipy.optimize.linprog(
        np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(x)), bounds=(None, None)
    )
    feasible, infeasible = 0, 2  # SciPy's status.
    if answer.status not in (feasible, infeasible):
        raise RuntimeError(f"The linear program was not solved: {answer.message}")
    return bool(answer.status == feasible)


def count_separable(inputs: int) -> np.ndarray:
    """Return those gates of so many inputs that one neuron can be, `(gates, 2^inputs)`."""
    x = perceptron.binary_inputs(inputs)
    return np.array([gate for gate in all_gates(inputs) if is_separable(x, gate)])


def check_slide_neurons() -> Iterator[Claim]:
    """Check the net value and the gates that the slides print."""
    yield results.judge(
        "E-net",
        "Weights .4 and .1 with inputs 0, and .3 with the input -1, give this net value.",
        published="-0.3",
        measured=float(perceptron.net_value([-1, 0, 0], [0.3, 0.4, 0.1])),
        note="w0·x0 + w1·x1 + w2·x2 by hand; the input x0 = -1 makes w0 a bias of -.3.",
    )
    x = perceptron.binary_inputs(2)
    both, either = x.all(axis=1), x.any(axis=1)
    for name, right in {"AND": both, "OR": either, "NAND": ~both}.items():
        neuron = SLIDE_GATES[name]
        weights = f"w = {neuron.weights}, b = {neuron.bias}"
        yield results.judge_formula(
            f"E-{name.lower()}",
            f"One perceptron is the {name} gate.",
            published=weights if name != "NAND" else "likewise",
            slide_value=perceptron.fire(neuron, x),
            right_value=right,
            note=f"Outputs for 00, 01, 10, 11 with {weights}, against Python's own logic."
            + (" The slide's weights are lost; these are AND's negated." * (name == "NAND")),
        )


def check_thresholds() -> Iterator[Claim]:
    """Check from which net value on a neuron fires, by its bias."""
    nets = np.arange(101)
    for bias, published in ((70, "30"), (20, "80")):
        firing = perceptron.step(nets + bias, threshold=100) == 1
        yield results.judge(
            f"E-threshold-{bias}",
            f"With threshold 100 and bias {bias} the neuron fires from this net value on.",
            published=published,
            measured=float(nets[firing].min()),
            note="Smallest whole net value from 0 to 100 that fires. The formula says "
            "≥, the words say 'greater than': at equality they differ, and ≥ is used here.",
        )
    biases = np.arange(0, 101, 10)
    shares = [float(perceptron.step(nets + bias, threshold=100).mean()) for bias in biases]
    yield results.judge_statement(
        "D-bias",
        "A larger bias makes the neuron fire more often.",
        holds=bool(np.all(np.diff(shares) > 0)),
        measured=f"{shares[0]:.0%} of the net values 0 to 100 fire with bias 0, "
        f"{shares[5]:.0%} with 50, {shares[-1]:.0%} with 100",
        note="Threshold 100, biases 0, 10, ... 100.",
    )


def check_gates_of_nand() -> Iterator[Claim]:
    """Check that NAND perceptrons suffice for every gate of two inputs."""
    x = perceptron.binary_inputs(2)
    sizes, right = [], 0
    for gate in all_gates(2):
        circuit, outputs = perceptron.nand_circuit(gate)
        right += np.array_equal(perceptron.run_circuit(circuit, outputs, x)[:, 0], gate)
        sizes.append(len(circuit))
    circuit, outputs = perceptron.nand_circuit(*SUM_AND_CARRY)
    adder = perceptron.run_circuit(circuit, outputs, x)
    adds = np.array_equal(adder @ [1, 2], x.sum(axis=1))
    yield results.judge_statement(
        "D-nand-any-gate",
        "Any logic can be put together from NAND perceptrons.",
        holds=right == len(sizes) and adds,
        measured=f"{right} of {len(sizes)} gates of two inputs, with {max(sizes)} NANDs or fewer "
        f"each; a half adder with {len(circuit)}",
        note="Smallest circuits by exhaustive search, each run with the NAND neuron. All logic "
        "follows, because AND, OR and NOT are among the gates.",
    )


def check_xor(separable: np.ndarray) -> Iterator[Claim]:
    """Check that no neuron is XOR, and that two or three are.

    Args:
        separable: The gates of two inputs that one neuron can be, `(gates, 4)`.
    """
    x = perceptron.binary_inputs(2)
    best = int((separable == XOR).sum(axis=1).max())
    yield results.judge_statement(
        "E-xor",
        "A single layer cannot be the XOR gate.",
        holds=best < len(XOR),
        measured=f"at best {best} of {len(XOR)} rows right",
        note="The best of all gates that one neuron can be; their list is complete, since a "
        "linear program decides for each of the 16 whether a line exists.",
    )
    signed = np.where(np.array(XOR) == 1, 1, -1)[:, None] * np.column_stack([x, np.ones(4)])
    yield results.judge_statement(
        "D-not-separable",
        "XOR is not linearly separable.",
        holds=not is_separable(x, XOR) and not signed.sum(axis=0).any(),
        measured=f"no line; {len(separable)} of 16 gates of two inputs have one",
        note="The linear program for w and b is infeasible. Why: XOR asks for ±(w·x + b) > 0 in "
        "four rows, and the four left sides add up to 0.",
    )
    three, two = perceptron.xor_of_three(x), perceptron.xor_of_two(x)
    yield results.judge_statement(
        "D-xor",
        "Two perceptrons together express XOR.",
        holds=three.tolist() == two.tolist() == list(XOR),
        measured=f"two and a third above them give {three.tolist()}, two alone {two.tolist()}",
        note="NAND and OR, joined by AND. Two alone suffice if the second sees the inputs "
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
        for gate in all_gates(2)
    }


def describe_gate(gate: Gate, mistakes: np.ndarray) -> dict[str, Any]:
    """Give a gate's row of the table."""
    learned = (mistakes == 0).any(axis=1)
    return {
        "outputs for 00 01 10 11": " ".join(map(str, gate)),
        "name": NAMES.get(gate, ""),
        "a line exists": "yes" if is_separable(perceptron.binary_inputs(2), gate) else "no",
        "neurons that learned it": f"{learned.sum()} of {len(learned)}",
        "last epoch with a mistake": last_mistake(mistakes) if learned.all() else None,
        "NANDs needed": len(perceptron.nand_circuit(gate)[0]),
    }


def last_mistake(mistakes: np.ndarray) -> int:
    """Return the last epoch, from 1, in which any neuron made a mistake; 0 if none did."""
    return int(np.flatnonzero(mistakes.any(axis=0)).max(initial=-1)) + 1


def conclude_gates(
    separable: Mapping[int, np.ndarray], mistakes: Mapping[Gate, np.ndarray]
) -> Iterator[str]:
    """Say what one neuron can be and learn."""
    counts = ", ".join(
        f"{len(gates)} of {2 ** (2**n)} with {n} input{'s' * (n > 1)}"
        for n, gates in separable.items()
    )
    yield f"Gates that one neuron can be: {counts}. The more inputs, the smaller the share."
    always = [gate for gate, m in mistakes.items() if (m == 0).any(axis=1).all()]
    slowest = max(last_mistake(mistakes[gate]) for gate in always)
    xor = mistakes[XOR]
    yield (
        f"The learning rule: every seed learned {len(always)} gates, all within {slowest} epochs. "
        f"On XOR it makes mistakes in every one of {xor.shape[1]} epochs, "
        f"{xor.mean():.1f} in four rows on average, and never settles."
    )


def plot_gates() -> Figure:
    """Draw AND, OR and NAND with one line each, and XOR with the two of its hidden layer."""
    x = perceptron.binary_inputs(2)
    shown = {name: [neuron] for name, neuron in SLIDE_GATES.items()}
    shown["XOR"] = [perceptron.NAND, perceptron.OR]
    with results.style.figure(12.0, 4.6) as figure:
        figure.suptitle("One line makes AND, OR and NAND; XOR needs two")
        panels = figure.subplots(1, 4, sharex=True, sharey=True)
        for axes, (name, neurons) in zip(panels, shown.items(), strict=True):
            fires = np.min([perceptron.fire(neuron, x) for neuron in neurons], axis=0)
            for neuron, linestyle in zip(neurons, ("-", "--"), strict=False):
                (w1, w2), ends = neuron.weights, np.array([-0.5, 1.5])
                color = results.style.COLORS[1]
                axes.plot(ends, -(w1 * ends + neuron.bias) / w2, color=color, linestyle=linestyle)
            _draw_fired_area(axes, neurons)
            for value, face in ((1, results.style.COLORS[0]), (0, "white")):
                chosen = x[fires == value]
                edge = {"edgecolors": results.style.COLORS[0], "linewidths": 2}
                axes.scatter(*chosen.T, s=150, c=face, zorder=3, label=f"output {value}", **edge)
            axes.set(title=name, xlabel="x₁", xticks=(0, 1), yticks=(0, 1), aspect="equal")
            axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        panels[0].set_ylabel("x₂")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _draw_fired_area(axes: Axes, neurons: Sequence[perceptron.Neuron]) -> None:
    """Shade where all the neurons fire."""
    line = np.linspace(-0.5, 1.5, 400)
    plane = np.stack(np.meshgrid(line, line), axis=-1)
    fired = np.min([perceptron.fire(neuron, plane) for neuron in neurons], axis=0)
    axes.contourf(line, line, fired, levels=[0.5, 1.5], colors=[results.style.AREA])


def plot_learning(mistakes: Mapping[Gate, np.ndarray]) -> Figure:
    """Draw the mistakes in each epoch, the mean over the neurons, for the named gates."""
    with results.style.figure() as figure:
        axes = figure.subplots()
        for index, (gate, name) in enumerate(NAMES.items()):
            mean = mistakes[gate][:, :20].mean(axis=0)
            marker = results.style.MARKERS[index]
            axes.plot(np.arange(1, 21), mean, marker=marker, label=name)
        axes.set(xlabel="epoch", ylabel="mistakes in four rows", xticks=range(1, 21), ylim=(0, 4))
        axes.legend()
        seeds = len(mistakes[XOR])
        axes.set_title(f"The learning rule ends where a line exists (mean of {seeds} neurons)")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
