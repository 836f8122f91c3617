"""How often is a curve better than a line?

Topic: activations                    Time: a minute
Run:   python -m labs.line_or_curve
Quick: python -m labs.line_or_curve --quick
Try:   --units 4     are few units enough where a curve is better?
       --splits 30   which of the differences are shown by more splits?

The lecture says that in more cases a non-linear division is better. A linear classifier and a
multilayer perceptron, both tuned alike on rows held out, divide seven data sets: five tables and
two that are drawn to be divided by a curve. Each is divided into rows again and again.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

DRAWN = ("moons", "circles")
CANDIDATES = [*product((0.003, 0.03), (1e-6, 0.003))]
"""Rates of Adam and weight penalties, among which rows held out choose, in each split anew."""
BATCH = 32
Sets = Mapping[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"splits": 3, "epochs": 5}

    splits: Annotated[int, Within(2, 100)] = 12
    """Divisions of each data set into rows to learn, to choose and to test."""
    units: Annotated[int, Within(1, 512)] = 32
    """Hidden units of the multilayer perceptron."""
    epochs: Annotated[int, AtLeast(1)] = 80
    """Passes over the rows to learn."""


class Rows(NamedTuple):
    """Which rows a split learns, holds out and tests."""

    train: np.ndarray
    held_out: np.ndarray
    test: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Divide every data set by lines and by curves."""
    gains, rows = {}, []
    for name, (x, y) in record.track(load_sets(config.seed).items(), "data sets", 7):
        splits = divide(len(y), config)
        line, curve = (score(x, y, splits, hidden, config) for hidden in ((), (config.units,)))
        n_train, _, n_test = map(len, splits[0])
        gains[name] = stats.corrected_resampled_t_test(curve - line, n_train, n_test)
        columns = {"data set": name, "rows": len(y), "inputs": x.shape[1], "classes": y.max() + 1}
        low, high = gains[name].interval()
        gain = {"gain": gains[name].mean, "from": low, "to": high}
        rows.append(columns | {"line": line.mean(), "curve": curve.mean()} | gain)
    record.add_table("accuracies", rows)
    judge_census(record, gains, config)
    better, worse = count(gains)
    record.answer(
        f"On {better} of {len(gains)} data sets a multilayer perceptron is shown to be better than "
        f"a linear classifier, on {worse} to be worse; else no difference is shown.",
        limits="Data sets that come with scikit-learn, small ones, are no sample of all; two are "
        "drawn so that no line divides them. One hidden layer.",
    )
    record.add_figure(
        "gains",
        plot_gains(gains),
        caption="Test accuracy that a curve gains over a line on each data set, with 95% intervals "
        "over splits; the lowest two are drawn, the others tables.",
    )


def load_sets(seed: int) -> Sets:
    """Return inputs `(rows, inputs)` and classes `(rows,)` of each data set."""
    tables, patients = sklearn.datasets, data.load_diabetes()
    return {
        "breast cancer": tables.load_breast_cancer(return_X_y=True),
        "wine": tables.load_wine(return_X_y=True),
        "iris": tables.load_iris(return_X_y=True),
        "digits": tables.load_digits(return_X_y=True),
        "diabetes": (
            np.concatenate([patients.train.x, patients.test.x]),
            np.concatenate([patients.train.y, patients.test.y]),
        ),
        "moons": tables.make_moons(400, noise=0.2, random_state=seed),
        "circles": tables.make_circles(400, noise=0.15, factor=0.5, random_state=seed),
    }


def divide(rows: int, config: Config) -> list[Rows]:
    """Draw splits: half of the rows to learn, a quarter to choose, a quarter to test."""
    ends = [rows // 2, rows // 2 + rows // 4]
    generators = (np.random.default_rng([config.seed, split]) for split in range(config.splits))
    return [Rows(*np.split(generator.permutation(rows), ends)) for generator in generators]


def score(
    x: np.ndarray, y: np.ndarray, splits: list[Rows], hidden: tuple[int, ...], config: Config
) -> np.ndarray:
    """Train all candidates on all splits; return test accuracies of those chosen, `(splits,)`."""

    def build(seed: int, rows: np.ndarray, candidate: tuple[float, float]) -> keras.Model:
        adam, l2 = keras.optimizers.Adam(candidate[0]), candidate[1]
        classes = int(y.max()) + 1
        return models.build_mlp(x.shape[1:], hidden, classes, l2=l2, optimizer=adam, seed=seed)

    # A copy of the rows for each split, standardized by those that it learns.
    scalers = (sklearn.preprocessing.StandardScaler().fit(x[split.train]) for split in splits)
    copies = np.concatenate([scaler.transform(x) for scaler in scalers]).astype(np.float32)
    runs = [*product(CANDIDATES, range(len(splits)))]
    replicas = models.fit_replicas(
        build,
        copies,
        np.tile(y, len(splits)),
        seeds=[config.seed + split for _, split in runs],
        settings=[candidate for candidate, _ in runs],
        row_sets=[splits[split].train + split * len(x) for _, split in runs],
        epochs=config.epochs,
        batch_size=BATCH,
    )
    shape = len(CANDIDATES), len(splits), len(splits), len(x), -1
    shares = replicas.predict(copies).reshape(shape)
    chosen = []
    for place, split in enumerate(splits):
        own = shares[:, place, place]
        held_out = own[:, split.held_out, y[split.held_out]]
        best = np.log(np.maximum(held_out, 1e-7)).mean(axis=1).argmax()
        chosen.append((own[best, split.test].argmax(axis=-1) == y[split.test]).mean())
    return np.array(chosen)


def count(gains: Mapping[str, stats.Difference]) -> tuple[int, int]:
    """Return on how many data sets a curve is shown to be better, and to be worse."""
    intervals = [gain.interval() for gain in gains.values()]
    return sum(low > 0 for low, _ in intervals), sum(high < 0 for _, high in intervals)


def judge_census(record: RunRecord, gains: Mapping[str, stats.Difference], config: Config) -> None:
    """Judge by the share of data sets on which a curve is shown to be better."""
    better, worse = count(gains)
    record.judge(
        "D-nonlinear-better",
        f"better on {better} of {len(gains)} data sets, worse on {worse}: "
        + ", ".join(f"{name} {gain.mean:+.3f}" for name, gain in gains.items()),
        above=0.5,
        how="Test accuracy of a multilayer perceptron less that of a linear classifier, "
        f"{config.splits} splits each, both with the best of {len(CANDIDATES)} settings on rows "
        "held out; better is what an interval for splits that share rows shows. The interval below "
        "is of the share of data sets, as if they were drawn from all there are.",
        interval=stats.wilson_interval(better, len(gains)),
    )


def plot_gains(gains: Mapping[str, stats.Difference]) -> Figure:
    """Draw what a curve gains on each data set."""
    with plots.style.figure(9.0, 5.0) as figure:
        axes = figure.subplots()
        for place, (name, gain) in enumerate(gains.items()):
            low, high = gain.interval()
            color = plots.style.COLORS[int(name in DRAWN)]
            axes.errorbar(
                gain.mean, -place, xerr=[[gain.mean - low], [high - gain.mean]], fmt="o",
                color=color, capsize=4,
            )  # fmt: skip
        axes.axvline(0, color=plots.style.NEUTRAL, linewidth=1)
        axes.set_yticks(-np.arange(len(gains)), [*gains])
        axes.set(xlabel="test accuracy, curve less line (95% interval)")
        axes.set_title("What a multilayer perceptron gains over a line")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
