"""What does a biased sample do to a classifier?

Topic: losses                         Time: a minute
Run:   python -m labs.biased_sample
Quick: python -m labs.biased_sample --quick
Try:   --rare-share 0.2     how much does a mild bias cost?
       --rare-share 0.01    and one that hardly shows some digits at all?

Can the whole of the world be had, asks the lecture; what is observed is a sample of it. Digits
are observed fairly, and by somebody who rarely meets a 5 or more. Both samples are equally large,
and so are the classifiers; each is asked about the whole world.

Source: lecture B, 신경망 학습 (Training Neural Networks); for the remedy Saerens et al. (2002),
"Adjusting the Outputs of a Classifier to New a Priori Probabilities".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

sklearn = lazy_loader.load("sklearn")

RARE = np.arange(5, 10)
"""Digits that the biased sample hardly shows; in the world they are half."""
NEAR = 0.05
"""Accuracies as near as this count as the same."""
FAIR, BIASED, WEIGHTED = "fair sample", "biased sample", "biased, weighted"


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 4}

    rows: Annotated[int, Within(50, 500)] = 300
    """Digits of a sample."""
    rare_share: Annotated[float, Above(0), AtMost(0.5)] = 0.05
    """Share of digits from 5 to 9 in the biased sample."""
    draws: Annotated[int, AtLeast(2)] = 20
    """Samples of each kind."""


class Scores(NamedTuple):
    """How a classifier does, one value a draw.

    Attributes:
        world: Accuracy on fair test digits.
        rare: Share of the test digits 5 to 9 that are recognized.
        seen: Accuracy on digits held out from a sample like its own.
        called: Share of the test digits that are called 5 or more.
    """

    world: np.ndarray
    rare: np.ndarray
    seen: np.ndarray
    called: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Train classifiers on fair and on biased samples, and ask them about all digits."""
    digits = data.load_digits()
    record.use_dataset(digits)
    found: dict[str, list[tuple[float, ...]]] = {FAIR: [], BIASED: [], WEIGHTED: []}
    for draw in record.track(range(config.draws), "samples"):
        generator = np.random.default_rng([config.seed, draw])
        for kind, own in found.items():
            share = (
                float(np.isin(digits.train.y, RARE).mean()) if kind == FAIR else config.rare_share
            )
            sample, held_out = observe(digits.train, share, config.rows, generator)
            own.append(ask(sample, held_out, digits.test, kind == WEIGHTED))
    scores = {kind: Scores(*np.array(own).T) for kind, own in found.items()}
    record.add_table("samples", [{"sample": k, **describe(own)} for k, own in scores.items()])
    judge_sample(record, scores, config)
    mean = {kind: describe(own) for kind, own in scores.items()}
    record.answer(
        f"It makes it blind for what was rarely seen: {mean[BIASED]['rare digits']:.0%} of the "
        f"digits from 5 on are recognized in place of {mean[FAIR]['rare digits']:.0%}, although on "
        f"digits sampled like its own it scores {mean[BIASED]['own sample']:.0%}. Weights that "
        f"undo the bias bring {mean[WEIGHTED]['rare digits']:.0%}.",
        limits="A bias in how often classes are met, known beforehand; if rows of a class "
        "differ from the world's, no weight helps.",
    )
    record.add_figure(
        "samples",
        plot_samples(scores),
        caption="Accuracy on the world, on digits sampled like the training rows, and on the rare "
        "digits alone, by kind of sample: a dot a draw, black the mean with its interval.",
    )


def observe(
    world: data.Part, rare_share: float, rows: int, generator: np.random.Generator
) -> tuple[data.Part, data.Part]:
    """Draw two samples that share no digit, of so many rows and of 100, with a share of rare ones.

    Returns:
        The sample to learn from, and one drawn alike that is held out.
    """
    rare = np.isin(world.y, RARE)
    pools = [generator.permutation(np.flatnonzero(mask)) for mask in (rare, ~rare)]
    parts = []
    for count in (rows, 100):
        few = max(1, round(rare_share * count))
        chosen = np.concatenate([pools[0][:few], pools[1][: count - few]])
        pools = [pools[0][few:], pools[1][count - few :]]
        parts.append(world.take(chosen))
    return parts[0], parts[1]


def ask(
    sample: data.Part, held_out: data.Part, test: data.Part, weighted: bool
) -> tuple[float, float, float, float]:
    """Train a linear classifier on a sample, and return its `Scores`.

    Args:
        sample: Rows to learn from.
        held_out: Rows sampled alike.
        test: Rows of the world.
        weighted: Whether rows count by how much rarer their half was sampled than in the world.
    """
    rare = np.isin(sample.y, RARE)
    weights = np.where(rare, 0.5 / rare.mean(), 0.5 / (1 - rare.mean())) if weighted else None
    net = sklearn.linear_model.LogisticRegression(C=10.0, max_iter=1_000)
    net.fit(data.shrink(sample.x), sample.y, sample_weight=weights)
    called = net.predict(data.shrink(test.x))
    right, is_rare = called == test.y, np.isin(test.y, RARE)
    return (
        float(right.mean()),
        float(right[is_rare].mean()),
        float(net.score(data.shrink(held_out.x), held_out.y)),
        float(np.isin(called, RARE).mean()),
    )


def describe(scores: Scores) -> dict[str, Any]:
    """Give a kind's row of the table."""
    columns = ("world", "rare digits", "own sample", "called 5 or more")
    return dict(zip(columns, (float(values.mean()) for values in scores), strict=True))


def judge_sample(record: RunRecord, scores: Mapping[str, Scores], config: Config) -> None:
    """Judge that a sample stands for the world, if it is a fair one."""
    lost = stats.welch(scores[BIASED].world, scores[FAIR].world).interval()
    told, flattery = (
        stats.mean_interval(scores[kind].seen - scores[kind].world) for kind in (FAIR, BIASED)
    )
    record.judge(
        "B-observed-sample",
        f"digits held out from fair samples say {scores[FAIR].seen.mean():.3f}, the world "
        f"{scores[FAIR].world.mean():.3f}",
        holds=told.low > -NEAR and told.high < NEAR,
        how=f"{config.draws} samples of {config.rows} digits each; a difference within {NEAR:g} "
        f"counts as the same, and the interval is that of it. Of samples with "
        f"{config.rare_share:.0%} of 5 to 9, where the world has half, held out digits say "
        f"{flattery.low:.3f} to {flattery.high:.3f} too much, and what is learned from them scores "
        f"{lost.low:.3f} to {lost.high:.3f} on the world against fair ones.",
        interval=told,
    )


def plot_samples(scores: Mapping[str, Scores]) -> Figure:
    """Draw the accuracies by kind of sample."""
    titles = {"world": "On the world", "seen": "On rows sampled alike", "rare": "On rare digits"}
    with plots.style.figure(13.0, 4.6) as figure:
        figure.suptitle("What classifiers know that were shown few digits from 5 on")
        panels = figure.subplots(1, 3, sharey=True)
        for axes, (name, title) in zip(panels, titles.items(), strict=True):
            values = {kind: getattr(own, name) for kind, own in scores.items()}
            plots.draw_scores(axes, values, 0.01, 0.05)
            axes.set(title=title, xlabel="accuracy", xlim=(0, 1.02))
        panels[0].set_yticks(range(len(scores)), scores)
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
