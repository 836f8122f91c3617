"""Which regions can one, two and three layers bound?

Topic: one neuron and its limits      Time: seconds
Run:   python -m labs.decision_regions
Quick: python -m labs.decision_regions --quick
Try:   --nets 2000      how rare is a convex region of two layers?
       --points 1000    what do fewer points miss?

One layer of perceptrons cuts the plane along a line, a second one combines half-planes, a third
combines what comes of that. The lecture says which regions they make. This lab builds one
of each kind, and asks of random pairs of points whether the midpoint stays inside: of a convex
region it always does.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from labs import plots, records, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import half_planes, perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

Region = Callable[[np.ndarray], np.ndarray]
"""From points `(n, 2)` to 1 inside and 0 outside, `(n,)`."""

HALF_WIDTH = 3.0
"""Regions are looked at in the square from -3 to 3 both ways."""
FEW = 2_000
"""Points by which random nets are told apart."""
SHOWN = 200
"""Points that the page shows."""
PENTAGON = half_planes.polygon(5, 0.8)
TWO_SIDES = half_planes.HalfPlanes(*(side[1:] for side in half_planes.polygon(3, 0.7)))
NETS = {
    "1 layer: half-plane": (half_planes.HalfPlanes(np.array([[1.0, 2.0]]), np.array([0.5])), 1),
    "2 layers, AND of 2: convex, open": (TWO_SIDES, 2),
    "2 layers, AND of 5: convex, closed": (PENTAGON, 5),
    "2 layers, 4 votes of 5: not convex": (PENTAGON, 4),
}
"""Half-planes, and how many of them vote for a place of the region."""
REGIONS: dict[str, Region] = {
    name: partial(half_planes.vote, planes, at_least=votes)
    for name, (planes, votes) in NETS.items()
}
line_region, wedge_region, pentagon_region, star_region = REGIONS.values()
GRIDS = (6, 12, 24, 48)
"""Cells along a side of that square, of which three layers put a ring together."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"points": 4_000, "nets": 30}

    points: Annotated[int, AtLeast(1_000)] = 20_000
    """Points drawn to examine a region."""
    nets: Annotated[int, AtLeast(10)] = 200
    """Random nets of two layers."""


def experiment(config: Config, record: RunRecord) -> None:
    """Ask of each kind of region whether midpoints stay inside."""
    generator = np.random.default_rng(config.seed)
    points = generator.uniform(-HALF_WIDTH, HALF_WIDTH, (config.points, 2))
    drawn = random_regions(points, config)
    convex = sum(midpoints_inside(region, points[:FEW]) == 1 for region in drawn)
    errors = {cells: ring_error(cells, points) for cells in GRIDS}
    judge_parameters(record, points, drawn)
    judge_regions(record, points, convex, len(drawn))
    judge_three_layers(record, points, errors)
    record.add_figure(
        "regions",
        plot_regions(),
        caption="A region of each kind, filled where the net says 1: convex ones in blue, the star "
        "of two layers, which is not convex, in orange, and two regions of three layers.",
    )
    records.save_neurons(
        record,
        {
            name: records.Division(
                points[:SHOWN],
                REGIONS[name](points[:SHOWN]),
                zip(*planes, strict=True),
                votes,
            )
            for name, (planes, votes) in NETS.items()
        },
    )
    cells, error = list(errors.items())[-1]
    record.answer(
        "One layer bounds a half-plane and a second one that is an AND convex regions, but of "
        f"{len(drawn)} random nets of two layers {len(drawn) - convex} have one that is not "
        f"convex. Three layers make any: a ring of {len(ring_squares(cells))} squares is wrong on "
        f"{error:.1%} of the area.",
        limits="Step functions with weights set by hand or drawn, none is trained.",
    )


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


def two_parts_region(points: np.ndarray) -> np.ndarray:
    """Three layers, OR of a triangle and a square: in two parts."""
    parts = [
        half_planes.polygon(3, 0.6, (-1.3, -0.9)),
        half_planes.polygon(4, 0.8, (1.4, 1.2)),
    ]
    return half_planes.union(parts, points)


def is_in_ring(points: np.ndarray) -> np.ndarray:
    """Return which points lie 1 to 2 from the origin: a region with a hole, `(n,)`."""
    distance = np.linalg.norm(points, axis=1)
    return (distance >= 1) & (distance <= 2)


def ring_squares(cells: int) -> list[half_planes.HalfPlanes]:
    """Return those of cells × cells squares whose center lies in the ring."""
    width = 2 * HALF_WIDTH / cells
    middles = -HALF_WIDTH + width * (np.arange(cells) + 0.5)
    centers = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    return [half_planes.polygon(4, width / 2, c) for c in centers[is_in_ring(centers)]]


def ring_error(cells: int, points: np.ndarray) -> float:
    """Return the share of points on the wrong side, if three layers are an OR of the squares."""
    return float(np.mean(half_planes.union(ring_squares(cells), points) != is_in_ring(points)))


def random_regions(points: np.ndarray, config: Config) -> list[Region]:
    """Draw nets of two layers, five neurons and one, all weights standard normal.

    Returns:
        Those that have a region and an outside at all.
    """
    generator = np.random.default_rng(config.seed)

    def draw() -> Region:
        directions, biases = generator.normal(size=(5, 2)), generator.normal(size=5)
        weights, bias = generator.normal(size=5), generator.normal()

        def region(x: np.ndarray) -> np.ndarray:
            hidden = perceptron.step(x @ directions.T + biases)
            return perceptron.step(perceptron.net_value(hidden, weights, bias))

        return region

    drawn = [draw() for _ in range(config.nets)]
    return [region for region in drawn if 0.02 < region(points[:FEW]).mean() < 0.98]


