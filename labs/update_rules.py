"""Does Keras run the rules on the slides?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.update_rules
Quick: python -m labs.update_rules --quick
Try:   --steps 1       how far apart are the slide's Adam and Keras's in the first step?
       --steps 1000    does the missing correction wear off?

The lecture writes down momentum, Adagrad, RMSProp and Adam. Each rule, written by hand, gets
the same gradients as Keras's optimizer of that name; where they part, the change that makes
the two one is found.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")

RATE = 2.0**-7
"""Exact in the float32 in which Keras holds a rate, so that only the rules are compared."""
CHANGES = 20
SCALES = 10.0 ** -np.arange(6)
"""Sizes of the gradients of the six parameters."""
FLOAT32_ROUNDING = 1e-5
"""What is left between one rule and another program of it: Keras holds β₁, β₂ and Adagrad's .1
in float32, and 1 − β₂ of that is off by 1e-5, relative."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"steps": 50}

    steps: Annotated[int, AtLeast(1)] = 100
    """Steps for which each rule and Keras's optimizer get the same gradients."""


def experiment(config: Config, record: RunRecord) -> None:
    """Give each rule and Keras's optimizer the same gradients, and see where they part."""
    gaps = compare_rules(config)
    record.add_table("rules", [{"rule": rule} | gap for rule, gap in gaps.items()])
    judge_rules(record, gaps, config.steps)
    judge_sum(record, config.seed)
    judge_rates(record)
    judge_changes(record, config.seed)
    ratio = adam_ratio(np.arange(1, 1001))
    named = ("momentum", "Adagrad", "RMSProp", "Adam")
    same = [rule for rule in named if gaps[rule]["gap, at most"] < FLOAT32_ROUNDING]
    record.answer(
        f"As they stand only {' and '.join(same) or 'none'}: momentum needs another rate, Adagrad "
        "another start. Without bias correction the lecture's Adam begins with steps "
        f"{gaps['Adam']['first step']:.2f} times as long as Keras's; with a constant gradient they "
        f"grow to {ratio.max():.2f} times and are {ratio[-1]:.2f} times as long at step 1,000.",
        limits="Keras's defaults for everything that the slides leave open.",
    )
    record.add_figure(
        "adam",
        plot_adam(),
        caption="How much longer the steps of the slide's Adam are than Keras's, with a constant "
        "gradient.",
    )


def compare_rules(config: Config) -> dict[str, dict[str, float]]:
    """Give each rule and Keras's optimizer the same gradients.

    Returns:
        For each rule the length of its first step, of the largest parameter, as a multiple
        of Keras's, and how far θ is from Keras's after all steps, relative to the way gone,
        for the largest and the smallest gradients and at most.
    """
    noise = np.random.default_rng(config.seed).normal(size=(config.steps, len(SCALES)))
    gradients = (1 + noise) * SCALES
    optimizers = keras.optimizers
    momentum = follow_keras(optimizers.SGD(RATE, momentum=0.9), gradients)
    adagrad = follow_keras(optimizers.Adagrad(RATE), gradients)
    rmsprop = follow_keras(optimizers.RMSprop(RATE), gradients)
    adam = follow_keras(optimizers.Adam(RATE), gradients)
    pairs: dict[str, tuple[rules.Rule, np.ndarray, dict[str, float]]] = {
        "momentum": (rules.momentum, momentum, {}),
        "momentum, rate λ/(1 − β₁)": (rules.momentum, momentum, {"rate": RATE / (1 - 0.9)}),
        "Keras's momentum by hand": (rules.keras_momentum, momentum, {}),
        "Adagrad": (rules.adagrad, adagrad, {}),
        "Adagrad, g from .1": (rules.adagrad, adagrad, {"accumulator": 0.1}),
        "RMSProp": (rules.rmsprop, rmsprop, {}),
        "Adam": (rules.adam, adam, {}),
        "Adam, corrected": (rules.corrected_adam, adam, {}),
        "Keras's Adam by hand": (rules.keras_adam, adam, {}),
    }
    start = np.zeros(len(SCALES))
    return {
        name: measure_gap(
            rules.descend(
                rule,
                lambda theta, step: gradients[step],
                start,
                config.steps,
                **{"rate": RATE, **settings},
            ),
            reference,
        )
        for name, (rule, reference, settings) in pairs.items()
    }


