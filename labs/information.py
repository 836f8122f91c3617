"""How much does an outcome tell, and what does a wrong estimate cost?

Topic: losses                         Time: seconds
Run:   python -m labs.information
Quick: python -m labs.information --quick
Try:   --draws 100    do the inequalities need many draws?
       --seed 1       other distributions, the same verdicts

Information, entropy and cross-entropy are computed by hand and set against SciPy and against
Huffman's code, and what is said of them is tried on random distributions.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture C, 딥러닝의 기초 2부: 뉴럴
네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
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

MIXINGS = 200
"""Times that sorted data are mixed, for each share."""
CODES, BLOCK = 200, 3
"""Distributions that are coded, one outcome a word and so many."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 200}

    draws: Annotated[int, AtLeast(2)] = 5000
    """Random distributions on which what is said is tried."""


def experiment(config: Config, record: RunRecord) -> None:
    """Judge information, entropy and cross-entropy, and draw them."""
    rng = np.random.default_rng(config.seed)
    judge_information(record, rng, config.draws)
    judge_disorder(record, rng)
    judge_wrong_information(record, rng, config.draws)
    judge_code(record, rng)
    coin = float(distances.entropy([0.9, 0.1]))
    more = float(distances.cross_entropy([0.9, 0.1], [0.5, 0.5])) - coin
    record.answer(
        f"A toss of a coin that falls on one side nine times in ten tells {coin:.2f} bits in the "
        f"mean, of a fair one 1. Who takes the first for fair pays {more:.2f} bits a toss on top, "
        "and no wrong estimate costs less than the entropy.",
        limits="Distributions over 6 outcomes.",
    )
    record.add_figure(
        "entropy",
        plot_entropy(),
        caption="Left the entropy of a coin, largest when it is fair; right cross-entropy, lowest "
        "where the estimate is the truth.",
    )


def judge_information(record: RunRecord, rng: np.random.Generator, draws: int) -> None:
    """Judge self-information, the coin's entropy and cross-entropy as a difference."""
    p, q = rng.uniform(size=(2, draws))
    sums = distances.self_information(p) + distances.self_information(q)
    bits = [float(distances.self_information(1 / 2**k)) for k in (1, 2, 3)]
    falls = bool(np.all(np.diff(distances.self_information(np.sort(p))) <= 0))
    record.judge(
        "B-self-information",
        f"p = 1/2, 1/4, 1/8 take {bits[0]:g}, {bits[1]:g}, {bits[2]:g} bits",
        holds=falls and np.allclose(distances.self_information(p * q), sums) and bits == [1, 2, 3],
        how=f"It falls with p, and that of two independent events is the sum, on {draws:,} pairs.",
    )
    top = scipy.optimize.minimize_scalar(
        lambda heads: -float(distances.entropy([heads, 1 - heads])), bounds=(0, 1), method="bounded"
    )
    record.judge(
        "B-entropy-coin",
        [0.5, 1],
        right=np.round([top.x, -top.fun], 6),
        how="The maximum over p, found by scipy.optimize: the place and the bits there.",
    )
    judge_expectation(record, rng, draws)
    p, q = rng.dirichlet(np.ones(6), size=(2, draws))
    at_equal = distances.cross_entropy(p, p)
    above = distances.cross_entropy(p, q) - at_equal
    turned = np.abs(distances.cross_entropy(q, p) - distances.cross_entropy(p, q))
    record.judge(
        "B-cross-entropy-difference",
        f"H(p, q) is {above.min():.4f} to {above.max():.2f} bits above H(p, p), which is up to "
        f"{at_equal.max():.2f}; H(q, p) differs from it by up to {turned.max():.2f}",
        holds=[above.min() > 0, at_equal.max() < 1e-12, turned.max() < 1e-12],
        how=f"{draws:,} pairs of random distributions over 6 outcomes. A difference may be least "
        "between equals (it is, by Gibbs), 0 there (it is, less H(p)), and the same both ways.",
    )


def judge_wrong_information(record: RunRecord, rng: np.random.Generator, draws: int) -> None:
    """Judge cross-entropy as the information by which a prediction is wrong."""
    p, q = rng.dirichlet(np.ones(6), size=(2, draws))
    labels = np.eye(6)[rng.integers(6, size=draws)]
    more = [
        np.abs(distances.cross_entropy(truth, q) - scipy.stats.entropy(truth, q, base=2, axis=-1))
        for truth in (labels, p)
    ]
    record.judge(
        "C-cross-entropy-information",
        f"bits beside those by which a prediction is wrong: {more[0].max():.2g} where one outcome "
        f"is true, up to {more[1].max():.2f} where several may be",
        holds=[bool(bits.max() < 1e-9) for bits in more],
        how=f"{draws:,} predictions over 6 outcomes, against SciPy's relative entropy. Of labels "
        "cross-entropy is just that; of a distribution it has the entropy more, which no "
        "prediction saves.",
    )


