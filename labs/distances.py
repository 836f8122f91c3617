"""How far apart are two vectors, or two distributions?

Run:   python -m labs.distances           about 3 s on 2 cores
Smoke: python -m labs.distances --quick   about 2 s

Norms, similarities, information and entropy are computed by hand and set against NumPy and
SciPy, and what is said of them is tried on random vectors and distributions.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import distances

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 200}

    draws: int = 5000
    """Random vectors and distributions on which inequalities are tried."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("draws", self.draws >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    rng = np.random.default_rng(config.seed)
    record.add_claims(*check_norms(rng, config.draws), *check_information(rng, config.draws))
    record.add_figures(unit_balls=plot_unit_balls(), entropy=plot_entropy())


def check_norms(rng: np.random.Generator, draws: int) -> Iterator[Claim]:
    """Check lecture B's norms against NumPy, and that they are norms from p = 1 on."""
    vectors = rng.normal(size=(draws, 2, 5))
    norms = {"1": (1, "Manhattan"), "2": (2, "Euclidean"), "infinity": (np.inf, "Chebyshev")}
    for name, (p, title) in norms.items():
        yield results.judge_formula(
            f"B-norm-{name}",
            f"The p-norm with p = {name} is the {title} norm.",
            published="(Σ |xᵢ|ᵖ)^(1/p)",
            slide_value=[distances.p_norm(x, p) for x in vectors[:, 0]],
            right_value=np.linalg.norm(vectors[:, 0], p, axis=1),
            note=f"By hand against numpy.linalg.norm on {draws:,} vectors of 5 numbers; "
            f"(3, −4) has the length {distances.p_norm([3, -4], p):g}.",
        )
    broken = {p: share_of_detours_that_are_shorter(vectors, p) for p in (0.5, 1, 1.5, 2, 4, np.inf)}
    below_one = broken.pop(0.5)
    yield results.judge_statement(
        "B-norm-p",
        "(Σ |xᵢ|ᵖ)^(1/p) is a norm for p ≥ 1.",
        holds=not any(broken.values()) and below_one > 0,
        published="for p ≥ 1",
        measured=f"‖x + y‖ > ‖x‖ + ‖y‖ never for p = {', '.join(f'{p:g}' for p in broken)}, but "
        f"in {below_one:.0%} of the pairs for p = 0.5",
        note=f"The triangle inequality on {draws:,} pairs of random vectors.",
    )
    yield from check_similarities(vectors)


def check_similarities(pairs: np.ndarray) -> Iterator[Claim]:
    """Check what stands beside the norms in lecture B against SciPy.

    Args:
        pairs: Vectors to compare, `(pairs, 2, n)`.
    """
    note = f"By hand against scipy.spatial.distance on {len(pairs):,} pairs of {pairs.shape[2]}"
    yield results.judge_formula(
        "B-cosine",
        "Cosine similarity compares directions.",
        published="Cosine Similarity",
        slide_value=[distances.cosine_similarity(*pair) for pair in pairs],
        right_value=[1 - scipy.spatial.distance.cosine(*pair) for pair in pairs],
        note=f"{note} numbers.",
    )
    yield results.judge_formula(
        "B-hamming",
        "Hamming distance counts the places that differ.",
        published="Hamming",
        slide_value=[distances.hamming_distance(*pair) for pair in pairs > 0],
        right_value=[pairs.shape[2] * scipy.spatial.distance.hamming(*pair) for pair in pairs > 0],
        note=f"{note} signs; SciPy gives the share of places, here times all.",
    )


def share_of_detours_that_are_shorter(pairs: np.ndarray, p: float) -> float:
    """Return for what share of pairs, `(pairs, 2, n)`, the triangle inequality fails."""
    straight = np.array([distances.p_norm(x + y, p) for x, y in pairs])
    around = np.array([distances.p_norm(x, p) + distances.p_norm(y, p) for x, y in pairs])
    return float(np.mean(straight > around * (1 + 1e-12)))


