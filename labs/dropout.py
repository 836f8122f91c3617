"""Does dropout do what the slide says?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.dropout
Quick: python -m labs.dropout --quick
Try:   --rates 0.05 0.95    is the mean kept at extreme rates as well?
       --seed 1             other units are deleted, the same shares

Dropout deletes outputs with probability p in training and scales the others by 1/(1 − p), so that
their mean stays; at prediction all units are there. Keras's layer and one by hand are tried.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import lazy_loader
import numpy as np

import models
from labs import plots
from labs.running import Each, LabConfig, NotEmpty, Within, lab
from models.by_hand import regularization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

HIDDEN_UNITS = (64, 64)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    rates: Annotated[tuple[float, ...], Each(Within(0.01, 0.99)), NotEmpty()] = (0.2, 0.5, 0.8)
    """Probabilities p with which an output is deleted."""


def experiment(config: Config, record: RunRecord) -> None:
    """Send outputs through dropout, and compare nets with and without it."""
    rng = np.random.default_rng(config.seed)
    judge_scale(record, config, rng)
    in_training = judge_prediction(record, config.seed, rng)
    record.add_figure(
        "sums",
        plot_sums(config),
        caption="Sums of 200 outputs of 3 in training: dropout spreads them around the sum "
        "without it (dotted), the more the larger p is.",
    )
    record.answer(
        "Yes: it deletes a share p of the outputs and scales the others so that the mean stays, "
        "and at prediction the net is the one without dropout, from which it differs by up to "
        f"{in_training:.2f} in training.",
        limits="What it does is tried here, whether it helps in labs.regularization.",
    )


def judge_scale(record: RunRecord, config: Config, rng: np.random.Generator) -> None:
    """Judge dropout in training, Keras's layer and the one by hand."""
    h = np.full((1000, 200), 3.0, dtype="float32")
    holds, shares = True, []
    for p in config.rates:
        layer = keras.layers.Dropout(p, seed=config.seed)
        layers = [np.asarray(layer(h, training=True)), regularization.dropout(h, p, rng)]
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
        how=f"{h.size:,} outputs through keras.layers.Dropout and the function by hand; the share "
        "deleted lies within 5 standard errors of p, so the mean stays 3.",
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
