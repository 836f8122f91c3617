"""Which way down?

Run:   python -m labs.optimizers           about 15 s on 2 cores
Smoke: python -m labs.optimizers --quick   about 8 s

The lecture writes down momentum, Adagrad, RMSProp and Adam. This lab sets its rules beside
Keras's on the same gradients, lets them loose on a ravine, a saddle, a plateau and between two
minima, lowers the learning rate in steps, and has the optimizers race on pictures of digits,
each with a rate that was chosen for it on validation rows.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA
DLI; lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.progress import track

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import landscapes, logistic_regression
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
matplotlib = lazy_loader.load("matplotlib")
tf = lazy_loader.load("tensorflow")

KERAS_RATE = 2.0**-7
"""Exact in the float32 in which Keras holds a rate, so that only the rules are compared."""
SCALES = 10.0 ** -np.arange(6)
FLOAT32_ROUNDING = 1e-5
"""What is left between one rule and another program of it: Keras holds β₁, β₂ and Adagrad's .1
in float32, and 1 − β₂ of that is off by 1e-5, relative."""
RULES: Mapping[str, tuple[rules.Rule, float]] = {
    "gradient descent": (rules.gradient_descent, 0.018),
    "momentum": (rules.momentum, 0.1),
    "Adagrad": (rules.adagrad, 0.5),
    "RMSProp": (rules.rmsprop, 0.03),
    "Adam": (rules.adam, 0.05),
}
"""The lecture's rules, each with a rate that takes it down the ravine."""
KERAS_ADAM = "Keras's Adam by hand"
STEEPNESSES = (10, 25, 100, 400)
PATH_STEPS = 150
LANDSCAPES: Mapping[str, tuple[Callable[..., Any], Callable[..., Any], tuple[float, float]]] = {
    "ravine": (landscapes.ravine, landscapes.ravine_gradient, (-4.0, 1.2)),
    "saddle": (landscapes.saddle, landscapes.saddle_gradient, (-1.5, 1e-3)),
    "plateau": (landscapes.plateau, landscapes.plateau_gradient, (-3.0, 2.5)),
}
TRUE_FREQUENCY, SINE_RATE = 2.0, 0.1
LEAVING_BATCHES = (1, 4, 10, 40)
OPTIMIZERS: Mapping[str, tuple[str, dict[str, float], float]] = {
    "SGD": ("SGD", {}, 0.3),
    "momentum": ("SGD", {"momentum": 0.9}, 0.03),
    "Adagrad": ("Adagrad", {}, 0.1),
    "RMSprop": ("RMSprop", {}, 0.003),
    "Adam": ("Adam", {}, 0.01),
}
"""Keras's class, its arguments and the middle of its grid of rates.

The middles are the best of a wide grid on the validation rows of one split; a lab that finds
its best rate at the end of a grid says so.
"""
HIDDEN_UNITS, BATCH_SIZE, VALIDATION_FRACTION = 32, 32, 0.25
DECAY_EPOCHS, DECAY_BATCH, DECAY_RATES = 100, 16, (0.003, 0.03, 0.3)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "rates": 1, "epochs": 3, "starts": 100, "decay_seeds": 4}

    seeds: int = 6
    """Nets of each optimizer and rate in the race, at least 2."""
    rates: int = 3
    """Learning rates to choose from, an odd number, each √10 times the one before."""
    epochs: int = 5
    """Passes over the training rows in the race."""
    starts: int = 400
    """Starting points, and runs with noise, on the loss with two minima, at least 20."""
    decay_seeds: int = 10
    """Trainings with each learning rate, with and without step decay, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("rates", self.rates >= 1 and self.rates % 2 == 1, "an odd number")
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("starts", self.starts >= 20, "20 or more")
        self.require("decay_seeds", self.decay_seeds >= 2, "2 or more")


@dataclass(frozen=True)
class Racer:
    """What one optimizer did on the digits.

    Attributes:
        name: Name of the optimizer.
        rates: The rates it could choose from.
        validation_loss: `(rates, seeds)`, infinite where the training broke down.
        train_loss: `(rates, seeds, epochs)`.
        chosen: Index of the rate with the least mean validation loss.
        test: Test accuracy with that rate, `(seeds,)`.
    """

    name: str
    rates: Sequence[float]
    validation_loss: np.ndarray
    train_loss: np.ndarray
    chosen: int
    test: np.ndarray

    @property
    def rate(self) -> float:
        """The rate that was chosen."""
        return self.rates[self.chosen]


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    gaps = compare_rules(config.seed)
    record.add_table("rules", [{"rule": rule} | gap for rule, gap in gaps.items()])
    record.add_claims(*check_rules(gaps), *check_rates_of_rules())

    paths = walk_landscapes()
    record.add_table("landscapes", describe_paths(paths))
    record.add_claims(*check_gradient_descent(paths), *check_learning_rates())
    record.add_claims(*check_momentum(config.seed), check_plateau(paths))

    fit = make_sine_fit(config.seed)
    ends = end_points(fit, config)
    left = leave_local_minimum(fit, config)
    record.add_table("leaving", describe_leaving(left, config.starts))
    record.add_claims(*check_local_minima(ends), check_leaving(left, config.starts))

    excess = train_with_step_decay(config)
    record.add_table("step_decay", describe_decay(excess))
    record.add_claims(*check_step_decay(excess))

    digits = data.load_mnist("digits")
    record.use_dataset(digits)
    racers = race(digits, config)
    record.add_table("race", [describe_racer(racer) for racer in racers])
    for racer in racers:
        record.save_history(
            racer.name.lower(), {"loss": racer.train_loss[racer.chosen].mean(axis=0)}
        )
    record.add_claims(check_race(racers))
    record.add_findings(*conclude(gaps, racers, excess))
    record.add_figures(
        landscapes=plot_landscapes(paths, fit, ends),
        adam=plot_adam(),
        leaving=plot_leaving(fit, left, config.starts),
        step_decay=plot_decay(excess),
        race=plot_race(digits.name, racers),
        seeds=results.plot_seeds(
            digits.name,
            f"{config.epochs} epochs, each optimizer at its own best rate",
            {f"{racer.name}, rate {racer.rate:.2g}": racer.test for racer in racers},
        ),
    )


def compare_rules(seed: int, steps: int = 100) -> dict[str, dict[str, float]]:
    """Give each rule and Keras's optimizer the same gradients.

    The six parameters have gradients of size 1, .1, ... 1e-5.

    Returns:
        For each rule the length of its first step, of the largest parameter, as a multiple
        of Keras's, and how far θ is from Keras's after all steps, relative to the way gone,
        for the largest and the smallest gradients and at most.
    """
    gradients = (1 + np.random.default_rng(seed).normal(size=(steps, len(SCALES)))) * SCALES
    optimizers = keras.optimizers
    sgd = optimizers.SGD(KERAS_RATE, momentum=0.9)
    adagrad, adam = optimizers.Adagrad(KERAS_RATE), optimizers.Adam(KERAS_RATE)
    by_keras = {
        "momentum": keras_path(sgd, gradients),
        "adagrad": keras_path(adagrad, gradients),
        "rmsprop": keras_path(optimizers.RMSprop(KERAS_RATE), gradients),
        "adam": keras_path(adam, gradients),
    }
    pairs: dict[str, tuple[rules.Rule, str, dict[str, float]]] = {
        "momentum": (rules.momentum, "momentum", {}),
        "momentum, rate λ/(1 − β₁)": (rules.momentum, "momentum", {"rate": KERAS_RATE / (1 - 0.9)}),
        "Keras's momentum by hand": (rules.keras_momentum, "momentum", {}),
        "Adagrad": (rules.adagrad, "adagrad", {}),
        "Adagrad, g from .1": (rules.adagrad, "adagrad", {"accumulator": 0.1}),
        "RMSProp": (rules.rmsprop, "rmsprop", {}),
        "Adam": (rules.adam, "adam", {}),
        "Adam, corrected": (rules.corrected_adam, "adam", {}),
        KERAS_ADAM: (rules.keras_adam, "adam", {}),
    }
    gaps = {}
    for name, (rule, optimizer, settings) in pairs.items():
        path = rules.descend(
            rule,
            lambda theta, step: gradients[step],
            np.zeros(len(SCALES)),
            steps,
            **{"rate": KERAS_RATE, **settings},
        )
        gaps[name] = measure_gap(path, by_keras[optimizer])
    return gaps


def keras_path(optimizer: Any, gradients: np.ndarray) -> np.ndarray:
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


def check_rules(gaps: Mapping[str, Mapping[str, float]]) -> Iterator[Claim]:
    """Check whether the rules on the slides are what Keras runs."""
    checks = [
        (
            "A-momentum",
            "m ← β₁m + (1 − β₁)∇L; θ ← θ − λm",
            "momentum, rate λ/(1 − β₁)",
            "Keras adds λ∇L whole, without (1 − β₁), so at the same λ its steps grow to 10 times "
            "the lecture's; a rate of λ/(1 − β₁) in the lecture's rule makes the two one.",
        ),
        (
            "A-adagrad",
            "g ← g + ∇L²; θ ← θ − λ/√(g + ε) ∇L",
            "Adagrad, g from .1",
            "Keras has the same rule and the same place for ε, but its g begins at .1, so early "
            "steps for small gradients are far shorter: with gradients of 1e-5 the lecture's rule "
            f"goes {1 + gaps['Adagrad']['gap, smallest gradients']:,.0f} times as far.",
        ),
        (
            "A-rmsprop",
            "g ← βg + (1 − β)∇L²; θ ← θ − λ/√(g + ε) ∇L",
            "RMSProp",
            "Keras runs this rule as it stands, ε inside the root.",
        ),
        (
            "A-adam",
            "θ ← θ − λ/√(g + ε) m",
            "Adam",
            "Keras corrects m and g for their start at 0 and has ε outside the root. With the "
            f"correction {gaps['Adam, corrected']['gap, largest gradients']:.0e} is left for "
            f"gradients of 1 and {gaps['Adam, corrected']['gap, smallest gradients']:.0%} for "
            "gradients of 1e-5, smaller than √ε = 3e-4: that is the place of ε. With both changed, "
            f"by hand and Keras agree to {gaps[KERAS_ADAM]['gap, at most']:.0e}.",
        ),
    ]
    for id, published, rule, note in checks:
        gap = gaps[rule]["gap, at most"]
        yield results.judge_statement(
            id,
            "The rule of the slide is what Keras's optimizer runs.",
            published=published,
            holds=gap < FLOAT32_ROUNDING,
            measured=f"{rule}: after 100 steps θ differs by {gap:.1e}, relative",
            note=note,
        )


def check_rates_of_rules() -> Iterator[Claim]:
    """Check what Adagrad and RMSProp do to the rate of each parameter."""
    ones = np.ones(2) * np.array([1.0, 10.0])
    moved = {
        name: np.abs(
            np.diff(
                rules.descend(rule, lambda theta, step: ones, np.zeros(2), 1000, rate=1.0), axis=0
            )
        )
        for name, rule in {"Adagrad": rules.adagrad, "RMSProp": rules.rmsprop}.items()
    }
    quiet, busy = moved["Adagrad"][0] / ones
    yield results.judge_statement(
        "A-adagrad-rates",
        "Parameters that change little get a larger rate, those that change much a smaller one.",
        holds=bool(quiet > busy),
        measured=f"rates {quiet:.3f} and {busy:.3f} for gradients 1 and 10",
        note="First step of Adagrad, λ = 1. So both parameters move by the same length.",
    )
    adagrad, rmsprop = (steps[-1, 0] / steps[99, 0] for steps in moved.values())
    yield results.judge_statement(
        "A-adagrad-stalls",
        "Adagrad's rate becomes too small to go on; the moving average of RMSProp prevents it.",
        holds=bool(adagrad < 0.5 and rmsprop > 0.99),
        measured=f"step 1,000 is {adagrad:.2f} of step 100 for Adagrad, {rmsprop:.2f} for RMSProp",
        note="A gradient of 1 all the way. Adagrad's steps are λ/√t long: they shrink, but "
        "add up to any distance, so it slows down and never stops.",
    )


def walk_landscapes() -> dict[str, dict[str, np.ndarray]]:
    """Follow each rule on each landscape, `(PATH_STEPS + 1, 2)` each."""
    return {
        place: {
            name: rules.descend(rule, ignore_step(gradient), np.array(start), PATH_STEPS, rate=rate)
            for name, (rule, rate) in RULES.items()
        }
        for place, (_, gradient, start) in LANDSCAPES.items()
    }


def ignore_step(gradient: Callable[..., Any]) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return the gradient as a function of θ and of the step, which it does not need."""
    return lambda theta, step: gradient(theta)


