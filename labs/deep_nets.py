"""What makes a deep net learn?

Topic: activations                    Time: a minute
Run:   python -m labs.deep_nets
Quick: python -m labs.deep_nets --quick
Try:   --hidden-layers 3    does the shallower sigmoid net learn without a remedy?
       --learning-rate 1    does a larger rate make up for small gradients?

A deep sigmoid net that starts from small random weights does not learn: its gradient vanishes
towards the input. The lecture's remedies are added to it one at a time, and to nets with other
activations; ReLU, tanh and sigmoids are compared each at its best rate. Which layers fail is the
question of labs.early_layers, and what the start alone does that of labs.initialization.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture E, 2022-1
교육세션 Deep Learning (MLP); He et al. (2016), "Deep Residual Learning for Image Recognition".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader

from labs import data, plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.deep_nets import (
    FAILING,
    LEARNING,
    NORMALIZED,
    Outcome,
    Setting,
    describe,
    gain,
    train_all,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"hidden_layers": 3, "epochs": 4, "seeds": 2}

    hidden_layers: Annotated[int, Within(2, 16)] = 6
    """Hidden layers of 32 units."""
    epochs: Annotated[int, AtLeast(1)] = 10
    """Passes over the training rows, in batches of 64."""
    seeds: Annotated[int, AtLeast(2)] = 8
    """Nets in each setting."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.1
    """Rate of plain gradient descent, the same in every setting."""


EXPLODING = Setting("relu", "large")


SETTINGS = (
    FAILING,
    Setting("sigmoid", "Xavier"),
    Setting("sigmoid", "He"),
    NORMALIZED,
    FAILING._replace(clipped=True),
    FAILING._replace(skips=True),
    Setting("tanh", "random"),
    Setting("tanh", "Xavier"),
    Setting("tanh", "constant"),
    Setting("relu", "random"),
    LEARNING,
    LEARNING._replace(random_biases=True),
    EXPLODING,
    EXPLODING._replace(clipped=True),
    Setting("relu", "random", skips=True),
)
"""Those that differ in the start only follow each other: they are trained together."""
FITTING = (LEARNING, Setting("tanh", "Xavier"), Setting("sigmoid", "Xavier"))
"""Activations of hidden layers, each with the start that was made for it."""
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""From which each of them gets its own."""
ALONE = (
    FAILING,
    FAILING._replace(start="He"),
    FAILING._replace(activation="relu"),
    FAILING._replace(clipped=True),
    FAILING._replace(skips=True),
    NORMALIZED,
)
"""The failing net, and one remedy at a time."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train deep nets in many settings, and watch the gradients of three."""
    digits = data.load_digits()
    record.use_dataset(digits)

    outcomes = train_all(SETTINGS, digits, config, record.track)
    tuned = tune(digits, config, record)
    record.add_table("ranking", rank(outcomes | tuned))
    judge_remedies(record, outcomes, tuned)
    alone = [setting for setting in ALONE if setting != FAILING]
    mends = [s for s in alone if stats.mean_interval(gain(outcomes, FAILING, s)).low > 0]
    record.answer(
        f"Of the remedies added alone to {FAILING} ({outcomes[FAILING].test.mean():.3f}) these are "
        f"shown to help: {'; '.join(map(str, mends)) or 'none'}. Test accuracies: "
        + "; ".join(f"{s}: {outcomes[s].test.mean():.3f}" for s in (*alone, LEARNING))
        + ".",
        limits="Nets of 32 units a layer, plain descent, at one rate for all settings but three: a "
        "rate of its own might change a setting's place.",
    )
    record.add_figure(
        "remedies",
        plot_remedies(digits.name, outcomes),
        caption="Test accuracies of all settings, sorted: a dot a start, the line is the mean with "
        "its 95% interval.",
    )


def tune(digits: data.Dataset, config: Config, record: RunRecord) -> dict[Setting, Outcome]:
    """Train each activation at the rate that is its best on held-out training rows."""
    train, held_out = data.split(digits.train, 0.2, config.seed)
    candidates = [setting._replace(rate=rate) for setting in FITTING for rate in RATES]
    inner = replace(digits, train=train, test=held_out)
    tried = train_all(candidates, inner, config, record.track)
    return train_all(
        [best_rate(tried, setting) for setting in FITTING], digits, config, record.track
    )


