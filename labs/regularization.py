"""What helps a net that memorizes?

Topic: normalization and regularization    Time: a minute
Run:   python -m labs.regularization
Quick: python -m labs.regularization --quick
Try:   --epochs 20    which remedies still have something to mend?
       --seeds 5      which intervals of the gain take 0 in?

A net that is too large for 120 patients, with each remedy of lecture E in turn: augmentation,
dropout, a penalty on the weights, a smaller model. What does each do to overfitting and to the
test error, and how much does each net learn by heart where labels are shuffled?

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA
DLI; lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, lab
from labs.studies.memorizers import (
    AS_IT_IS,
    STOPPED,
    TRAINING_ROWS,
    Nets,
    after_the_last_epoch,
    stopped_early,
    train_kind,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from labs.data import Dataset
    from labs.records import RunRecord

keras = lazy_loader.load("keras")
matplotlib = lazy_loader.load("matplotlib")
scipy = lazy_loader.load("scipy")

SMALL = (8,)
# Four noisy copies made once, before training, were tried first and are memorized like the
# rows: 10 nets saved −.05 to .15 of test error and lost .005 to .048 of accuracy.
JITTER = 0.5
"""Augmentation: normal noise on each row, new in every epoch, in the features' sd."""
REMEDIES: Mapping[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "augmentation": {"jitter": JITTER},
    "dropout": {"dropout": 0.5},
    "penalty": {"l2": 0.01},
    "smaller model": {"hidden": SMALL},
}
"""What is changed in the net that overfits."""
STRENGTHS: Mapping[str, str] = {
    "augmentation": f"Noise of {JITTER} sd on the features, drawn anew in every epoch (a table has "
    "no shifts and turns as images have).",
    "dropout": "p = .5 after each hidden layer.",
    "penalty": "L2 with λ = .01.",
    "smaller model": "8 hidden units in place of 64 and 64.",
}
"""How strong each remedy was: round values, not tuned."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4}

    epochs: Annotated[int, AtLeast(1)] = 60
    """Passes over the training rows."""
    seeds: Annotated[int, AtLeast(2)] = 30
    """Nets with each remedy; each has its own 120 training rows."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train the net as it is and with each remedy, and compare the test errors."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    nets = train_with_remedies(patients, config, record)
    judge_remedies(record, nets)
    judge_curves(record, nets)
    judge_memorizing(record, nets, recite(patients, config, record))
    for kind in nets[:-1]:
        first = {name: values[0] for name, values in kind.history.items()}
        record.save_history(kind.name.replace(" ", "-"), first)
    as_it_is, *remedied = nets
    best = min(remedied, key=lambda kind: float(kind.test_error.mean()))
    record.answer(
        f"Without remedy the net has {as_it_is.history['accuracy'][:, -1].mean():.1%} of its "
        f"training rows right and {as_it_is.test_accuracy.mean():.1%} of the test rows. The lowest "
        f"test cross-entropy comes from {best.name}, {best.test_error.mean():.3f} in place of "
        f"{as_it_is.test_error.mean():.3f}, with an accuracy of {best.test_accuracy.mean():.1%}.",
        limits=f"One table, {TRAINING_ROWS} training rows, one strength of each remedy, not tuned.",
    )
    record.add_figure(
        "curves",
        plot_curves(nets),
        caption="Validation error over the epochs with each remedy, means over the nets, on a log "
        "scale; the dotted line is the training error of the net as it is, which leaves the "
        "picture.",
    )
    record.add_figure(
        "remedies",
        plots.plot_seeds(
            f"{patients.name}, {TRAINING_ROWS} training rows",
            "a net too large, as it is and with each remedy",
            {kind.name: kind.test_error for kind in nets},
            score_name="test cross-entropy",
        ),
        caption="Test cross-entropies of all nets with each remedy.",
        key=True,
    )


def train_with_remedies(patients: Dataset, config: Config, record: RunRecord) -> list[Nets]:
    """Train the net as it is and with each remedy, from the same seeds and rows."""
    kinds = []
    for name, changes in record.track(REMEDIES.items(), "remedies", len(REMEDIES)):
        replicas = train_kind(changes, patients, config, tested=name == AS_IT_IS)
        kinds.append(after_the_last_epoch(name, replicas, patients.test, config.seeds))
        if name == AS_IT_IS:
            stopped = stopped_early(kinds[0], replicas.history, config.seeds)
    return [*kinds, stopped]


def recite(patients: Dataset, config: Config, record: RunRecord) -> np.ndarray:
    """Train the same nets on shuffled labels, which can only be learned by heart.

    Returns:
        By how much training accuracy exceeds validation accuracy, `(remedies, seeds)`.
    """
    order = np.random.default_rng(config.seed).permutation(len(patients.train))
    train = replace(patients.train, y=patients.train.y[order])
    shuffled = replace(patients, train=train)
    kinds = record.track(REMEDIES.values(), "shuffled labels", len(REMEDIES))
    return np.array([falls_short(train_kind(kind, shuffled, config).history) for kind in kinds])