def judge_expectation(record: RunRecord, rng: np.random.Generator, draws: int) -> None:
    """Judge entropy and cross-entropy as expectations and as integrals, of normal densities."""

    def judge(id: str, deviations: Sequence[tuple[float, float]], remark: str) -> None:
        told, holds = [], True
        for sds in deviations:
            p, q = (scipy.stats.norm(scale=sd) for sd in sds)
            bits = -q.logpdf(p.rvs(draws, random_state=rng)) / np.log(2)
            integral, _ = scipy.integrate.quad(
                lambda x, p, q: -p.pdf(x) * q.logpdf(x) / np.log(2),
                *p.interval(1 - 1e-12),
                args=(p, q),
            )
            holds &= abs(bits.mean() - integral) < 5 * bits.std() / np.sqrt(draws)
            told.append(f"{bits.mean():.3f} and {integral:.3f} for σ = {sds[0]:g}, {sds[1]:g}")
        record.judge(
            id,
            f"mean information and integral, in bits: {'; '.join(told)}",
            holds=bool(holds),
            how=f"σ of p and of q; means of {draws:,} draws of p, a normal variable, within 5 "
            f"standard errors of the integral. {remark}",
        )

    judge(
        "B-entropy-expectation",
        [(1.0, 1.0), (0.1, 0.1)],
        "Here q is p. For a density it may be negative: no number of bits that an outcome takes.",
    )
    judge("B-cross-entropy-expectation", [(1.0, 2.0), (2.0, 1.0)], "Turned, it is another number.")


def judge_code(record: RunRecord, rng: np.random.Generator) -> None:
    """Judge −log p as the bits needed, by Huffman's code of outcomes and of blocks of them."""
    excess = []
    for p in rng.dirichlet(np.ones(6), CODES):
        blocks = reduce(np.multiply.outer, [p] * BLOCK).ravel()
        lengths = [of @ distances.huffman_lengths(of) for of in (p, blocks)]
        excess.append(np.divide(lengths, (1, BLOCK)) - distances.entropy(p))
    single, block = np.array(excess).T
    halves = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    exact = distances.huffman_lengths(halves)
    record.judge(
        "B-code-length",
        f"of 1/2, 1/4, 1/8, 1/8 words of {', '.join(map(str, exact))} bits; else a word takes "
        f"{single.min():.3f} to {single.max():.3f} bits more than the entropy in the mean, in "
        f"blocks of {BLOCK} {block.min():.3f} to {block.max():.3f} an outcome",
        holds=bool(
            (exact == distances.self_information(halves)).all()
            and np.min(excess) > -1e-9
            and (np.max(excess, axis=0) < (1, 1 / BLOCK)).all()
            and block.mean() < single.mean()
        ),
        how=f"Huffman's code of {CODES} distributions over 6 outcomes. Words have whole bits, so "
        "−log p is met in the mean of long blocks; they tell the outcome, not its probability.",
    )


def judge_disorder(record: RunRecord, rng: np.random.Generator) -> None:
    """Judge entropy as disorder, that of the classes within bins of data that are mixed.

    It is a mean over mixings: in a single one chance may sort what more mixing has not.
    """
    shares, found = np.linspace(0, 1, 6), []
    for share in shares:
        classes = np.tile(np.repeat([0, 1], 100), (MIXINGS, 1))
        for row in classes:
            moved = rng.permutation(200)[: round(200 * share)]
            row[moved] = rng.permutation(row[moved])
        ones = classes.reshape(MIXINGS, 10, 20).mean(axis=2)
        found.append(float(distances.entropy(np.stack([ones, 1 - ones], axis=-1)).mean()))
    told = ", ".join(f"{bits:.2f} ({share:.0%})" for share, bits in zip(shares, found, strict=True))
    record.judge(
        "C-entropy-disorder",
        f"bits by the share that was mixed: {told}",
        holds=bool(found[0] == 0 and (np.diff(found) > 0).all() and found[-1] > 0.9),
        how=f"200 samples of two classes in 10 bins, entropy of the classes within a bin, mean of "
        f"{MIXINGS} mixings. It measures how little a place says of the class; what is called "
        "order lies in the bins.",
    )


def plot_entropy() -> Figure:
    """Draw the coin's entropy, and cross-entropy above it."""
    p = np.linspace(0.001, 0.999, 999)
    coins = np.column_stack([p, 1 - p])
    lowest = float(distances.entropy([0.3, 0.7]))
    point = plots.style.looks(["curve", "point"])["point"].color
    with plots.style.figure() as figure:
        left, right = figure.subplots(1, 2)
        left.plot(p, distances.entropy(coins))
        left.plot(0.5, 1, "o", color=point)
        left.annotate("1 bit at ½", (0.5, 1), (0.5, 0.88), ha="center")
        left.set(title="A fair coin is the least certain", xlabel="p, probability of heads",
                 ylabel="entropy H(p), bits", ylim=(0, 1.05))  # fmt: skip
        right.plot(p, distances.cross_entropy(np.tile([0.3, 0.7], (len(p), 1)), coins))
        right.axhline(lowest, color=plots.style.NEUTRAL, linestyle=":")
        right.plot(0.3, lowest, "s", color=point)
        label = f"q = p: H(p) = {lowest:.3f}"
        right.annotate(label, (0.3, lowest), (0.3, lowest - 0.3), ha="center")
        right.set(title="Any estimate but the truth costs more", ylim=(0, 4),
                  xlabel="q, estimated probability (truth p = 0.3)",
                  ylabel="cross-entropy H(p, q), bits")  # fmt: skip
        figure.suptitle("Entropy, and cross-entropy that never lies below it")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
