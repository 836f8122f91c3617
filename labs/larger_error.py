"""Does the loss grow with the error?

Topic: losses                         Time: seconds
Run:   python -m labs.larger_error
Quick: python -m labs.larger_error --quick
Try:   --pairs 100      is the order of so few pairs turned as often?
       --seed 1         other predictions, the same share of them

Lecture E predicts the next word, and says that the larger the error, the larger the loss. Both its
losses are computed for its prediction, and for pairs of other predictions with unlike errors.

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

WORDS = {"산다": 0.22, "부신다": 0.02, "고친다": 0.20, "탄다": 0.51, "보낸다": 0.05}
"""Lecture E: the predicted next word after "나는 자전거를"; the slide marks the first as true."""
TRUE = np.eye(len(WORDS))[0]
SLIDE, EVEN = np.array(list(WORDS.values())), np.full(len(WORDS), 1 / len(WORDS))
LOSSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "cross-entropy": lambda p: losses.categorical_cross_entropy(np.broadcast_to(TRUE, p.shape), p),
    "MSE": lambda p: ((p - TRUE) ** 2).mean(axis=-1),
}
"""Losses of predictions `(..., words)`."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"pairs": 1000}

    pairs: Annotated[int, AtLeast(1)] = 10_000
    """Pairs of predictions drawn at random, beside that of the slide and an even one."""


def experiment(config: Config, record: RunRecord) -> None:
    """Compute both losses of the slide's prediction, and set pairs in order by each."""
    judge_word_example(record)
    rng = np.random.default_rng(config.seed)
    drawn = rng.dirichlet(np.ones(len(WORDS)), (config.pairs, 2))
    pairs = np.concatenate([[[SLIDE, EVEN]], drawn])
    turned = judge_larger_error(record, pairs)
    record.answer(
        f"Cross-entropy does: it turns the order of {turned['cross-entropy']:.0%} of the pairs. "
        f"Mean squared error turns that of {turned['MSE']:.0%}, for it sees how the rest is shared "
        "out as well.",
        limits="Error is what the true word lacks of probability 1, half of Σ|t − p|; the lecture "
        "leaves open what it is.",
    )
    record.add_figure(
        "losses",
        plot_losses(drawn[:400].reshape(-1, len(WORDS))),
        caption="Both losses of random predictions over their error; the slide's and that of .2 "
        "for each word are marked.",
    )


def judge_word_example(record: RunRecord) -> None:
    """Judge lecture E's losses on its five words against Keras."""
    told = ", ".join(f"{word} {share}" for word, share in WORDS.items())

    def judge(id: str, by_hand: float, keras_loss: Callable[..., Any]) -> None:
        sure = [float(keras_loss(TRUE[None], row[None])) for row in np.eye(len(WORDS))]
        record.judge(
            id,
            by_hand,
            right=float(keras_loss(TRUE[None], SLIDE[None])),
            how=f"{told}, true {next(iter(WORDS))}: by hand and by Keras. All on the true word "
            f"gives {sure[0]:.4f}, all on 탄다 {sure[3]:.4f}.",
        )

    judge("E-mse", losses.mean_squared_error(TRUE, SLIDE), keras.losses.MeanSquaredError())
    by_hand = float(losses.categorical_cross_entropy(TRUE, SLIDE))
    judge("E-cross-entropy", by_hand, keras.losses.CategoricalCrossentropy())


def judge_larger_error(record: RunRecord, pairs: np.ndarray) -> dict[str, float]:
    """Judge that of two predictions the one with the larger error has the larger loss.

    Args:
        record: Takes the verdict.
        pairs: Two predictions each, `(pairs, 2, words)`; the first is the slide's and an even one.

    Returns:
        For each loss the share of pairs that it puts in the opposite order.
    """
    error = errors(pairs)
    told, turned = [], {}
    for name, function in LOSSES.items():
        loss = function(pairs)
        opposite = np.diff(error) * np.diff(loss) < 0
        turned[name] = float(opposite.mean())
        told.append(
            f"{name} {loss[0, 0]:.3f} for the slide's prediction, {loss[0, 1]:.3f} for .2 each, "
            f"{turned[name]:.0%} of {len(pairs):,} pairs the other way round"
        )
    record.judge(
        "E-larger-error",
        "; ".join(told),
        holds=[share == 0 for share in turned.values()],
        how="Error is what the true word lacks of 1: .78 on the slide, .8 with .2 for each word. "
        "Cross-entropy sees nothing else; MSE sees as well how the rest is shared out. What error "
        "is the lecture leaves open; of a single number both grow with it.",
    )
    return turned


def errors(p: np.ndarray) -> np.ndarray:
    """Return what the true word lacks of probability 1, for predictions `(..., words)`."""
    lacking: np.ndarray = 1 - p[..., 0]
    return lacking


def plot_losses(drawn: np.ndarray) -> Figure:
    """Draw both losses of predictions `(predictions, words)` over their error."""
    marked = {"the slide's": SLIDE, ".2 for each word": EVEN}
    looks = plots.style.looks(marked)
    with plots.style.figure(11.0, 4.8) as figure:
        for axes, (name, loss) in zip(figure.subplots(1, 2), LOSSES.items(), strict=True):
            axes.plot(errors(drawn), loss(drawn), ".", color=plots.style.FAINT, label="drawn")
            for label, p in marked.items():
                look = looks[label]
                axes.plot(
                    errors(p), loss(p), look.marker, color=look.color, markersize=9, label=label
                )
            axes.set(xlabel="error: what the true word lacks of 1", title=name)
        figure.axes[0].set_ylabel("loss")
        figure.axes[0].legend()
        figure.suptitle("Losses of predictions of one word in five")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
