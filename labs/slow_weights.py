"""Which weights learn slowly?

Run:   python -m labs.slow_weights           about 2 s on 2 cores
Smoke: python -m labs.slow_weights --quick   about 2 s

By the fourth equation of backpropagation, ∂C/∂wⱼₖ = aₖ δⱼ, a weight out of a unit follows the
unit's activation; by the second, a weight into it follows its slope σ'(z). The lecture draws two
insights from them. This lab trains nets whose hidden units run from off to on, and measures
how far the weights travel.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand.slow_weights import BIASES, SlowWeights, watch_slow_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

QUIET, ACTIVE = BIASES < -4, BIASES > 0
SATURATED, STEEP = np.abs(BIASES) > 4, np.abs(BIASES) < 1


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 5, "steps": 50}

    seeds: int = 20
    """Nets with weights of their own, at least 2."""
    steps: int = 200
    """Steps of gradient descent, one sample each."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("steps", self.steps >= 1, "1 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    seen = watch(config)
    record.add_claims(*check_slow_weights(seen))
    record.add_findings(conclude(seen))
    record.add_figures(slow=plot_slow(seen))


def watch(config: Config) -> SlowWeights:
    """Watch several nets, `(seeds, units)` for each name."""
    seen = [
        watch_slow_weights(np.random.default_rng([config.seed, number]), config.steps)
        for number in range(config.seeds)
    ]
    return SlowWeights(*(np.array(values) for values in zip(*seen, strict=True)))


def check_slow_weights(seen: SlowWeights) -> Iterator[Claim]:
    """Check lecture D's two insights into the fourth equation."""
    insights = {
        "D-low-activation": (
            "Weights out of neurons of low activation learn slowly.",
            seen.out_of[:, QUIET].mean(axis=1) / seen.out_of[:, ACTIVE].mean(axis=1),
            f"units with a about {seen.activation[:, QUIET].mean():.3f} against those with a "
            "above .5",
        ),
        "D-saturation": (
            "Saturated sigmoids learn slowly.",
            seen.into[:, SATURATED].mean(axis=1) / seen.into[:, STEEP].mean(axis=1),
            f"units with σ' about {seen.slope[:, SATURATED].mean():.3f} against those "
            f"with {seen.slope[:, STEEP].mean():.3f}",
        ),
    }
    for name, (statement, ratio, units) in insights.items():
        interval = results.mean_interval(ratio)
        yield results.judge_statement(
            name,
            statement,
            holds=interval.high < 0.5,
            measured=f"their weights travel {ratio.mean():.1%} as far",
            note=f"{len(ratio)} nets whose hidden units differ in the bias only: {units}.",
            interval=interval,
        )


def conclude(seen: SlowWeights) -> str:
    """Say how well the way traveled follows what the equations name."""
    activation, slope, out_of, into = (values.mean(axis=0) for values in seen)
    return (
        f"Over units from off to on, biases {BIASES[0]:g} to {BIASES[-1]:g}, the way of the "
        "weights out of a unit goes with its activation (correlation "
        f"{np.corrcoef(activation, out_of)[0, 1]:.3f}), that of the weights into it with its slope "
        f"({np.corrcoef(slope, into)[0, 1]:.3f}), means of {len(seen.out_of)} nets."
    )


def plot_slow(seen: SlowWeights) -> Figure:
    """Draw how far weights have traveled beside what the fourth equation has them follow."""
    panels = {
        "Weights out of quiet units hardly move": ("a", seen.activation, seen.out_of, "out of"),
        "Weights into saturated units hardly move": ("σ'(z)", seen.slope, seen.into, "into"),
    }
    with results.style.figure() as figure:
        for axes, (title, (symbol, followed, way, where)) in zip(
            figure.subplots(1, 2), panels.items(), strict=True
        ):
            mean = way.mean(axis=0)
            scale = mean.max() / followed.mean(axis=0).max()
            axes.plot(
                BIASES, mean, "o", color=results.style.COLORS[0], label=f"weights {where} the unit"
            )
            label = f"{symbol}, scaled"
            color = results.style.COLORS[1]
            axes.plot(BIASES, scale * followed.mean(axis=0), "--", color=color, label=label)
            axes.set(
                xlabel="bias of the hidden unit, its mean z",
                ylabel="way traveled, Σ|Δw|",
                title=title,
            )
            axes.set_ylim(0, mean.max() * 1.3)
            axes.legend(loc="upper left", ncols=2)
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
