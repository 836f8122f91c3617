"""What can one neuron decide?

Run:   python -m labs.perceptron           about 5 s on 2 cores
Smoke: python -m labs.perceptron --quick   about 3 s

One neuron divides its inputs by a straight line. This lab builds gates of the lectures'
weights, lets neurons learn all 16 gates of two inputs, proves that XOR is out of reach, and
stacks layers: every gate out of NAND, and regions of the plane that one line cannot bound.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D,
Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; lecture E, 2022-1 교육세션
Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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

Region = Callable[[np.ndarray], np.ndarray]
"""From points `(n, 2)` to 1 inside and 0 outside, `(n,)`."""

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
HALF_WIDTH = 3.0
"""Regions are looked at in the square from -3 to 3 both ways."""
GRIDS = (6, 12, 24, 48)
"""Cells along a side of that square, of which three layers put a ring together."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 30, "seeds": 5, "points": 4_000, "nets": 30}

    epochs: int = 100
    """Passes over the four rows of a gate, at least 20."""
    seeds: int = 30
    """Neurons that learn each gate, at least 2."""
    points: int = 20_000
    """Points drawn to examine a region, at least 1,000."""
    nets: int = 200
    """Random nets of two layers, at least 10."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 20, "20 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("points", self.points >= 1_000, "1,000 or more")
        self.require("nets", self.nets >= 10, "10 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_claims(*check_slide_neurons(), *check_thresholds(), *check_gates_of_nand())
    separable = {n: count_separable(n) for n in (1, 2, 3)}
    record.add_claims(*check_xor(separable[2]))

    mistakes = learn_every_gate(config)
    record.add_table("gates", [describe_gate(gate, mistakes[gate]) for gate in mistakes])
    record.add_findings(*conclude_gates(separable, mistakes))
    record.add_figures(gates=plot_gates(), learning=plot_learning(mistakes))

    points = draw_points(config)
    convex, random_nets = convex_random_nets(points, config)
    errors = {cells: ring_error(cells, points) for cells in GRIDS}
    record.add_claims(
        *check_regions(points, convex, random_nets), check_three_layers(points, errors)
    )
    record.add_table("ring", [{"cells a side": k, "area wrong": v} for k, v in errors.items()])
    record.add_figures(regions=plot_regions())


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


def draw_points(config: Config) -> np.ndarray:
    """Draw points of the square, `(points, 2)`."""
    generator = np.random.default_rng(config.seed)
    return generator.uniform(-HALF_WIDTH, HALF_WIDTH, (config.points, 2))


def midpoints_inside(region: Region, points: np.ndarray) -> float:
    """Return how many midpoints of pairs of points of the region lie in it, 0 to 1.

    Of a convex region all do. NaN if the region holds fewer than two of the points.
    """
    inside = points[region(points) == 1]
    pairs = inside[: len(inside) // 2 * 2].reshape(-1, 2, 2)  # The points come in random order.
    return float(region(pairs.mean(axis=1)).mean()) if len(pairs) else float("nan")


def is_open(region: Region, distance: float = 1e6) -> bool:
    """Tell whether the region reaches far away in some direction."""
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    return bool(region(distance * np.column_stack([np.cos(angles), np.sin(angles)])).any())


def line_region(points: np.ndarray) -> np.ndarray:
    """One layer: a half-plane."""
    return perceptron.fire(perceptron.Neuron((1.0, 2.0), 0.5), points)


def wedge_region(points: np.ndarray) -> np.ndarray:
    """Two layers, AND of two half-planes: convex and open."""
    triangle = perceptron.polygon(3, radius=0.7)
    sides = perceptron.HalfPlanes(triangle.directions[1:], triangle.biases[1:])
    return perceptron.vote(sides, points, at_least=2)


def pentagon_region(points: np.ndarray) -> np.ndarray:
    """Two layers, AND of five half-planes: convex and closed."""
    return perceptron.vote(perceptron.polygon(5, 0.8), points, at_least=5)


def star_region(points: np.ndarray) -> np.ndarray:
    """Two layers, four votes of the same five half-planes: closed, but not convex."""
    return perceptron.vote(perceptron.polygon(5, 0.8), points, at_least=4)


def two_parts_region(points: np.ndarray) -> np.ndarray:
    """Three layers, OR of a triangle and a square: in two parts."""
    parts = [
        perceptron.polygon(3, 0.6, (-1.3, -0.9)),
        perceptron.polygon(4, 0.8, (1.4, 1.2)),
    ]
    return perceptron.union(parts, points)


def is_in_ring(points: np.ndarray) -> np.ndarray:
    """Return which points lie 1 to 2 from the origin: a region with a hole, `(n,)`."""
    distance = np.linalg.norm(points, axis=1)
    return (distance >= 1) & (distance <= 2)


def ring_region(cells: int, points: np.ndarray) -> np.ndarray:
    """Three layers, OR of those of cells × cells squares whose center lies in the ring."""
    width = 2 * HALF_WIDTH / cells
    middles = -HALF_WIDTH + width * (np.arange(cells) + 0.5)
    centers = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    parts = [perceptron.polygon(4, width / 2, c) for c in centers[is_in_ring(centers)]]
    return perceptron.union(parts, points)


def ring_error(cells: int, points: np.ndarray) -> float:
    """Return the share of points that the three layers put on the wrong side of the ring."""
    return float(np.mean(ring_region(cells, points) != is_in_ring(points)))


def convex_random_nets(points: np.ndarray, config: Config) -> tuple[int, int]:
    """Draw nets of two layers, five neurons and one, all weights standard normal.

    Returns:
        How many have a convex region, and how many have a region and an outside at all.
    """
    generator = np.random.default_rng(config.seed)
    few = points[:2_000]
    shares = []
    for _ in range(config.nets):
        directions, biases = generator.normal(size=(5, 2)), generator.normal(size=5)
        weights, bias = generator.normal(size=5), generator.normal()

        def region(x: np.ndarray, net: Sequence[Any] = (directions, biases, weights, bias)) -> Any:
            hidden = perceptron.step(x @ net[0].T + net[1])
            return perceptron.step(perceptron.net_value(hidden, net[2], net[3]))

        if 0.02 < region(few).mean() < 0.98:
            shares.append(midpoints_inside(region, few))
    return sum(share == 1 for share in shares), len(shares)


def check_regions(points: np.ndarray, convex: int, nets: int) -> Iterator[Claim]:
    """Check the lecture's table of decision regions, one and two layers.

    Args:
        points: Points of the square in random order, `(n, 2)`.
        convex: Random nets of two layers whose region is convex.
        nets: Random nets of two layers examined.
    """
    inside = midpoints_inside(line_region, points)
    outside = midpoints_inside(lambda x: 1 - line_region(x), points)
    yield results.judge_statement(
        "A-regions-one-layer",
        "The region of one layer is a half-plane.",
        holds=inside == outside == 1,
        measured=f"{inside:.0%} of midpoints stay inside, {outside:.0%} stay outside",
        note="Midpoints of random pairs of points. Region and outside are both convex, and "
        "only a half-plane is so.",
    )
    wedge, pentagon, star = (
        midpoints_inside(region, points) for region in (wedge_region, pentagon_region, star_region)
    )
    yield results.judge_statement(
        "A-regions-two-layers-and",
        "Two layers, the second an AND: convex regions, open or closed.",
        holds=wedge == pentagon == 1 and is_open(wedge_region) and not is_open(pentagon_region),
        measured=f"{wedge:.0%} of midpoints stay in the AND of 2 half-planes, which is open; "
        f"{pentagon:.0%} in the AND of 5, which is closed",
        note="Midpoints of random pairs of points; open means to reach a million units away.",
    )
    yield results.judge_statement(
        "A-regions-two-layers",
        "The regions of two layers are convex.",
        holds=star == 1 and convex == nets,
        measured=f"{star:.0%} of midpoints stay in a star of 5 + 1 neurons; {convex} of {nets} "
        "random nets have a region in which no midpoint falls outside",
        note="True only if the second layer is an AND. With the bias for four votes of five the "
        "same pentagon becomes a star, with OR the region is an outside; Makhoul, El-Jaroudi and "
        "Schwartz (1989) show even regions in several parts.",
        interval=results.wilson_interval(convex, nets),
    )


def check_three_layers(points: np.ndarray, errors: Mapping[int, float]) -> Claim:
    """Check that three layers make any region.

    Args:
        points: Points of the square in random order, `(n, 2)`.
        errors: Share of wrong points for each number of cells a side, in growing order.
    """
    parts = midpoints_inside(two_parts_region, points)
    wrong = list(errors.values())
    holds = bool(parts < 1 and np.all(np.diff(wrong) < 0) and wrong[-1] < 0.02)
    return results.judge_statement(
        "A-regions-three-layers",
        "Three layers make any region, limited by the number of nodes.",
        holds=holds,
        measured=f"two parts ({parts:.0%} of midpoints stay inside) and a ring, with "
        + ", ".join(f"{error:.1%}" for error in wrong)
        + " of the area wrong",
        note=f"The ring is an OR of squares, of {', '.join(map(str, errors))} a side of the "
        "picture: the more nodes, the nearer. Midpoints of random pairs of points.",
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
    axes.contourf(line, line, fired, levels=[0.5, 1.5], colors=["#DDDDDD"])


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


def plot_regions() -> Figure:
    """Draw a region of each kind."""
    regions: dict[str, Region] = {
        "1 layer: half-plane": line_region,
        "2 layers, AND of 2: convex, open": wedge_region,
        "2 layers, AND of 5: convex, closed": pentagon_region,
        "2 layers, 4 votes of 5: not convex": star_region,
        "3 layers: several parts": two_parts_region,
        "3 layers: a ring of squares": lambda points: ring_region(24, points),
    }
    line = np.linspace(-HALF_WIDTH, HALF_WIDTH, 300)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    with results.style.figure(11.0, 7.6) as figure:
        figure.suptitle("Each layer adds: lines, then corners, then any shape")
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        for axes, (title, region) in zip(panels.flat, regions.items(), strict=True):
            shape = region(plane).reshape(len(line), len(line))
            color = results.style.COLORS[1 if region is star_region else 0]
            axes.contourf(line, line, shape, levels=[0.5, 1.5], colors=[color], alpha=0.45)
            axes.contour(line, line, shape, levels=[0.5], colors=[color])
            axes.set_title(title, fontsize=12)
            axes.set(aspect="equal", xticks=(-2, 0, 2), yticks=(-2, 0, 2))
        for axes in panels[-1]:
            axes.set_xlabel("x₁")
        for axes in panels[:, 0]:
            axes.set_ylabel("x₂")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
