"""How long is a vector, and how far apart are two?

Topic: losses                         Time: seconds
Run:   python -m labs.distances
Quick: python -m labs.distances --quick
Try:   --draws 100    do the inequalities need many draws?
       --seed 1       other vectors, the same verdicts

Norms and similarities are computed by hand and set against NumPy and SciPy, and what is said of
them is tried on random vectors.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import lazy_loader
import numpy as np

from labs import plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import distances

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 200}

    draws: Annotated[int, AtLeast(2)] = 5000
    """Random vectors on which what is said is tried."""


def experiment(config: Config, record: RunRecord) -> None:
    """Judge norms and similarities, and draw the norms."""
    judge_norms(record, np.random.default_rng(config.seed), config.draws)
    lengths = [distances.p_norm([3, -4], p) for p in (1, 2, np.inf)]
    record.answer(
        "It depends on what counts: (3, −4) is {:g}, {:g} or {:g} long by L1, L2 and L∞.".format(
            *lengths
        ),
        limits="Random vectors of 5 numbers.",
    )
    record.add_figure(
        "unit_balls",
        plot_unit_balls(),
        caption="All points at distance 1 from the middle, for several p: the larger p, the fuller "
        "the shape; below p = 1 it is dented and no norm.",
    )


def judge_norms(record: RunRecord, rng: np.random.Generator, draws: int) -> None:
    """Judge lecture B's norms against NumPy, and that they are norms from p = 1 on."""
    vectors = rng.normal(size=(draws, 2, 5))

    def judge(id: str, p: float) -> None:
        record.judge(
            id,
            [distances.p_norm(x, p) for x in vectors[:, 0]],
            right=np.linalg.norm(vectors[:, 0], p, axis=1),
            how=f"By hand against numpy.linalg.norm on {draws:,} vectors of 5 numbers; "
            f"(3, −4) has the length {distances.p_norm([3, -4], p):g}.",
        )

    judge("B-norm-1", 1)
    judge("B-norm-2", 2)
    judge("B-norm-infinity", np.inf)
    broken = {p: share_of_detours_that_are_shorter(vectors, p) for p in (0.5, 1, 1.5, 2, 4, np.inf)}
    below_one = broken.pop(0.5)
    record.judge(
        "B-norm-p",
        f"‖x + y‖ > ‖x‖ + ‖y‖ never for p = {', '.join(f'{p:g}' for p in broken)}, but "
        f"in {below_one:.0%} of the pairs for p = 0.5",
        holds=not any(broken.values()) and below_one > 0,
        how=f"The triangle inequality on {draws:,} pairs of random vectors, one of three "
        "conditions of a norm; the others hold for every p. Minkowski is a name for all of them.",
    )
    judge_similarities(record, vectors)


def judge_similarities(record: RunRecord, pairs: np.ndarray) -> None:
    """Judge what stands beside the norms against SciPy, on pairs of vectors, `(pairs, 2, n)`."""
    note = f"By hand against scipy.spatial.distance, {len(pairs):,} pairs of {pairs.shape[2]}"
    record.judge(
        "B-cosine",
        [distances.cosine_similarity(scale * a, b) for scale in (1, 3) for a, b in pairs],
        right=2 * [1 - scipy.spatial.distance.cosine(*pair) for pair in pairs],
        how=f"{note} numbers, and with the first of each three times as long: directions count.",
    )
    record.judge(
        "B-hamming",
        [distances.hamming_distance(*pair) for pair in pairs > 0],
        right=[pairs.shape[2] * scipy.spatial.distance.hamming(*pair) for pair in pairs > 0],
        how=f"{note} signs; SciPy gives the share of places.",
    )


def share_of_detours_that_are_shorter(pairs: np.ndarray, p: float) -> float:
    """Return for what share of pairs, `(pairs, 2, n)`, the triangle inequality fails."""
    straight = np.array([distances.p_norm(x + y, p) for x, y in pairs])
    around = np.array([distances.p_norm(x, p) + distances.p_norm(y, p) for x, y in pairs])
    return float(np.mean(straight > around * (1 + 1e-12)))


def plot_unit_balls() -> Figure:
    """Draw all vectors of length 1 for several p."""
    direction = np.linspace(0, 2 * np.pi, 721)
    circle = np.column_stack([np.cos(direction), np.sin(direction)])
    shapes = {0.5: ":", 1: "-", 2: "--", 4: "-.", np.inf: (0, (8, 2))}
    with plots.style.figure(9.6, 6) as figure:
        axes = figure.subplots()
        looks = plots.style.looks(map(str, shapes))
        for (p, line), look in zip(shapes.items(), looks.values(), strict=True):
            x, y = (circle / [[distances.p_norm(point, p)] for point in circle]).T
            name = "∞" if np.isinf(p) else f"{p:g}"
            dented = "" if p >= 1 else " (dented: no norm)"
            axes.plot(x, y, linestyle=line, color=look.color, label=f"p = {name}{dented}")
        ticks = (-1, -0.5, 0, 0.5, 1)
        axes.set(aspect="equal", xlabel="x₁", ylabel="x₂", xticks=ticks, yticks=ticks)
        figure.legend(loc="outside right center")
        figure.suptitle("All points at distance 1 in five norms")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