def check_information(rng: np.random.Generator, draws: int) -> Iterator[Claim]:
    """Check self-information, the coin's entropy and the bound of cross-entropy."""
    p, q = rng.uniform(size=(2, draws))
    sums = distances.self_information(p) + distances.self_information(q)
    bits = [float(distances.self_information(1 / 2**k)) for k in (1, 2, 3)]
    falls = bool(np.all(np.diff(distances.self_information(np.sort(p))) <= 0))
    yield results.judge_statement(
        "B-self-information",
        "I(x) = −log p(x): the rarer an event, the more bits of information.",
        holds=falls and np.allclose(distances.self_information(p * q), sums) and bits == [1, 2, 3],
        measured=f"p = 1/2, 1/4, 1/8 take {bits[0]:g}, {bits[1]:g}, {bits[2]:g} bits",
        note=f"It falls with p, and that of two independent events is the sum, on {draws:,} pairs.",
    )
    top = scipy.optimize.minimize_scalar(
        lambda heads: -float(distances.entropy([heads, 1 - heads])), bounds=(0, 1), method="bounded"
    )
    yield results.judge_formula(
        "B-entropy-coin",
        "A coin's entropy is largest when heads and tails are equally likely.",
        published="largest at p = 1/2: 1 bit",
        slide_value=[0.5, 1],
        right_value=np.round([top.x, -top.fun], 6),
        note="The maximum over p, found by scipy.optimize: the place and the bits there.",
    )
    p, q = rng.dirichlet(np.ones(6), size=(2, draws))
    above = distances.cross_entropy(p, q) - distances.entropy(p)
    divergence = scipy.stats.entropy(p, q, axis=1, base=2)
    at_equal = np.abs(distances.cross_entropy(p, p) - distances.entropy(p)).max()
    yield results.judge_statement(
        "B-cross-entropy-bound",
        "Cross-entropy measures how unlike q is to p: H(p, q) ≥ H(p), equal where q = p.",
        holds=bool(above.min() > 0 and at_equal < 1e-12 and np.allclose(above, divergence)),
        measured=f"H(p, q) − H(p) from {above.min():.4f} to {above.max():.2f} bits; 0 for q = p",
        note=f"{draws:,} pairs of random distributions over 6 outcomes (Gibbs' inequality); the "
        "difference is SciPy's Kullback-Leibler divergence.",
    )


def plot_unit_balls() -> Figure:
    """Draw all vectors of length 1 for several p."""
    direction = np.linspace(0, 2 * np.pi, 721)
    circle = np.column_stack([np.cos(direction), np.sin(direction)])
    shapes = {0.5: ":", 1: "-", 2: "--", 4: "-.", np.inf: (0, (8, 2))}
    with results.style.figure(9.6, 6) as figure:
        axes = figure.subplots()
        for (p, line), color in zip(shapes.items(), results.style.COLORS, strict=False):
            x, y = (circle / [[distances.p_norm(point, p)] for point in circle]).T
            name = "∞" if np.isinf(p) else f"{p:g}"
            dented = "" if p >= 1 else " (dented: no norm)"
            axes.plot(x, y, linestyle=line, color=color, label=f"p = {name}{dented}")
        ticks = (-1, -0.5, 0, 0.5, 1)
        axes.set(aspect="equal", xlabel="x₁", ylabel="x₂", xticks=ticks, yticks=ticks)
        figure.legend(loc="outside right center")
        figure.suptitle("All points at distance 1: the larger p, the fuller the shape")
    return figure


def plot_entropy() -> Figure:
    """Draw the coin's entropy, and cross-entropy above it."""
    p = np.linspace(0.001, 0.999, 999)
    coins = np.column_stack([p, 1 - p])
    truth = np.array([0.3, 0.7])
    with results.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(p, distances.entropy(coins))
        left.plot(0.5, 1, "o", color=results.style.COLORS[1])
        left.annotate("1 bit at ½", (0.5, 1), (0.5, 0.88), ha="center")
        left.set(title="A fair coin is the least certain", xlabel="p, probability of heads",
                 ylabel="entropy H(p), bits", ylim=(0, 1.05))  # fmt: skip
        lowest = float(distances.entropy(truth))
        right.plot(p, distances.cross_entropy(np.broadcast_to(truth, coins.shape), coins))
        right.axhline(lowest, color=results.style.NEUTRAL, linestyle=":")
        right.plot(0.3, lowest, "s", color=results.style.COLORS[1])
        right.annotate(
            f"q = p: H(p) = {lowest:.3f}", (0.3, lowest), (0.3, lowest - 0.3), ha="center"
        )
        right.set(title="Any estimate but the truth costs more", ylim=(0, 4),
                  xlabel="q, estimated probability (truth p = 0.3)",
                  ylabel="cross-entropy H(p, q), bits")  # fmt: skip
        figure.suptitle("Entropy, and cross-entropy that never lies below it")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
