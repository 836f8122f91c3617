"""How long should a step be?

Run:   python -m labs.learning_rate           about 5 s on 2 cores
Smoke: python -m labs.learning_rate --quick   about 5 s

Down a ravine, where the limit is known: rates too small, right and too large, and what momentum
changes. Then logistic regression on the diabetes rows, in steps of a few rows, with the rate
constant and lowered after epochs 30, 60 and 90.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import lazy_loader
import numpy as np

import callbacks
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import landscapes, logistic_regression, problems
from models.by_hand import update_rules as rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")

START = (-4.0, 1.2)
LIMIT = 2 / landscapes.STEEPNESS
"""Above 2 divided by the largest curvature each step ends higher than it began."""
BEST = 2 / (1 + landscapes.STEEPNESS)
STEEPNESSES = (10, 25, 100, 400)
NEVER = 3000
"""Steps after which a descent is given up."""
EPOCHS, BATCH_SIZE, RATES = 100, 16, (0.003, 0.03, 0.3)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4}

    seeds: int = 10
    """Trainings with each learning rate, with and without step decay, at least 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("seeds", self.seeds >= 2, "2 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_claims(check_gradient_descent(), *check_rates())
    counts = {steepness: count_steps(steepness) for steepness in STEEPNESSES}
    record.add_claims(check_momentum(counts))

    patients = data.load_diabetes()
    record.use_dataset(patients)
    excess = train_with_step_decay(patients.train, config)
    record.add_claims(*check_step_decay(excess))
    constant, decayed = (part[:, -1].mean() for part in excess[RATES[0]])
    record.add_findings(
        f"Step decay is no gain in itself: from a rate of {RATES[0]} the loss ends {decayed:.4f} "
        f"above its minimum with decay and {constant:.4f} without."
    )
    record.add_figures(rates=plot_rates(counts), step_decay=plot_decay(patients.name, excess))


def ravine_losses(
    rates: ArrayLike,
    steps: int,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> np.ndarray:
    """Return the loss at each step down the ravine for each rate, `(steps + 1, rates)`."""
    rates = np.atleast_1d(rates)

    def gradient(theta: np.ndarray, step: int) -> np.ndarray:
        return landscapes.ravine_gradient(theta, steepness)

    with np.errstate(over="ignore", invalid="ignore"):  # Rates too large are tried as well.
        starts = np.tile(START, (len(rates), 1))
        path = rules.descend(rule, gradient, starts, steps, rate=rates[:, None])
        return landscapes.ravine(path, steepness)


def steps_to_floor(
    rates: ArrayLike,
    rule: rules.Rule = rules.gradient_descent,
    steepness: float = landscapes.STEEPNESS,
) -> np.ndarray:
    """Return after how many steps the loss stays below a millionth of the first, `(rates,)`."""
    losses = ravine_losses(rates, NEVER, rule, steepness)
    above = ~(losses < losses[0] * 1e-6)
    return (NEVER + 1 - above[::-1].argmax(axis=0)).clip(max=NEVER)


def check_gradient_descent() -> Claim:
    """Check that θ ← θ − λ∇L goes down until nothing changes any more."""
    path = rules.descend(
        rules.gradient_descent,
        lambda theta, step: landscapes.ravine_gradient(theta),
        np.array(START),
        2000,
        rate=BEST,
    )
    loss = landscapes.ravine(path)
    change = float(np.abs(path[-1] - path[-2]).max())
    return results.judge_statement(
        "A-gradient-descent",
        "Repeating θ ← θ − λ∇L from any start lowers the loss until θ no longer changes.",
        published="θ ← θ − λ∇L(θ)",
        holds=bool(np.all(np.diff(loss) <= 0)) and change < 1e-12,
        measured=f"loss {loss[0]:.3g} to {loss[-1]:.1e}, last change of θ {change:.1e}",
        note="2,000 steps in the ravine; the loss fell in each of them. θ stops changing where the "
        "gradient is 0, which need not be the best minimum.",
    )


def check_rates() -> Iterator[Claim]:
    """Check what rates too small, right and too large do in the ravine."""
    parts = np.array([0.5, 0.99, 0.999]) * LIMIT
    right, small, half, near, closest = steps_to_floor([BEST, BEST / 10, *parts])
    crawling = ravine_losses(BEST / 10, 500)
    yield results.judge_statement(
        "A-rate-too-small",
        "Too small a learning rate is stable but slow.",
        holds=bool(small > 5 * right and np.all(np.diff(crawling, axis=0) < 0)),
        measured=f"{small:,} steps with a tenth of the best rate, {right:,} with the best",
        note="Steps until the loss stays below a millionth of the first, in a ravine 100 times as "
        "steep across as along.",
    )
    stable, diverging = ravine_losses([LIMIT * 0.99, LIMIT * 1.01], 300).T
    diverges = bool(stable[-1] < stable[0] and diverging[-1] > diverging[0])
    yield results.judge_statement(
        "A-rate-too-large",
        "Too large a learning rate is fast but unstable.",
        holds=bool(diverges and near < half),
        measured=f"{near:,} steps at .99 of the limit, {half:,} at half of it, never at 1.01",
        note=f"Same ravine; the limit is λ = {LIMIT}. Up to it a larger rate is faster; beyond it "
        "the steps jump from wall to wall, each time further up. Fast has its end before: at "
        f".999 of the limit it takes {closest:,} steps{' or more' if closest == NEVER else ''}.",
    )
    yield results.judge_statement(
        "D-rate-diverges",
        "With a wrong learning rate the training can diverge.",
        holds=diverges,
        measured=f"after 300 steps {diverging[-1] / diverging[0]:.3g} times the first loss at 1.01 "
        f"times the limit, {stable[-1] / stable[0]:.2g} times at .99",
        note=f"The limit is 2 divided by the largest curvature, 2/100 = {LIMIT}.",
    )


def rates_for(steepness: float) -> np.ndarray:
    """Return the rates that are tried in a ravine, `(90,)`."""
    return np.geomspace(0.1, 100, 90) / steepness


def count_steps(steepness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps that each rate takes, `(90,)`, without momentum and with it."""
    rates = rates_for(steepness)
    return (
        steps_to_floor(rates, rules.gradient_descent, steepness),
        steps_to_floor(rates, rules.momentum, steepness),
    )


def check_momentum(counts: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Claim:
    """Check that momentum is faster in a ravine."""
    best = {s: (int(plain.min()), int(heavy.min())) for s, (plain, heavy) in counts.items()}
    return results.judge_statement(
        "A-momentum-faster",
        "Inertia makes learning faster.",
        holds=all(heavy < plain for plain, heavy in best.values()),
        measured="steps with momentum and without: "
        + ", ".join(
            f"{heavy:,} and {plain:,} (ravine {s}:1)" for s, (plain, heavy) in best.items()
        ),
        note="Down ravines of several steepnesses, each rule at its best of 90 rates. Momentum "
        "pays where a ravine is steep; in a mild one the inertia, β₁ = .9, has to swing out first.",
    )


def train_with_step_decay(
    train: data.Part, config: Config
) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Train logistic regression with the rate constant and lowered in steps.

    All trainings of one seed start at 0 and see the rows in the same order.

    Returns:
        For each rate how far the loss is above its minimum after each epoch, constant and
        decayed, `(seeds, epochs)` each.
    """
    x = np.column_stack([np.ones(len(train)), train.x / train.x.std(axis=0)])
    decay = callbacks.StepDecay()
    generators = [np.random.default_rng((config.seed, s)) for s in range(config.seeds)]
    w = np.zeros((2, len(RATES), config.seeds, x.shape[1]))
    losses = []
    for epoch in range(EPOCHS):
        now = np.stack([RATES, [decay.rate_at(epoch, rate) for rate in RATES]])[..., None, None]
        order = np.stack([rng.permutation(len(x)) for rng in generators])
        for first in range(0, len(x), BATCH_SIZE):
            rows = order[:, first : first + BATCH_SIZE]
            w = w - now * logistic_regression.gradient(w, x[rows], train.y[rows])
        losses.append(logistic_regression.loss(w, x, train.y))
    best = problems.find_minimum(problems.logistic_regression(x, train.y))
    excess = np.stack(losses, axis=-1) - logistic_regression.loss(best, x, train.y)
    return {rate: (excess[0, i], excess[1, i]) for i, rate in enumerate(RATES)}


def check_step_decay(excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Iterator[Claim]:
    """Check the rates of step decay, and that rates must fall as training goes on."""
    decay = callbacks.StepDecay()
    yield results.judge_formula(
        "A-step-decay",
        "The rate is multiplied by .1 after epochs 30, 60 and 90.",
        published=".1 after epochs 30, 60, 90",
        slide_value=[1, 0.1, 0.1, 0.01, 0.01, 0.001],
        right_value=[decay.rate_at(epoch, 1.0) for epoch in (29, 30, 59, 60, 89, 90)],
        note="Rates of callbacks.StepDecay in epochs 29, 30, 59, 60, 89 and 90, counted from 0.",
    )
    last = np.array([[part[:, -1] for part in parts] for parts in excess.values()])
    constant, decayed = last[:, 0], last[:, 1]
    best, best_decayed = (scipy.stats.gmean(e, axis=1).argmin() for e in (constant, decayed))
    interval = results.geometric_mean_interval(constant[best] / decayed[best_decayed])
    chosen = [list(excess)[i] for i in (best, best_decayed)]
    yield results.judge_statement(
        "A-step-decay-needed",
        "As the optimization goes on, the learning rate must become smaller.",
        holds=interval.low > 1,
        measured=f"with decay the loss ends {interval.low:.2g} to {interval.high:.2g} times nearer "
        "to its minimum",
        note=f"Logistic regression on the diabetes rows, {constant.shape[1]} seeds, each way at "
        f"its best of {len(excess)} rates ({chosen[0]} constant, {chosen[1]} decayed). It holds "
        "for steps of a few rows, whose noise never ends; a rate that begins too small only "
        "stops earlier.",
        interval=interval,
    )


def plot_rates(counts: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw the steps that each rate takes, in the mildest ravine and the steepest."""
    with results.style.figure(12.0, 5.4) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, steepness in zip(panels, (min(counts), max(counts)), strict=True):
            names = ("gradient descent", "momentum")
            for index, (name, steps) in enumerate(zip(names, counts[steepness], strict=True)):
                axes.loglog(
                    rates_for(steepness),
                    np.where(steps < NEVER, steps, np.nan),
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    markersize=4,
                    label=name,
                )
            axes.axvline(
                2 / steepness,
                color=results.style.NEUTRAL,
                linestyle=results.style.MARK_STYLES[0],
                label="2 / largest curvature",
            )
            axes.set(xlabel="learning rate λ", title=f"ravine {steepness} times as steep across")
        panels[0].set_ylabel("steps to a millionth of the loss")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle("Descent is fastest just below its limit; momentum bears larger rates")
    return figure


def plot_decay(name: str, excess: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw how far the loss is above its minimum, with constant and decayed rates."""
    epochs = np.arange(1, EPOCHS + 1)
    with results.style.figure(11.0, 5.8) as figure:
        axes = figure.subplots()
        for index, (rate, parts) in enumerate(excess.items()):
            for part, way, line in zip(parts, ("constant", "decay"), ("--", "-"), strict=True):
                axes.semilogy(
                    epochs,
                    part.mean(axis=0),
                    line,
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    markevery=(9 + 3 * index, 20),
                    label=f"rate {rate}, {way}",
                )
        for epoch in (30, 60, 90):
            axes.axvline(epoch, color=results.style.NEUTRAL, linestyle=results.style.MARK_STYLES[0])
        axes.set(xlabel="epoch (dotted: rate × .1)", ylabel="loss above its minimum")
        figure.legend(loc="outside lower center", ncols=3)
        figure.suptitle(f"{name}: decay ends the noise of a large rate, and starves a small one")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
