"""Does dropout do what the slide says?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.dropout
Quick: python -m labs.dropout --quick
Try:   --rates 0.05 0.95    is the mean kept at extreme rates as well?
       --deleted 0.1        is one unit in ten already missed?
       --seed 1             other units are deleted, the same shares

Dropout deletes outputs with probability p in training and scales the others by 1/(1 − p), so that
their mean stays; at prediction all units are there. Keras's layer and one by hand are tried. Then
nets are trained on digits with it and without, and lose their most important units.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, Each, LabConfig, NotEmpty, Within, lab
from models.by_hand import regularization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

HIDDEN_UNITS = (64, 64)
ROWS, EPOCHS, TRAINED_WITH = 500, 100, 0.5


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 8}

    rates: Annotated[tuple[float, ...], Each(Within(0.01, 0.99)), NotEmpty()] = (0.2, 0.5, 0.8)
    """Probabilities p with which an output is deleted."""
    seeds: Annotated[int, AtLeast(3)] = 20
    """Nets trained with dropout, and as many without."""
    deleted: Annotated[float, Within(0.02, 0.98)] = 0.25
    """Share of the last hidden units, the most important ones, that trained nets lose."""


def experiment(config: Config, record: RunRecord) -> None:
    """Send outputs through dropout, and compare nets with and without it."""
    rng = np.random.default_rng(config.seed)
    judge_scale(record, config, rng)
    in_training = judge_prediction(record, config.seed, rng)
    digits = data.load_digits()
    record.use_dataset(digits)
    plain, dropout = (examine(config, digits, rate) for rate in (0.0, TRAINED_WITH))
    judge_dependence(record, plain, dropout, config)
    record.add_figure(
        "sums",
        plot_sums(config),
        caption="Sums of 200 outputs of 3 in training: dropout spreads them around the sum "
        "without it (dotted), the more the larger p is.",
    )
    record.answer(
        "Yes: it deletes a share p of the outputs and scales the others so that the mean stays, "
        "and at prediction the net is the one without dropout, from which it differs by up to "
        f"{in_training:.2f} in training. Without their {config.deleted:.0%} most important last "
        f"units nets lose {dropout.lost.mean():.1%} of the test digits after training with "
        f"dropout, {plain.lost.mean():.1%} after training without.",
        limits="Small nets on small digits; whether dropout helps is the question of "
        "labs.regularization.",
    )


def judge_scale(record: RunRecord, config: Config, rng: np.random.Generator) -> None:
    """Judge dropout in training, Keras's layer and the one by hand."""
    h = np.full((1000, 200), 3.0, dtype="float32")
    holds, shares = True, []
    for p in config.rates:
        layer = keras.layers.Dropout(p, seed=config.seed)
        first, second = (np.asarray(layer(h, training=True)) for _ in range(2))
        layers = [first, second, regularization.dropout(h, p, rng)]
        twice = float(np.mean((first == 0) & (second == 0)))
        holds &= abs(twice - p**2) < 5 * np.sqrt(p**2 * (1 - p**2) / h.size)
        for dropped in layers:
            deleted = float(np.mean(dropped == 0))
            error = np.sqrt(p * (1 - p) / h.size)
            holds &= abs(deleted - p) < 5 * error
            holds &= np.allclose(dropped[dropped != 0], 3 / (1 - p))
        shares.append(f"{layers[0].max():.4g} (p = {p}, mean {layers[0].mean():.3f})")
    record.judge(
        "A-dropout-scale",
        f"outputs of 3 become 0 or {', '.join(shares)}",
        holds=bool(holds),
        how=f"{h.size:,} outputs, twice through keras.layers.Dropout and once by hand; the share "
        "deleted lies within 5 standard errors of p, so the mean stays 3, and that deleted in both "
        "passes of p²: each pass draws anew.",
    )


def judge_prediction(record: RunRecord, seed: int, rng: np.random.Generator) -> float:
    """Judge dropout at prediction; return the largest difference that it makes in training."""
    x = rng.normal(size=(50, 10)).astype("float32")
    with_dropout = models.build_mlp((10,), HIDDEN_UNITS, 2, dropout=0.5, seed=seed)
    without = models.build_mlp((10,), HIDDEN_UNITS, 2, seed=seed)
    plain = np.asarray(without(x))
    at_prediction = np.abs(np.asarray(with_dropout(x, training=False)) - plain).max()
    in_training = np.abs(np.asarray(with_dropout(x, training=True)) - plain).max()
    record.judge(
        "A-dropout-prediction",
        f"probabilities differ from those of the net without dropout by "
        f"{at_prediction:g} at prediction, by up to {in_training:.2f} in training",
        holds=bool(at_prediction == 0 < in_training),
        how="Two 64-64 nets of the same weights, one with dropout .5, on 50 random rows.",
    )
    return float(in_training)