def falls_short(history: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return training less validation accuracy after the last epoch, `(seeds,)`."""
    gap: np.ndarray = (history["accuracy"] - history["val_accuracy"])[:, -1]
    return gap


def judge_remedies(record: RunRecord, nets: Sequence[Nets]) -> None:
    """Judge that each remedy lowers the test error, the same nets compared in pairs."""
    as_it_is, *remedied = nets
    augmentation, dropout, penalty, smaller, _ = remedied
    before = sum(onset is not None for onset in as_it_is.onsets)

    def judge(id: str, kind: Nets) -> None:
        saved = stats.mean_interval(as_it_is.test_error - kind.test_error)
        gained = stats.mean_interval(kind.test_accuracy - as_it_is.test_accuracy)
        found = sum(onset is not None for onset in kind.onsets)
        record.judge(
            id,
            f"test cross-entropy {kind.test_error.mean():.3f} in place of "
            f"{as_it_is.test_error.mean():.3f}, saved {saved.low:.3f} to {saved.high:.3f}",
            above=0,
            how=f"{len(kind.test_error)} pairs of nets, {TRAINING_ROWS} patients each, one test "
            f"set; accuracy gained {gained.low:+.3f} to {gained.high:+.3f}. {STRENGTHS[kind.name]} "
            f"Overfitting found in {found} of {len(kind.onsets)} nets, without remedy in {before}.",
            interval=saved,
        )

    judge("E-remedy-augmentation", augmentation)
    judge("E-remedy-dropout", dropout)
    judge("E-remedy-penalty", penalty)
    judge("E-remedy-smaller-model", smaller)


def judge_curves(record: RunRecord, nets: Sequence[Nets]) -> None:
    """Judge that of the nets with the same rows those whose two curves lie closer do better."""
    trained = [kind for kind in nets if kind.name != STOPPED]
    behind = np.array([falls_short(kind.history) for kind in trained])
    apart, lost = stats.mean_interval(nets[0].gap), stats.mean_interval(behind[0])
    errs = correlate([kind.gap for kind in nets], [kind.test_error for kind in nets])
    fails = correlate(behind, [-kind.test_accuracy for kind in trained])
    record.judge(
        "C-curves-close",
        f"gap of the losses without remedy {nets[0].gap.mean():.2f} ({apart.low:.2f} to "
        f"{apart.high:.2f}), of the accuracies {behind[0].mean():.3f} ({lost.low:.3f} to "
        f"{lost.high:.3f}); rank correlation of the first with the test error {errs.low:.2f} to "
        f"{errs.high:.2f}, of the second with the share of errors {fails.low:.2f} to "
        f"{fails.high:.2f}",
        holds=[min(apart.low, errs.low) > 0, min(lost.low, fails.low) > 0],
        how=f"Validation against training rows after the last epoch. Correlations over the "
        f"{len(nets)} kinds of nets on the same rows, 95% intervals of their means over "
        f"{len(nets[0].gap)} draws of rows.",
        interval=apart,
    )


def correlate(gaps: ArrayLike, results: ArrayLike) -> stats.Interval:
    """Return the mean rank correlation of both, `(kinds, seeds)`, over the seeds."""
    each = zip(np.transpose(gaps), np.transpose(results), strict=True)
    return stats.mean_interval([scipy.stats.spearmanr(*one).statistic for one in each])


def judge_memorizing(record: RunRecord, nets: Sequence[Nets], recited: np.ndarray) -> None:
    """Judge that a gap tells of memorizing, by what the same nets learn by heart.

    Args:
        record: Takes the verdict.
        nets: Nets on the true labels.
        recited: What those of each kind recite of shuffled labels, `(kinds, seeds)`.
    """
    gaps = np.array([falls_short(kind.history) for kind in nets if kind.name != STOPPED])
    gap, by_heart = (stats.mean_interval(values[0]) for values in (gaps, recited))
    rank = scipy.stats.spearmanr(gaps.mean(axis=1), recited.mean(axis=1)).statistic
    record.judge(
        "C-memorizing",
        f"gap of the accuracies without remedy {gaps[0].mean():.3f} ({gap.low:.3f} to "
        f"{gap.high:.3f}), with shuffled labels {recited[0].mean():.3f} ({by_heart.low:.3f} to "
        f"{by_heart.high:.3f}); rank correlation of both over {len(gaps)} kinds of nets {rank:.2f}",
        holds=bool(gap.low > 0 and by_heart.low > 0 and rank > 0.5),
        how="Training less validation accuracy. Shuffled labels have no rule, so nets can only "
        "recite them; those with a gap recite, and the more the wider it is. By kind: "
        + "; ".join(
            f"{kind.name} {own.mean():.3f}, shuffled {shuffled.mean():.3f}"
            for kind, own, shuffled in zip(nets, gaps, recited, strict=False)
        )
        + ".",
        interval=by_heart,
    )


def plot_curves(nets: Sequence[Nets]) -> Figure:
    """Draw the validation error over the epochs with each remedy, mean over seeds."""
    curves = {kind.name: kind.history["val_error"].mean(axis=0) for kind in nets[:-1]}
    looks = plots.style.looks(curves)
    with plots.style.figure() as figure:
        axes = figure.subplots()
        training = nets[0].history["error"].mean(axis=0)
        epochs = np.arange(1, len(training) + 1)
        axes.plot(epochs, training, color="black", linestyle=":", label=f"training, {AS_IT_IS}")
        for place, (name, curve) in enumerate(curves.items()):
            every = (place, max(1, len(epochs) // 8))
            label = f"validation, {name}"
            axes.semilogy(epochs, curve, markevery=every, label=label, **looks[name].line)
        lowest = min(float(curve.min()) for curve in curves.values())
        highest = max(float(curve.max()) for curve in curves.values())
        # The training error falls far below what the curves are compared by.
        axes.set(ylim=(lowest * 0.85, highest * 1.1), xlabel="epoch")
        axes.set_ylabel(f"cross-entropy, mean of {len(nets[0].gap)} nets")
        axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
        axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:.3g}"))
        axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        figure.legend(loc="outside right center")
        figure.suptitle(f"Validation error of a net too large for {TRAINING_ROWS} patients")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