def judge_parameters(record: RunRecord, points: np.ndarray, drawn: Sequence[Region]) -> None:
    """Judge what nets of perceptrons take and give, and that their parameters decide.

    Args:
        record: Takes the verdicts.
        points: Points of the square, `(n, 2)`.
        drawn: Nets that differ in their parameters alone.
    """
    points = points[:FEW]
    decisions = np.array([region(points) for region in drawn])
    by_bits = np.array([region(np.heaviside(points, 0)) for region in drawn])
    lost = float(np.mean(by_bits != decisions))
    record.judge(
        "D-binary",
        f"{len(drawn)} nets give {', '.join(f'{value:g}' for value in np.unique(decisions))}; with "
        f"inputs of 0 and 1 in place of real ones {lost:.0%} of the decisions are others",
        holds=[bool(np.isin(decisions, (0, 1)).all()), lost == 0],
        how=f"{len(points):,} points. What a perceptron gives is binary, so what later layers take "
        "is too; the first one takes any numbers, of which the bits tell the sign only.",
    )
    different = len(np.unique(decisions, axis=0))
    record.judge(
        "D-parameters-decide",
        f"{different} different regions of {len(drawn)} nets of 5 + 1 perceptrons",
        holds=different == len(drawn),
        how="Weights and biases drawn anew for each; nets that say the same everywhere are left "
        "out. Not every change is another decision: all weights of a neuron times 2 are none.",
    )


def judge_regions(record: RunRecord, points: np.ndarray, convex: int, nets: int) -> None:
    """Judge the lecture's table of decision regions, one and two layers.

    Args:
        record: Takes the verdicts.
        points: Points of the square in random order, `(n, 2)`.
        convex: Random nets of two layers whose region is convex.
        nets: Random nets of two layers examined.
    """
    inside = midpoints_inside(line_region, points)
    outside = midpoints_inside(lambda x: 1 - line_region(x), points)
    record.judge(
        "A-regions-one-layer",
        f"{inside:.0%} of midpoints stay inside, {outside:.0%} stay outside",
        holds=inside == outside == 1,
        how="Midpoints of random pairs of points. Region and outside are both convex, and "
        "only a half-plane is so.",
    )
    wedge, pentagon, star = (
        midpoints_inside(region, points) for region in (wedge_region, pentagon_region, star_region)
    )
    open_and_closed = is_open(wedge_region) and not is_open(pentagon_region)
    record.judge(
        "A-regions-two-layers",
        f"{wedge:.0%} of midpoints stay in the AND of 2 half-planes, which is open, {pentagon:.0%} "
        f"in the AND of 5, which is closed; {star:.0%} in a star of 5 + 1 neurons; {convex} of "
        f"{nets} random nets have a region in which no midpoint falls outside",
        holds=[wedge == pentagon == 1 and open_and_closed, star == 1 and convex == nets],
        how="Midpoints of random pairs of points; open means to reach a million units away. True "
        "if the second layer is an AND. With the bias for four votes of five the same pentagon "
        "becomes a star, with OR the region is an outside; Makhoul, El-Jaroudi and Schwartz "
        "(1989) show even regions in several parts.",
        interval=stats.wilson_interval(convex, nets),
    )


def judge_three_layers(record: RunRecord, points: np.ndarray, errors: Mapping[int, float]) -> None:
    """Judge that three layers make any region.

    Args:
        record: Takes the verdict.
        points: Points of the square in random order, `(n, 2)`.
        errors: Share of wrong points for each number of cells a side, in growing order.
    """
    parts = midpoints_inside(two_parts_region, points)
    wrong = list(errors.values())
    holds = bool(parts < 1 and np.all(np.diff(wrong) < 0) and wrong[-1] < 0.02)
    record.judge(
        "A-regions-three-layers",
        f"two parts ({parts:.0%} of midpoints stay inside) and a ring, with "
        + ", ".join(f"{error:.1%}" for error in wrong)
        + " of the area wrong",
        holds=holds,
        how=f"The ring is an OR of squares, of {', '.join(map(str, errors))} a side of the "
        "picture: the more nodes, the nearer. Midpoints of random pairs of points.",
    )


def plot_regions() -> Figure:
    """Draw a region of each kind."""
    regions: dict[str, Region] = {
        **REGIONS,
        "3 layers: several parts": two_parts_region,
        "3 layers: a ring of squares": partial(half_planes.union, ring_squares(24)),
    }
    line = np.linspace(-HALF_WIDTH, HALF_WIDTH, 300)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    looks = plots.style.looks(["convex", "not convex"])
    with plots.style.figure(11.0, 7.6) as figure:
        figure.suptitle("Regions of one, two and three layers (orange: not convex)")
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        for axes, (title, region) in zip(panels.flat, regions.items(), strict=True):
            shape = region(plane).reshape(len(line), len(line))
            color = looks["not convex" if "not convex" in title else "convex"].color
            axes.contourf(line, line, shape, levels=[0.5, 1.5], colors=[color], alpha=0.45)
            axes.contour(line, line, shape, levels=[0.5], colors=[color])
            axes.set_title(title, fontsize=12)
            axes.set(aspect="equal", xticks=(-2, 0, 2), yticks=(-2, 0, 2))
        for axes in panels[-1]:
            axes.set_xlabel("x₁")
        for axes in panels[:, 0]:
            axes.set_ylabel("x₂")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
