"""What can be put together from NAND alone?

Topic: one neuron and its limits      Time: seconds
Run:   python -m labs.nand
Quick: python -m labs.nand --quick
Try:   --gate 0 0 0 1    how many NANDs does AND take?
       --gate 1 0 0 1    and the opposite of XOR, the gate of the run without options?

One perceptron is a NAND gate, and NAND is enough for all logic: this lab finds the smallest
circuit of each of the 16 gates of two inputs and of a half adder by exhaustive search, and runs
them with the slide's neuron. Nets of step functions on bits are rebuilt from NANDs alone.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated

import numpy as np

from labs import plots, records
from labs.running import Each, LabConfig, Such, Within, lab
from models.by_hand import perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

Gate = tuple[int, ...]
XOR, AND = (0, 1, 1, 0), (0, 0, 0, 1)
SUM_AND_CARRY = (XOR, AND)
INPUTS, UNITS, NETS = 4, 3, 50
"""Of random nets of step functions that are rebuilt from NANDs."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    gate: Annotated[
        tuple[int, ...], Each(Within(0, 1)), Such(lambda gate: len(gate) == 4, "four outputs")
    ] = XOR
    """Outputs for 00, 01, 10 and 11 of the gate whose circuit is told."""


def experiment(config: Config, record: RunRecord) -> None:
    """Find the smallest circuit of every gate, and run it."""
    rebuilt = sum(is_rebuilt(np.random.default_rng([config.seed, net])) for net in range(NETS))
    sizes = judge_gates_of_nand(record, rebuilt)
    rows = [
        {"outputs for 00 01 10 11": " ".join(map(str, gate)), "NANDs needed": size}
        for gate, size in sizes.items()
    ]
    record.add_table("circuits", rows)
    circuit, _ = perceptron.nand_circuit(config.gate)
    record.add_figure(
        "sizes",
        plot_sizes(sizes),
        caption="How many gates of two inputs need so many NANDs.",
    )
    x = perceptron.binary_inputs(2)
    nand = records.Division(x, perceptron.fire(perceptron.NAND, x), [perceptron.NAND])
    records.save_neurons(record, {"NAND": nand})
    record.answer(
        f"Everything: the {len(sizes)} gates of two inputs take {min(sizes.values())} to "
        f"{max(sizes.values())} NANDs, {' '.join(map(str, config.gate))} takes {len(circuit)}.",
        limits="Gates of two inputs, one half adder, small nets on bits; that nets of such gates "
        "compute anything says nothing of how to find their weights.",
    )


def is_rebuilt(generator: np.random.Generator) -> bool:
    """Draw a net of two layers of step functions, and tell whether NANDs decide as it does.

    The NANDs are those of its table: one for each row of inputs at which it fires, of these and
    opposite inputs, and one of all of them. NANDs of many inputs are made of NANDs of two.
    """
    x = perceptron.binary_inputs(INPUTS)
    layers = [
        perceptron.Neuron(tuple(w[1:]), w[0]) for w in generator.normal(size=(UNITS, INPUTS + 1))
    ]
    hidden = np.stack([perceptron.fire(neuron, x) for neuron in layers], axis=-1)
    output = perceptron.Neuron(tuple(generator.normal(size=UNITS)), generator.normal())
    fires = perceptron.fire(output, hidden)

    def nand(*wires: np.ndarray) -> np.ndarray:
        joined = wires[0]
        for wire in wires[1:]:
            both = perceptron.fire(perceptron.NAND, np.stack([joined, wire], axis=-1))
            joined = perceptron.fire(perceptron.NAND, np.stack([both, both], axis=-1))
        return perceptron.fire(perceptron.NAND, np.stack([joined, joined], axis=-1))

    wires = [(nand(wire), wire) for wire in x.T]
    rows = [
        nand(*(pair[bit] for pair, bit in zip(wires, row, strict=True))) for row in x[fires == 1]
    ]
    decided = nand(*rows) if rows else 0 * fires
    return np.array_equal(decided, fires)


def judge_gates_of_nand(record: RunRecord, rebuilt: int) -> dict[Gate, int]:
    """Judge that NAND perceptrons suffice for every gate; return how many each takes.

    Args:
        record: Takes the verdict.
        rebuilt: How many of `NETS` nets NANDs have replaced.
    """
    x = perceptron.binary_inputs(2)
    sizes, right = {}, 0
    for gate in product((0, 1), repeat=4):
        circuit, outputs = perceptron.nand_circuit(gate)
        right += np.array_equal(perceptron.run_circuit(circuit, outputs, x)[:, 0], gate)
        sizes[gate] = len(circuit)
    circuit, outputs = perceptron.nand_circuit(*SUM_AND_CARRY)
    adder = perceptron.run_circuit(circuit, outputs, x)
    adds = np.array_equal(adder @ [1, 2], x.sum(axis=1))
    record.judge(
        "D-nand-any-gate",
        f"{right} of {len(sizes)} gates of two inputs, with {max(sizes.values())} NANDs or fewer "
        f"each; a half adder with {len(circuit)}; {rebuilt} of {NETS} nets of step functions",
        holds=right == len(sizes) and adds and rebuilt == NETS,
        how="Smallest circuits by exhaustive search, each run with the NAND neuron. All logic "
        f"follows, because AND, OR and NOT are among the gates. The nets have {INPUTS} bits, "
        f"{UNITS} units and one; a model of real numbers is meant with the bits that hold them.",
    )
    return sizes


def plot_sizes(sizes: dict[Gate, int]) -> Figure:
    """Draw how many gates need so many NANDs."""
    counts = np.bincount(list(sizes.values()))
    with plots.style.figure(8.0, 4.6) as figure:
        axes = figure.subplots()
        axes.bar(range(len(counts)), counts)
        axes.set(xlabel="NANDs in the smallest circuit", ylabel="gates of two inputs")
        axes.set_title("All 16 gates of two inputs")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