def describe_paths(paths: Mapping[str, Mapping[str, np.ndarray]]) -> list[dict[str, Any]]:
    """Return a row for each rule: the loss at which it ends on each landscape."""
    return [
        {"rule": name, "rate": rate}
        | {f"{p}: last loss": float(LANDSCAPES[p][0](paths[p][name][-1])) for p in paths}
        for name, (_, rate) in RULES.items()
    ]


def check_gradient_descent(paths: Mapping[str, Mapping[str, np.ndarray]]) -> Iterator[Claim]:
    """Check that θ ← θ − λ∇L goes down until nothing changes any more."""
    path = rules.descend(
        rules.gradient_descent,
        ignore_step(landscapes.ravine_gradient),
        paths["ravine"]["gradient descent"][0],
        2000,
        rate=RULES["gradient descent"][1],
    )
    loss = landscapes.ravine(path)
    change = float(np.abs(path[-1] - path[-2]).max())
    yield results.judge_statement(
        "A-gradient-descent",
        "Repeating θ ← θ − λ∇L from any start lowers the loss until θ no longer changes.",
        published="θ ← θ − λ∇L(θ)",
        holds=bool(np.all(np.diff(loss) <= 0)) and change < 1e-12,
        measured=f"loss {loss[0]:.3g} to {loss[-1]:.1e}, last change of θ {change:.1e}",
        note="2,000 steps in the ravine; the loss fell in each of them. θ stops changing where the "
        "gradient is 0, which need not be the best minimum.",
    )