def best_rate(tried: Mapping[Setting, Outcome], setting: Setting) -> Setting:
    """Return a setting with the rate at which it was most accurate."""
    own = [candidate for candidate in tried if candidate._replace(rate=None) == setting]
    return max(own, key=lambda candidate: tried[candidate].test.mean())


def rank(outcomes: Mapping[Setting, Outcome]) -> list[dict[str, Any]]:
    """List the settings, the most accurate first."""
    ordered = sorted(outcomes, key=lambda setting: -outcomes[setting].test.mean())
    return [
        {
            "setting": str(setting),
            "test accuracy": float(outcomes[setting].test.mean()),
            "loss": float(f"{outcomes[setting].losses.mean():.4g}"),
        }
        for setting in ordered
    ]


def judge_remedies(
    record: RunRecord, outcomes: Mapping[Setting, Outcome], tuned: Mapping[Setting, Outcome]
) -> None:
    """Judge lecture E's four remedies for vanishing gradients, its ReLU, and two of lecture A's.

    Args:
        record: Takes the verdicts.
        outcomes: Of nets at one rate.
        tuned: Of nets with ReLU, tanh and sigmoids, each at its best rate.
    """
    relu, sigmoid_he = Setting("relu", "random"), Setting("sigmoid", "He")
    outcomes = {**outcomes, **tuned}

    def judge(id: str, *cases: tuple[Setting, Setting], remark: str = "") -> None:
        """Judge a remedy by what it does to each net that fails; they may disagree."""
        gains = [gain(outcomes, failing, mended) for failing, mended in cases]
        intervals = [stats.mean_interval(own) for own in gains]
        helps = [interval.low > 0 for interval in intervals]
        told = "; ".join(
            f"{failing} to {mended} {own.mean():+.3f} ({low:+.3f} to {high:+.3f})"
            for (failing, mended), own, (low, high) in zip(cases, gains, intervals, strict=True)
        )
        how = f"Test accuracy gained over {len(gains[0])} starts: {told}. {remark}".strip()
        measured = "; ".join(describe(outcomes, *case) for case in cases)
        if len(set(helps)) > 1:
            record.judge(id, measured, holds=helps, how=how)
        else:
            record.judge(id, measured, above=0, interval=intervals[0], how=how)

    judge("E-remedy-batch-normalization", (FAILING, NORMALIZED))
    judge(
        "E-remedy-initialization",
        (FAILING, sigmoid_he),
        (relu, LEARNING),
        remark="Alone it mends a ReLU net, not a sigmoid net.",
    )
    relus = (FAILING, relu), (sigmoid_he, LEARNING)
    remark = "With small random weights ReLU's gradients vanish too; with He's they do not."
    judge("A-remedy-relu", *relus, remark=remark)
    judge("E-remedy-activation", *relus, remark=remark)
    judge(
        "A-remedy-resnet",
        *((failing, failing._replace(skips=True)) for failing in (FAILING, relu)),
        remark="The skips hand the gradient on past layers whose weights make it small.",
    )
    hidden_relu, *others = tuned
    remark = "That ReLU is often used is the lecture's word; that it should be is our test."
    judge("E-hidden-relu", *((other, hidden_relu) for other in others), remark=remark)
    exploding = describe(outcomes, EXPLODING, EXPLODING._replace(clipped=True))
    remark = f"It only shortens long gradients. It helps where they explode: {exploding}."
    judge("E-remedy-clipping", (FAILING, FAILING._replace(clipped=True)), remark=remark)


def plot_remedies(name: str, outcomes: Mapping[Setting, Outcome]) -> Figure:
    """Draw the test accuracies of all settings, the best first."""
    ranked = sorted(outcomes, key=lambda setting: -outcomes[setting].test.mean())
    return plots.plot_seeds(
        name,
        "deep nets in all settings",
        {str(setting): outcomes[setting].test for setting in ranked},
        {"guessing": 0.1},
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
