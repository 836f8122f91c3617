"""Which weights learn slowly?

Topic: gradients                      Time: seconds
Run:   python -m labs.slow_weights
Quick: python -m labs.slow_weights --quick
Try:   --steps 20      do units that are off catch up if they are given less time?
       --steps 5000    ... and if they are given more?

By the fourth equation of backpropagation, ∂C/∂wⱼₖ = aₖ δⱼ, a weight out of a unit follows the
unit's activation; by the second, a weight into it follows its slope σ'(z). The lecture draws two
insights from them. This lab trains nets whose hidden units run from off to on, and measures
how far the weights travel.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from labs import plots, stats
from labs.running import AtLeast, LabConfig, lab
from models.by_hand.slow_weights import BIASES, SlowWeights, watch_slow_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

QUIET, ACTIVE = BIASES < -4, BIASES > 0
SATURATED, STEEP = np.abs(BIASES) > 4, np.abs(BIASES) < 1


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 5, "steps": 50}

    seeds: Annotated[int, AtLeast(2)] = 20
    """Nets with weights of their own."""
    steps: Annotated[int, AtLeast(1)] = 200
    """Steps of gradient descent, one sample each."""


def experiment(config: Config, record: RunRecord) -> None:
    """Watch nets learn, and compare the ways of their weights."""
    seen = watch(config)
    judge_insights(record, seen)
    activation, slope, out_of, into = (values.mean(axis=0) for values in seen)
    record.add_figure(
        "slow",
        plot_slow(seen),
        caption="How far the weights of each unit have traveled: those out of a unit follow its "
        "activation, those into it follow its slope.",
    )
    record.answer(
        "Weights out of units that are off, and into units that are off or full on: over units "
        f"with biases from {BIASES[0]:g} to {BIASES[-1]:g} the way traveled goes with the "
        f"activation (correlation {np.corrcoef(activation, out_of)[0, 1]:.3f}) and with the slope "
        f"({np.corrcoef(slope, into)[0, 1]:.3f}), means of {len(seen.out_of)} nets.",
        limits="One layer of sigmoid units, one kind of data; other activations saturate "
        "elsewhere.",
    )


def watch(config: Config) -> SlowWeights:
    """Watch several nets, `(seeds, units)` for each name."""
    seen = [
        watch_slow_weights(np.random.default_rng([config.seed, number]), config.steps)
        for number in range(config.seeds)
    ]
    return SlowWeights(*(np.array(values) for values in zip(*seen, strict=True)))


def judge_insights(record: RunRecord, seen: SlowWeights) -> None:
    """Judge lecture D's two insights by how far weights have traveled, seed by seed."""
    seeds = len(seen.out_of)
    ratio = seen.out_of[:, QUIET].mean(axis=1) / seen.out_of[:, ACTIVE].mean(axis=1)
    interval = stats.mean_interval(ratio)
    record.judge(
        "D-low-activation",
        f"their weights travel {ratio.mean():.1%} as far",
        below=0.5,
        how=f"{seeds} nets whose hidden units differ in the bias only: units with a about "
        f"{seen.activation[:, QUIET].mean():.3f} against those with a above .5.",
        interval=interval,
    )
    ratio = seen.into[:, SATURATED].mean(axis=1) / seen.into[:, STEEP].mean(axis=1)
    interval = stats.mean_interval(ratio)
    record.judge(
        "D-saturation",
        f"their weights travel {ratio.mean():.1%} as far",
        below=0.5,
        how=f"{seeds} nets whose hidden units differ in the bias only: units with σ' about "
        f"{seen.slope[:, SATURATED].mean():.3f} against those with "
        f"{seen.slope[:, STEEP].mean():.3f}.",
        interval=interval,
    )


def plot_slow(seen: SlowWeights) -> Figure:
    """Draw how far weights have traveled beside what the fourth equation has them follow."""
    panels = {
        "Weights out of a unit": ("a", seen.activation, seen.out_of),
        "Weights into a unit": ("σ'(z)", seen.slope, seen.into),
    }
    look = plots.style.looks(["way", "followed"])
    with plots.style.figure() as figure:
        for axes, (title, (symbol, followed, way)) in zip(
            figure.subplots(1, 2), panels.items(), strict=True
        ):
            mean = way.mean(axis=0)
            scaled = followed.mean(axis=0) * mean.max() / followed.mean(axis=0).max()
            axes.plot(BIASES, mean, "o", color=look["way"].color, label="way traveled")
            axes.plot(BIASES, scaled, "--", color=look["followed"].color, label=f"{symbol}, scaled")
            axes.set(
                xlabel="bias of the hidden unit, its mean z",
                ylabel="way traveled, Σ|Δw|",
                title=title,
            )
            axes.set_ylim(0, mean.max() * 1.3)
            axes.legend(loc="upper left", ncols=2)
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