def follow_keras(optimizer: Any, gradients: np.ndarray) -> np.ndarray:
    """Apply a Keras optimizer to a float64 variable, `(steps + 1, parameters)`."""
    theta = keras.Variable(np.zeros(gradients.shape[1]), dtype="float64")
    path = [theta.numpy()]
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [theta])
        path.append(theta.numpy())
    return np.stack(path)


def measure_gap(path: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Compare two paths from the origin, `(steps + 1, parameters)`."""
    gap = np.abs(path[-1] - reference[-1]) / np.abs(reference[-1])
    return {
        "first step": float(path[1, 0] / reference[1, 0]),
        "gap, largest gradients": float(gap[0]),
        "gap, smallest gradients": float(gap[-1]),
        "gap, at most": float(gap.max()),
    }


def judge_rules(record: RunRecord, gaps: Mapping[str, Mapping[str, float]], steps: int) -> None:
    """Judge whether the rules on the slides are what Keras runs."""
    corrected, by_hand = gaps["Adam, corrected"], gaps["Keras's Adam by hand"]

    def judge(id: str, rule: str, how: str) -> None:
        gap = gaps[rule]["gap, at most"]
        measured = f"{rule}: after {steps} steps θ differs by {gap:.1e}, relative"
        record.judge(id, measured, holds=gap < FLOAT32_ROUNDING, how=how)

    judge(
        "A-momentum",
        "momentum, rate λ/(1 − β₁)",
        "Keras adds λ∇L whole, without (1 − β₁), so at the same λ its steps grow to 10 times "
        "the lecture's; a rate of λ/(1 − β₁) in the lecture's rule makes the two one.",
    )
    judge(
        "A-adagrad",
        "Adagrad, g from .1",
        "Keras has the same rule and the same place for ε, but its g begins at .1, so early "
        "steps for small gradients are far shorter: with gradients of 1e-5 the lecture's rule "
        f"goes {1 + gaps['Adagrad']['gap, smallest gradients']:,.0f} times as far.",
    )
    judge("A-rmsprop", "RMSProp", "Keras runs this rule as it stands, ε inside the root.")
    judge(
        "A-adam",
        "Adam",
        "Keras corrects m and g for their start at 0 and has ε outside the root. With the "
        f"correction {corrected['gap, largest gradients']:.0e} is left for gradients of 1 and "
        f"{corrected['gap, smallest gradients']:.0%} for gradients of 1e-5, smaller than "
        "√ε = 3e-4: that is the place of ε. With both changed, by hand and Keras agree to "
        f"{by_hand['gap, at most']:.0e}.",
    )


def judge_changes(record: RunRecord, seed: int) -> None:
    """Judge whether what Adagrad adds up are the parameters' changes."""
    gradients = np.random.default_rng(seed).normal(size=(CHANGES, len(SCALES))) * SCALES
    path = rules.descend(
        rules.adagrad, lambda _, step: gradients[step], np.zeros(len(SCALES)), CHANGES, rate=RATE
    )
    record.judge(
        "A-adagrad-sum",
        (np.diff(path, axis=0) ** 2).sum(axis=0),
        right=(gradients**2).sum(axis=0),
        how=f"Changes of six parameters in {CHANGES} steps by the slide's formula, squared and "
        "added up, against the g of its formula. Were g what the words say, it would grow by "
        "λ²∇L²/g a step.",
    )


def judge_sum(record: RunRecord, seed: int) -> None:
    """Judge that the slide's Adam is momentum and RMSProp in one."""
    gradients = np.random.default_rng(seed).normal(size=(100, len(SCALES))) * SCALES

    def path(rule: rules.Rule, gradients: np.ndarray) -> np.ndarray:
        start, steps = np.zeros(len(SCALES)), len(gradients)
        return rules.descend(rule, lambda theta, step: gradients[step], start, steps, rate=RATE)

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.abs(one[1:] / other[1:] - 1).max())

    still = partial(rules.adam, beta_1=0.0, beta_2=0.9)
    rmsprop = apart(path(still, gradients), path(rules.rmsprop, gradients))
    signs = np.sign(gradients)  # RMSProp finds no sizes to differ by.
    even = partial(rules.adam, beta_2=0.0, epsilon=0.0)
    momentum = apart(path(even, signs), path(rules.momentum, signs))
    record.judge(
        "A-adam-combines",
        f"with β₁ = 0 θ differs from RMSProp's by {rmsprop:.0e}, with gradients of one size from "
        f"momentum's by {momentum:.0e}, relative",
        holds=max(rmsprop, momentum) < FLOAT32_ROUNDING,
        how="100 steps of the slides' rules for six parameters; β₂ = β in the one comparison, 0 in "
        "the other.",
    )