class Leaning(NamedTuple):
    """What trained nets lean on, `(seeds,)` each.

    Attributes:
        lost: Test accuracy that a net loses with its most important units.
        changed: Share of test rows that get another class if as many units drawn at random go.
        other_class: Share of test rows to which another seed's net gives another class.
    """

    lost: np.ndarray
    changed: np.ndarray
    other_class: np.ndarray


def examine(config: Config, digits: data.Dataset, dropout: float) -> Leaning:
    """Train nets from several seeds, and look at what they lean on."""
    train, test = data.fewer(digits.train, ROWS, config.seed), digits.test
    replicas = models.fit_replicas(
        partial(build, dropout=dropout),
        train.x,
        train.y,
        seeds=range(config.seed, config.seed + config.seeds),
        epochs=EPOCHS,
    )
    classes = replicas.predict(test.x).argmax(axis=-1)
    lost, changed = [], []
    for number, whole in enumerate(classes):
        important, drawn = delete_units(replicas.weights(number), train.x, test.x, config)
        lost.append(np.mean(whole == test.y) - np.mean(important == test.y))
        changed.append(np.mean(drawn != whole))
    other_class = np.mean(classes != np.roll(classes, 1, axis=0), axis=1)
    return Leaning(np.array(lost), np.array(changed), other_class)


def build(seed: int, x_train: np.ndarray, dropout: float) -> Any:
    """Build and compile a net for digits."""
    return models.build_mlp(
        x_train.shape[1:], HIDDEN_UNITS, 10, scale=1 / 255, dropout=dropout, seed=seed
    )


def delete_units(
    net: Sequence[np.ndarray], x_train: np.ndarray, x: np.ndarray, config: Config
) -> list[np.ndarray]:
    """Delete units of a net's last hidden layer: the most important ones, and random ones.

    Most important are those whose mean output on training rows, times the weights that it goes
    through, is largest.

    Args:
        net: Kernel and bias of each layer.
        x_train: Rows to weigh the units by.
        x: Rows to classify.
        config: Which share is deleted, and a seed.

    Returns:
        The classes of the rows, `(rows,)`, for both.
    """

    def hidden(x: np.ndarray) -> np.ndarray:
        h = x.reshape(len(x), -1) / 255
        for kernel, bias in zip(net[:-2:2], net[1:-2:2], strict=True):
            h = np.maximum(h @ kernel + bias, 0)
        return h

    importance = hidden(x_train).mean(axis=0) * np.abs(net[-2]).sum(axis=1)
    random = np.random.default_rng(config.seed).permutation(len(importance))
    h, kept = hidden(x), round((1 - config.deleted) * len(importance))
    classes = []
    for order in (np.argsort(importance), random):
        left = order[:kept]
        classes.append((h[:, left] @ net[-2][left] + net[-1]).argmax(axis=1))
    return classes


def judge_dependence(record: RunRecord, plain: Leaning, dropout: Leaning, config: Config) -> None:
    """Judge what dropout is for: outputs that hang on no few units, and stable predictions."""
    pairs = f"{config.seeds} pairs of 64-64 nets on {ROWS} digits, {EPOCHS} epochs."
    record.judge(
        "A-dropout-dependence",
        dropout.lost - plain.lost,
        below=0,
        how=f"Test accuracy lost with the {config.deleted:.0%} most important units of the last "
        f"hidden layer: {dropout.lost.mean():.3f} after training with dropout {TRAINED_WITH}, "
        f"{plain.lost.mean():.3f} without; the difference is judged. {pairs}",
    )
    changed, other = (
        stats.mean_interval(with_it - without)
        for with_it, without in zip(dropout[1:], plain[1:], strict=True)
    )
    record.judge(
        "A-dropout-stable",
        f"of the test rows {dropout.changed.mean():.2%} get another class, without dropout "
        f"{plain.changed.mean():.2%}, if {config.deleted:.0%} of the units go, drawn at random; "
        f"{dropout.other_class.mean():.2%} and {plain.other_class.mean():.2%} get another from "
        "another seed's net",
        holds=[changed.high < 0, other.high < 0],
        how=f"By lost units ({changed.low:+.4f} to {changed.high:+.4f}) and by seeds "
        f"({other.low:+.4f} to {other.high:+.4f}). {pairs}",
    )


def plot_sums(config: Config) -> Figure:
    """Draw how dropout spreads the sum of a layer's outputs."""
    rng = np.random.default_rng(config.seed)
    looks = plots.style.looks(map(str, config.rates))
    with plots.style.figure(9.0, 5.2) as figure:
        axes = figure.subplots()
        for p in config.rates:
            sums = regularization.dropout(np.full((4000, 200), 3.0), p, rng).sum(axis=1)
            color = looks[str(p)].color
            axes.hist(sums, bins=60, histtype="step", linewidth=2, color=color, label=f"p = {p:g}")
        axes.axvline(600, color=plots.style.NEUTRAL, linestyle=plots.style.MARK_STYLES[0])
        axes.set(xlabel="sum of 200 outputs of 3", ylabel="of 4,000 trials")
        axes.set_title("Sums of outputs with dropout")
        axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