def ravine_losses(
    rates: ArrayLike,
    steps: int,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> np.ndarray:
    """Return the loss at each step down the ravine for each rate, `(steps + 1, rates)`."""
    rates = np.atleast_1d(rates)
    starts = np.tile(LANDSCAPES["ravine"][2], (len(rates), 1))

    def gradient(theta: np.ndarray, step: int) -> np.ndarray:
        return landscapes.ravine_gradient(theta, steepness)

    with np.errstate(over="ignore", invalid="ignore"):  # Rates too large are tried as well.
        path = rules.descend(rule, gradient, starts, steps, rate=rates[:, None])
        return landscapes.ravine(path, steepness)


def steps_to_floor(
    rates: ArrayLike,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> int:
    """Return after how many steps the loss stays below a millionth of the first.

    Of several rates the best one counts; 3,000 stands for never.
    """
    losses = ravine_losses(rates, 3000, rule, steepness)
    above = ~(losses < losses[0] * 1e-6)
    return int((3001 - above[::-1].argmax(axis=0)).min().clip(max=3000))


def check_learning_rates() -> Iterator[Claim]:
    """Check what rates too small, right and too large do in the ravine."""
    limit = 2 / landscapes.STEEPNESS
    best = 2 / (1 + landscapes.STEEPNESS)
    right, small = steps_to_floor(best), steps_to_floor(best / 10)
    crawling = ravine_losses(best / 10, 500)
    path = "a ravine 100 times as steep across as along"
    yield results.judge_statement(
        "A-rate-too-small",
        "Too small a learning rate is stable but slow.",
        holds=small > 5 * right and bool(np.all(np.diff(crawling, axis=0) < 0)),
        measured=f"{small:,} steps with a tenth of the best rate, {right:,} with the best",
        note=f"Steps until the loss stays below a millionth of the first, in {path}.",
    )
    stable, diverging = ravine_losses([limit * 0.99, limit * 1.01], 300).T
    half, near, closest = (steps_to_floor(limit * part) for part in (0.5, 0.99, 0.999))
    diverges = bool(stable[-1] < stable[0] and diverging[-1] > diverging[0])
    yield results.judge_statement(
        "A-rate-too-large",
        "Too large a learning rate is fast but unstable.",
        holds=diverges and near < half,
        measured=f"{near:,} steps at .99 of the limit, {half:,} at half of it, never at 1.01",
        note=f"Same ravine; the limit is λ = {limit}. Up to it a larger rate is faster; beyond it "
        "the steps jump from wall to wall, each time further up. Fast has its end before: at "
        f".999 of the limit it takes {closest:,} steps{' or more' if closest == 3000 else ''}.",
    )
    yield results.judge_statement(
        "D-rate-diverges",
        "With a wrong learning rate the training can diverge.",
        holds=diverges,
        measured=f"after 300 steps {diverging[-1] / diverging[0]:.3g} times the first loss at 1.01 "
        f"times the limit, {stable[-1] / stable[0]:.2g} times at .99",
        note=f"The limit is 2 divided by the largest curvature, 2/100 = {limit}.",
    )


def check_momentum(seed: int) -> Iterator[Claim]:
    """Check that momentum is faster in a ravine and gets away from a saddle."""
    counts = {}
    for steepness in STEEPNESSES:
        grid = np.geomspace(0.1, 100, 90) / steepness
        counts[steepness] = [
            steps_to_floor(grid, rule, steepness)
            for rule in (rules.gradient_descent, rules.momentum)
        ]
    yield results.judge_statement(
        "A-momentum-faster",
        "Inertia makes learning faster.",
        holds=all(heavy < plain for plain, heavy in counts.values()),
        measured="steps with momentum and without: "
        + ", ".join(
            f"{heavy:,} and {plain:,} (ravine {s}:1)" for s, (plain, heavy) in counts.items()
        ),
        note="Down ravines of several steepnesses, each rule at its best of 90 rates. Momentum "
        "pays where a ravine is steep; in a mild one the inertia, β₁ = .9, has to swing out first.",
    )
    starts = np.stack([np.full(200, -1.5), np.random.default_rng(seed).normal(0, 1e-3, 200)], 1)
    medians = []
    for name in ("gradient descent", "momentum"):
        rule, rate = RULES[name]
        path = rules.descend(rule, ignore_step(landscapes.saddle_gradient), starts, 2000, rate=rate)
        medians.append(float(np.median(np.argmax(np.abs(path[..., 1]) > 0.5, axis=0))))
    ridge = rules.descend(
        rules.momentum,
        ignore_step(landscapes.saddle_gradient),
        np.array([-1.5, 0.0]),
        2000,
        rate=RULES["momentum"][1],
    )
    yield results.judge_statement(
        "A-momentum-saddle",
        "Momentum solves the problem of saddle points.",
        holds=0 < medians[1] < medians[0],
        measured=f"{medians[1]:.0f} steps with momentum, {medians[0]:.0f} without, the medians",
        note="200 starts within about .001 of the ridge, each rule with its rate for the ravine: "
        "there momentum bears a larger one, and that is the gain. From the ridge itself it ends "
        f"at height {ridge[-1, 1]:.0f}, on the saddle: where the gradient is 0, so is its average.",
    )


def check_plateau(paths: Mapping[str, Mapping[str, np.ndarray]]) -> Claim:
    """Check that gradient descent stops on a plateau."""
    last = {name: float(landscapes.plateau(path[-1])) for name, path in paths["plateau"].items()}
    across = [name for name, loss in last.items() if loss < 0.5]
    return results.judge_statement(
        "D-plateau",
        "Gradient descent can stop on a plateau.",
        holds=last["gradient descent"] > 0.99,
        measured=f"loss {last['gradient descent']:.3f} of 1 after {PATH_STEPS} steps",
        note="It does not stop for good, but where the gradient is 5e-4, it hardly moves. Down the "
        f"hole came {', '.join(across) or 'none'}: rules that divide by the size of the gradient.",
    )


def make_sine_fit(seed: int) -> landscapes.SineFit:
    """Return 40 points of sin(2x) with noise; the frequency is to be found again."""
    x = np.linspace(-3, 3, 40)
    noise = np.random.default_rng(seed).normal(0, 0.3, len(x))
    return landscapes.SineFit(x, np.sin(TRUE_FREQUENCY * x) + noise)


def end_points(fit: landscapes.SineFit, config: Config) -> dict[str, np.ndarray]:
    """Let each rule fit the frequency from many starts between 0 and 6, `(starts,)` each."""
    starts = np.random.default_rng(config.seed).uniform(0, 6, config.starts)
    return {
        name: rules.descend(rule, ignore_step(fit.gradient), starts, 300, rate=rate)[-1]
        for name, (rule, rate) in RULES.items()
    }


def is_found(frequency: np.ndarray) -> np.ndarray:
    """Tell whether a frequency is that of the better minimum."""
    return np.abs(frequency - TRUE_FREQUENCY) < 0.3


def check_local_minima(ends: Mapping[str, np.ndarray]) -> Iterator[Claim]:
    """Check that every rule gets stuck, and that other starts help."""
    found: dict[str, np.ndarray] = {name: is_found(end) for name, end in ends.items()}
    plain, heavy = found["gradient descent"], found["momentum"]
    tries = plain.size
    stuck = ", ".join(f"{name} {1 - f.mean():.0%}" for name, f in found.items())
    yield results.judge_statement(
        "A-local-minima",
        "The gradient becomes 0 although the loss is not at its best, for all kinds of descent.",
        holds=all(not f.all() for f in found.values()),
        measured=f"in a worse place after 300 steps: {stuck}",
        note=f"A sine's frequency fitted to 40 points from {tries} random starts between 0 and 6.",
    )
    yield results.judge_statement(
        "A-momentum-local-minima",
        "Momentum solves the problem of local minima.",
        holds=bool(heavy.all()),
        measured=f"{heavy.mean():.0%} of the starts find the better minimum, {plain.mean():.0%} "
        "without momentum",
        note="The same starts. Momentum rolls over bumps that are small against its way; here the "
        "wall between the minima is higher than what it brings along.",
    )
    missed = tries - int(plain.sum())
    interval = results.wilson_interval(missed, tries)
    yield results.judge_statement(
        "D-local-minima",
        "Gradient descent can end in a local minimum.",
        holds=interval.low > 0 and missed > 0,
        measured=f"{missed} of {tries} starts",
        note="The full gradient on the sine fit; the interval is that of the share of starts.",
        interval=interval,
    )
    of_five = np.any(plain[: tries // 5 * 5].reshape(-1, 5), axis=1)
    better = results.wilson_interval(int(of_five.sum()), of_five.size)
    yield results.judge_statement(
        "D-remedy-initialization",
        "A good initialization is a remedy.",
        holds=better.low > plain.mean(),
        measured=f"{plain.mean():.0%} of single starts, {of_five.mean():.0%} of the best of 5",
        note="Five random starts at a time, the one with the least loss kept; lecture A says the "
        "same, to look for good starting points again and again. The interval is that of five.",
        interval=better,
    )


def leave_local_minimum(fit: landscapes.SineFit, config: Config) -> dict[int, np.ndarray]:
    """Start in the local minimum and take steps of few rows, for each batch size.

    Returns:
        Where the runs end, `(starts,)` frequencies, after 700 steps and 300 more with a
        tenth of the rate. A batch of all rows is the full gradient.
    """
    start = np.full(config.starts, local_minimum(fit))
    rows = len(fit.x)
    ends = {}
    for size in LEAVING_BATCHES:
        rng = np.random.default_rng((config.seed, size))

        def sampled(w: np.ndarray, step: int, size: int = size, rng: Any = rng) -> np.ndarray:
            if size == rows:
                return fit.gradient(w)
            return fit.gradient(w, rng.integers(0, rows, (len(w), size)))

        w = rules.descend(rules.gradient_descent, sampled, start, 700, rate=SINE_RATE)[-1]
        w = rules.descend(rules.gradient_descent, sampled, w, 300, rate=SINE_RATE / 10)[-1]
        ends[size] = w
    return ends


def local_minimum(fit: landscapes.SineFit) -> float:
    """Return the worse minimum, which lies between 3.6 and 5.6."""
    w = np.linspace(3.6, 5.6, 2001)
    return float(w[np.argmin(fit.loss(w))])


def has_left(frequencies: np.ndarray, start: float) -> np.ndarray:
    """Tell which runs are out of the basin of the worse minimum."""
    return np.abs(frequencies - start) > 0.8


def describe_leaving(ends: Mapping[int, np.ndarray], runs: int) -> list[dict[str, Any]]:
    """Return a row for each batch size."""
    start = float(np.median(ends[max(ends)]))
    return [
        {
            "rows a step": size,
            "runs": runs,
            "left": float(has_left(w, start).mean()),
            "in the better minimum": float(is_found(w).mean()),
        }
        for size, w in ends.items()
    ]


def check_leaving(ends: Mapping[int, np.ndarray], runs: int) -> Claim:
    """Check that noise leads out of a place where the full gradient stays."""
    single, *_, full = describe_leaving(ends, runs)
    left = round(single["left"] * runs)
    interval = results.wilson_interval(left, runs)
    return results.judge_statement(
        "D-sgd-leaves",
        "Sampling lets SGD leave places where the full gradient stays.",
        holds=interval.low > 0.5 and full["left"] == 0,
        measured=f"{left} of {runs} runs with one row a step leave the local minimum, "
        f"{round(full['left'] * runs)} with all rows",
        note=f"Rate {SINE_RATE}, a tenth of it at the end. "
        f"{single['in the better minimum']:.0%} end in the better minimum, the others elsewhere: "
        "noise leads out, not to the best place.",
        interval=interval,
    )


def train_with_step_decay(config: Config) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Train logistic regression on the diabetes rows, rate constant and in steps.

    All trainings of one seed start at 0 and see the rows in the same order.

    Returns:
        For each rate how far the loss is above its minimum after each epoch, constant and
        decayed, `(seeds, epochs)` each.
    """
    train = data.load_diabetes().train
    x = np.column_stack([np.ones(len(train)), train.x / train.x.std(axis=0)])
    decay = callbacks.StepDecay()
    rates = np.array(DECAY_RATES)
    generators = [np.random.default_rng((config.seed, s)) for s in range(config.decay_seeds)]
    w = np.zeros((2, len(rates), config.decay_seeds, x.shape[1]))
    losses = []
    for epoch in range(DECAY_EPOCHS):
        now = np.stack([rates, [decay.rate_at(epoch, rate) for rate in rates]])[..., None, None]
        order = np.stack([rng.permutation(len(x)) for rng in generators])
        for first in range(0, len(x), DECAY_BATCH):
            rows = order[:, first : first + DECAY_BATCH]
            w = w - now * logistic_regression.gradient(w, x[rows], train.y[rows])
        losses.append(logistic_regression.loss(w, x, train.y))
    excess = np.stack(losses, axis=-1) - least_loss(x, train.y)
    return {rate: (excess[0, i], excess[1, i]) for i, rate in enumerate(DECAY_RATES)}


def least_loss(x: np.ndarray, y: np.ndarray) -> float:
    """Return the minimum of the logistic loss, by Newton's method."""
    w = np.zeros(x.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x / len(x)
        w = w - np.linalg.solve(hessian, logistic_regression.gradient(w, x, y))
    return float(logistic_regression.loss(w, x, y))


def describe_decay(excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> list[dict[str, Any]]:
    """Return a row for each rate: how far above its minimum the loss ends."""
    return [
        {
            "rate": rate,
            "constant": float(constant[:, -1].mean()),
            "step decay": float(decayed[:, -1].mean()),
            "constant / decay": float((constant[:, -1] / decayed[:, -1]).mean()),
        }
        for rate, (constant, decayed) in excess.items()
    ]


def check_step_decay(excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Iterator[Claim]:
    """Check the rates of step decay, and that rates must fall as training goes on."""
    decay = callbacks.StepDecay()
    rates = [decay.rate_at(epoch, 1.0) for epoch in (29, 30, 59, 60, 89, 90)]
    yield results.judge_formula(
        "A-step-decay",
        "The rate is multiplied by .1 after epochs 30, 60 and 90.",
        published=".1 after epochs 30, 60, 90",
        slide_value=[1, 0.1, 0.1, 0.01, 0.01, 0.001],
        right_value=rates,
        note="Rates of callbacks.StepDecay in epochs 29, 30, 59, 60, 89 and 90, counted from 0.",
    )
    last = np.log([[part[:, -1] for part in parts] for parts in excess.values()])
    constant, decayed = last[:, 0], last[:, 1]
    best, best_decayed = constant.mean(axis=1).argmin(), decayed.mean(axis=1).argmin()
    low, high = np.exp(results.mean_interval(constant[best] - decayed[best_decayed]))
    chosen = [list(excess)[i] for i in (best, best_decayed)]
    yield results.judge_statement(
        "A-step-decay-needed",
        "As the optimization goes on, the learning rate must become smaller.",
        holds=bool(low > 1),
        measured=f"with decay the loss ends {low:.2g} to {high:.2g} times nearer to its minimum",
        note=f"Logistic regression on the diabetes rows, {constant.shape[1]} seeds, each way at "
        f"its best of {len(excess)} rates ({chosen[0]} constant, {chosen[1]} decayed). It holds "
        "for steps of a few rows, whose noise never ends; a rate that begins too small only "
        "stops earlier.",
        interval=results.Interval(float(low), float(high)),
    )


def race(digits: data.Dataset, config: Config) -> list[Racer]:
    """Train a net with each optimizer and each rate of its grid, from the same seeds."""
    train, validation = data.split(digits.train, VALIDATION_FRACTION, config.seed)
    data.check(replace(digits, train=train), validation)
    exponents = (np.arange(config.rates) - config.rates // 2) / 2
    entries = [
        (name, [float(f"{middle * 10**e:.2g}") for e in exponents])
        for name, (_, _, middle) in OPTIMIZERS.items()
    ]
    fits = {
        (name, rate): train_nets(name, rate, train, config)
        for name, rate in track([(n, r) for n, rates in entries for r in rates], "optimizers")
    }
    racers = []
    for name, rates in entries:
        nets = [fits[name, rate] for rate in rates]
        losses = np.stack([cross_entropy(net.predict(validation.x), validation.y) for net in nets])
        chosen = int(losses.mean(axis=1).argmin())
        right = nets[chosen].predict(digits.test.x).argmax(axis=-1) == digits.test.y
        train_loss = np.stack([net.history["loss"] for net in nets])
        racers.append(Racer(name, rates, losses, train_loss, chosen, right.mean(axis=1)))
    return racers


def train_nets(name: str, rate: float, train: data.Part, config: Config) -> models.Replicas:
    """Train nets of one optimizer from several seeds."""
    kind, arguments, _ = OPTIMIZERS[name]

    def build(seed: int, x_train: np.ndarray) -> Any:
        optimizer = getattr(keras.optimizers, kind)(rate, **arguments)
        return models.build_mlp(
            x_train.shape[1:], (HIDDEN_UNITS,), 10, scale=1 / 255, optimizer=optimizer, seed=seed
        )

    return models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=range(config.seed, config.seed + config.seeds),
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        jit_compile=False,  # Compiling takes longer than these few steps do.
    )


def cross_entropy(probabilities: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean of −log p of the right class, `(seeds,)`; infinite for NaN.

    Args:
        probabilities: `(seeds, rows, classes)`.
        y: Labels, `(rows,)`.
    """
    right = probabilities[:, np.arange(len(y)), y].astype(np.float64)
    loss = -np.log(np.clip(right, 1e-7, 1)).mean(axis=1)  # Keras's limit against log 0.
    return np.where(np.isnan(loss), np.inf, loss)


def describe_racer(racer: Racer) -> dict[str, Any]:
    """Return a row of the race's table."""
    low, high = results.mean_interval(racer.test)
    return {
        "optimizer": racer.name,
        "chosen rate": racer.rate,
        "rates tried": " ".join(f"{rate:.2g}" for rate in racer.rates),
        "validation loss": float(racer.validation_loss[racer.chosen].mean()),
        "test accuracy": float(racer.test.mean()),
        "95% interval of the mean": [round(low, 4), round(high, 4)],
    }


def differences(scores: Mapping[str, np.ndarray]) -> dict[tuple[str, str], results.Interval]:
    """Compare each two optimizers seed by seed.

    Args:
        scores: For each optimizer one score a seed, `(seeds,)`; more is better.

    Returns:
        For each pair, the better one first, the interval of the mean difference. All
        intervals hold together with 95%: each has a confidence of 1 − .05/pairs.
    """
    ranked = sorted(scores, key=lambda name: -scores[name].mean())
    pairs = list(combinations(ranked, 2))
    return {
        (a, b): results.mean_interval(scores[a] - scores[b], 1 - 0.05 / len(pairs))
        for a, b in pairs
    }


def final_losses(racers: Sequence[Racer]) -> dict[str, np.ndarray]:
    """Return each optimizer's training loss in the last epoch, `(seeds,)`."""
    return {racer.name: racer.train_loss[racer.chosen, :, -1] for racer in racers}


def check_race(racers: Sequence[Racer]) -> Claim:
    """Check that the optimizers differ when compared."""
    losses = final_losses(racers)
    tests = differences({racer.name: racer.test for racer in racers})
    pairs = differences({name: -np.log(loss) for name, loss in losses.items()})
    shown = [f"{a} before {b}" for (a, b), interval in pairs.items() if interval.low > 0]
    means = sorted((loss.mean(), name) for name, loss in losses.items())
    return results.judge_statement(
        "C-optimizers-compared",
        "Adam, Adagrad, RMSprop and SGD differ in performance.",
        holds=bool(shown),
        measured="training loss in the last epoch: "
        + ", ".join(f"{name} {mean:.3f}" for mean, name in means),
        note=f"{len(racers[0].test)} seeds, each optimizer at the best rate of its grid on the "
        f"validation rows. Of {len(pairs)} differences {len(shown)} can be shown"
        + (f": {'; '.join(shown)}." if shown else ": chance is larger.")
        + f" In test accuracy {sum(i.low > 0 for i in tests.values())} can be.",
    )


def conclude(
    gaps: Mapping[str, Mapping[str, float]],
    racers: Sequence[Racer],
    excess: Mapping[float, tuple[np.ndarray, np.ndarray]],
) -> list[str]:
    """Say what the run shows."""
    tests = differences({racer.name: racer.test for racer in racers})
    (first, second), interval = next(iter(tests.items()))
    shown = sum(interval.low > 0 for interval in tests.values())
    scores = {racer.name: racer.test.mean() for racer in racers}
    ratio = adam_ratio(np.arange(1, 5001))
    smallest = min(excess)
    constant, decayed = (part[:, -1].mean() for part in excess[smallest])
    findings = [
        f"On the test rows {first} comes first with an accuracy of {scores[first]:.3f}, {second} "
        f"second with {scores[second]:.3f}; that it is better is "
        f"{'shown' if interval.low > 0 else 'not shown'} (difference {interval.low:+.3f} to "
        f"{interval.high:+.3f} over {len(racers[0].test)} seeds). Of all {len(tests)} pairs "
        f"{shown} can be told apart. The rows are the same throughout, so this is the chance of "
        "training alone.",
        f"Without bias correction the lecture's Adam begins with steps "
        f"{gaps['Adam']['first step']:.2f} times as long as Keras's; with a constant gradient they "
        f"grow to {ratio.max():.2f} times at step {ratio.argmax() + 1} and are "
        f"{ratio[999]:.2f} times as long at step 1,000.",
        f"Step decay is no gain in itself: from a rate of {smallest} the loss ends {decayed:.4f} "
        f"above its minimum with decay and {constant:.4f} without.",
    ]
    for racer in racers:
        if len(racer.rates) > 1 and racer.chosen in (0, len(racer.rates) - 1):
            findings.append(
                f"{racer.name}'s best rate, {racer.rate:.2g}, lies at the end of its grid: a wider "
                "one might serve it better (--rates)."
            )
    return findings


def adam_ratio(step: np.ndarray) -> np.ndarray:
    """Return how many times as long the slide's Adam step is as Keras's."""
    return np.array([1 / rules.bias_correction(int(t)) for t in step])


def plot_landscapes(
    paths: Mapping[str, Mapping[str, np.ndarray]],
    fit: landscapes.SineFit,
    ends: Mapping[str, np.ndarray],
) -> Figure:
    """Draw the paths on three landscapes, and where all starts end on the fourth."""
    windows = {"ravine": (-4.6, 1.4, -1.6, 1.6), "saddle": (-1.9, 1.1, -1.6, 1.6)}
    with results.style.figure(12.0, 9.0) as figure:
        panels = figure.subplots(2, 2).flat
        for axes, place in zip(panels, paths, strict=False):
            left, right, bottom, top = windows.get(place, (-4.0, 1.5, -1.2, 3.2))
            x, y = np.meshgrid(np.linspace(left, right, 160), np.linspace(bottom, top, 160))
            height = LANDSCAPES[place][0](np.stack([x, y], axis=-1))
            levels = np.quantile(height, np.linspace(0.01, 0.98, 14))
            axes.contour(x, y, height, levels, colors="#BBBBBB", linewidths=0.8)
            for index, path in enumerate(paths[place].values()):
                draw_path(axes, path, index)
            axes.plot(*LANDSCAPES[place][2], "k*", markersize=20, zorder=1.5)
            axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="θ₁", ylabel="θ₂", title=place)
        draw_sine_ends(figure.axes[-1], fit, ends)
        handles = figure.axes[0].get_lines()[: len(RULES)]
        names = [f"{name}, λ = {rate}" for name, (_, rate) in RULES.items()]
        figure.legend(handles, names, loc="outside lower center", ncols=3)
        figure.suptitle("Plain descent stays on the plateau; no rule gets out of a local minimum")
    return figure


def draw_path(axes: Axes, path: np.ndarray, index: int) -> None:
    """Draw a path with a large mark at its end."""
    axes.plot(
        *path.T,
        color=results.style.COLORS[index],
        marker=results.style.MARKERS[index],
        markevery=[len(path) - 1],
        markersize=12 - 1.2 * index,
        markeredgecolor="white",
        linewidth=1.3,
    )


def draw_sine_ends(axes: Axes, fit: landscapes.SineFit, ends: Mapping[str, np.ndarray]) -> None:
    """Draw the loss of the sine fit and the share of starts that end in each minimum."""
    w = np.linspace(0, 6, 400)
    axes.plot(w, fit.loss(w), color="black")
    for place in (TRUE_FREQUENCY, local_minimum(fit)):
        shares = [np.mean(np.abs(end - place) < 0.3) for end in ends.values()]
        low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
        axes.annotate(
            f"{low if low == high else f'{low} to {high}'}\nof the starts\nend here",
            (place, fit.loss(np.array(place))),
            xytext=(place, 1.6),
            ha="center",
            arrowprops={"arrowstyle": "->", "color": results.style.NEUTRAL},
        )
    axes.set(xlabel="frequency w", ylabel="mean squared error", ylim=(0, 2.2))
    axes.set_title("two minima, each rule from many starts")


def plot_adam() -> Figure:
    """Draw how much longer the slide's Adam steps are than Keras's."""
    steps = np.unique(np.geomspace(1, 5000, 200).astype(int))
    ratio = adam_ratio(steps)
    with results.style.figure(9.0, 5.0) as figure:
        axes = figure.subplots()
        axes.semilogx(steps, ratio, color=results.style.COLORS[0])
        axes.axhline(1, color=results.style.NEUTRAL, linestyle=results.style.MARK_STYLES[0])
        for step in (1, int(steps[ratio.argmax()]), 1000):
            (value,) = adam_ratio(np.array([step]))
            axes.plot(step, value, "o", color=results.style.COLORS[0])
            place: dict[str, Any] = {"xytext": (10, -2), "textcoords": "offset points"}
            axes.annotate(f"{value:.2f}", (step, value), **place)
        axes.set(xlabel="step", ylabel="step length, slide / Keras", ylim=(0, ratio.max() * 1.12))
        figure.suptitle("Without bias correction Adam begins with far too long steps")
    return figure


def plot_leaving(fit: landscapes.SineFit, ends: Mapping[int, np.ndarray], runs: int) -> Figure:
    """Draw the loss of single rows beside the mean, and which batch sizes get out."""
    w = np.linspace(0, 6, 400)
    rows = describe_leaving(ends, runs)
    with results.style.figure(12.0, 5.2) as figure:
        losses, shares = figure.subplots(1, 2)
        single = fit.losses(w)[:, [3, 16, 34]]
        lines = losses.plot(w, single, color=results.style.COLORS[5], linestyle="--", linewidth=1.2)
        (mean,) = losses.plot(w, fit.loss(w), color="black", linewidth=2.4)
        start = local_minimum(fit)
        (mark,) = losses.plot(start, fit.loss(np.array(start)), "k*", markersize=16)
        losses.legend(
            [mean, lines[0], mark], ["all rows", "single rows", "start"], loc="upper left"
        )
        losses.set(xlabel="frequency w", ylabel="squared error", ylim=(0, single.max() * 1.3))
        for number, (column, hatch) in enumerate(
            {"left": "", "in the better minimum": "//"}.items()
        ):
            share = np.array([row[column] for row in rows])
            ranges = [results.wilson_interval(round(s * runs), runs) for s in share]
            errors = np.abs(np.array(ranges).T - share)
            shares.bar(
                np.arange(len(rows)) + 0.4 * number - 0.2,
                share,
                0.4,
                yerr=errors,
                capsize=4,
                hatch=hatch,
                edgecolor="white",
                color=results.style.COLORS[number],
                label=column,
            )
        names = [f"{row['rows a step']}" for row in rows]
        names[-1] += " (all)"
        shares.set_xticks(range(len(rows)), names)
        shares.set(xlabel="rows a step", ylabel="share of runs (95% interval)", ylim=(0, 1.05))
        shares.legend()
        figure.suptitle("Single rows have other valleys: noisy steps leave the local minimum")
    return figure


def plot_decay(excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw how far the loss is above its minimum, with constant and decayed rates."""
    epochs = np.arange(1, DECAY_EPOCHS + 1)
    with results.style.figure(11.0, 5.8) as figure:
        axes = figure.subplots()
        for index, (rate, parts) in enumerate(excess.items()):
            for part, name, line in zip(parts, ("constant", "decay"), ("--", "-"), strict=True):
                axes.semilogy(
                    epochs,
                    part.mean(axis=0),
                    line,
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    markevery=(9 + 3 * index, 20),
                    label=f"rate {rate}, {name}",
                )
        for epoch in (30, 60, 90):
            axes.axvline(epoch, color=results.style.NEUTRAL, linestyle=results.style.MARK_STYLES[0])
        axes.set(xlabel="epoch (dotted: rate × .1)", ylabel="loss above its minimum")
        figure.legend(loc="outside lower center", ncols=3)
        figure.suptitle("diabetes: decay ends the noise of a large rate, and starves a small one")
    return figure


def plot_race(name: str, racers: Sequence[Racer]) -> Figure:
    """Draw training loss over the epochs and validation loss over the rates."""
    with results.style.figure(12.0, 5.8) as figure:
        curves, rates = figure.subplots(1, 2)
        for index, racer in enumerate(racers):
            look: dict[str, Any] = {
                "color": results.style.COLORS[index],
                "marker": results.style.MARKERS[index],
            }
            loss = racer.train_loss[racer.chosen].mean(axis=0)
            label = f"{racer.name}, rate {racer.rate:.2g}"
            curves.semilogy(np.arange(1, len(loss) + 1), loss, label=label, **look)
            rates.loglog(racer.rates, racer.validation_loss.mean(axis=1), **look)
        curves.set(xlabel="epoch", ylabel="training loss", title="each at its best rate")
        curves.set_xticks(range(1, len(loss) + 1))
        for axes in (curves, rates):
            axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
            axes.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
        rates.set(xlabel="learning rate", ylabel="validation loss", title="each rate tried")
        figure.legend(loc="outside lower center", ncols=3)
        figure.suptitle(f"{name}: each optimizer has its own right rate")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