def judge_rates(record: RunRecord) -> None:
    """Judge what Adagrad and RMSProp do to the rate of each parameter."""
    gradient = np.array([1.0, 10.0])
    adagrad, rmsprop = (
        -np.diff(
            rules.descend(rule, lambda theta, step: gradient, np.zeros(2), 1000, rate=1.0), axis=0
        )
        for rule in (rules.adagrad, rules.rmsprop)
    )
    quiet, busy = adagrad[0] / gradient
    record.judge(
        "A-adagrad-rates",
        f"rates {quiet:.3f} and {busy:.3f} for gradients 1 and 10",
        holds=bool(quiet > busy),
        how="First step of Adagrad, λ = 1. So both parameters move by the same length.",
    )
    shrunk, kept = (float(steps[-1, 0] / steps[99, 0]) for steps in (adagrad, rmsprop))
    early, late = adagrad[:100, 0].sum(), adagrad[:, 0].sum()
    record.judge(
        "A-adagrad-stalls",
        f"step 1,000 is {shrunk:.2f} of step 100; {early:.1f} gone after 100 steps, {late:.1f} "
        "after 1,000",
        holds=bool(late < 1.1 * early),
        how="A gradient of 1 all the way. Adagrad's steps are λ/√t long: they shrink, but "
        "add up to any distance, so it slows down and never stops.",
    )
    record.judge(
        "A-rmsprop-goes-on",
        f"step 1,000 is {kept:.2f} of step 100, with Adagrad {shrunk:.2f}",
        holds=kept > 0.99 > shrunk,
        how="The same gradient; the moving average forgets, so the steps keep their length.",
    )


def adam_ratio(steps: np.ndarray) -> np.ndarray:
    """Return how many times as long the slide's Adam step is as Keras's, for each step."""
    return np.array([1 / rules.bias_correction(int(step)) for step in steps])


def plot_adam() -> Figure:
    """Draw how much longer the slide's Adam steps are than Keras's."""
    steps = np.unique(np.geomspace(1, 5000, 200).astype(int))
    ratio = adam_ratio(steps)
    with plots.style.figure(9.0, 5.0) as figure:
        axes = figure.subplots()
        (line,) = axes.semilogx(steps, ratio)
        axes.axhline(1, color=plots.style.NEUTRAL, linestyle=plots.style.MARK_STYLES[0])
        marked = np.array([1, steps[ratio.argmax()], 1000])
        for step, value in zip(marked, adam_ratio(marked), strict=True):
            axes.plot(step, value, "o", color=line.get_color())
            axes.annotate(f"{value:.2f}", (step, value), xytext=(8, 5), textcoords="offset points")
        axes.set(xlabel="step", ylabel="step length, slide / Keras", ylim=(0, ratio.max() * 1.12))
        figure.suptitle("Steps of Adam without bias correction")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
