"""What must a loss be like for backpropagation?

Topic: losses                         Time: seconds
Run:   python -m labs.loss_assumptions
Quick: python -m labs.loss_assumptions --quick
Try:   --epochs 3        does the choice of the cost function matter more at the beginning?
       --batch-size 32   what do larger batches do to a loss that is no sum over samples?

The lecture names two assumptions: the loss is the sum of the samples' losses, and a sample's loss
is a function of the last layer's output. Losses that keep and that break each of them are
differentiated by backpropagation sample by sample, and by finite differences. Then digits are
learned with several cost functions, which the lecture counts among the hyperparameters.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab
from models.by_hand import dense_net
from models.by_hand.activations import ACTIVATIONS
from models.by_hand.finite_differences import numerical_gradient

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

UNITS, SAMPLES, PENALTY = (3, 5, 2), 64, 0.1
EXACT = 1e-6
"""Relative differences below this are rounding."""
COSTS = {
    "cross-entropy": "categorical_crossentropy",
    "squared error": "mean_squared_error",
    "absolute error": "mean_absolute_error",
}
RATES = (0.003, 0.01, 0.03)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 2, "seeds": 2}

    batch_size: Annotated[int, Within(1, 64)] = 8
    """Samples whose gradients are added up at a time, of 64."""
    epochs: Annotated[int, AtLeast(1)] = 10
    """Passes over the digits with each cost function."""
    seeds: Annotated[int, AtLeast(2)] = 16
    """Nets with each cost function."""


class Loss(NamedTuple):
    """A loss of a batch, `(parts of its own) -> number`, and its gradient by the output only.

    Attributes:
        value: Takes the net, its forward pass and the targets.
        by_output: ∇ₐC, by the last layer's outputs, `(units, samples)`, nothing else moving.
        keeps: Whether it keeps the first and the second assumption.
    """

    value: Callable[[dense_net.DenseNet, dense_net.ForwardPass, np.ndarray], float]
    by_output: Callable[[np.ndarray, np.ndarray], np.ndarray]
    keeps: tuple[bool, bool]


def squared(a: np.ndarray, y: np.ndarray) -> float:
    """Return the sum of the samples' squared errors."""
    return float(np.sum((a - y) ** 2))


def worst_gradient(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of the largest of the samples' squared errors."""
    error = a - y
    found = np.zeros_like(error)
    worst = np.sum(error**2, axis=0).argmax()
    found[:, worst] = 2 * error[:, worst]
    return found


LOSSES = {
    "sum of squares": Loss(
        lambda net, f, y: squared(f.a[-1], y), lambda a, y: 2 * (a - y), (True, True)
    ),
    "root of the sum": Loss(
        lambda net, f, y: squared(f.a[-1], y) ** 0.5,
        lambda a, y: (a - y) / squared(a, y) ** 0.5,
        (False, True),
    ),
    "worst sample": Loss(
        lambda net, f, y: float(np.sum((f.a[-1] - y) ** 2, axis=0).max()),
        worst_gradient,
        (False, True),
    ),
    "squares + weights": Loss(
        lambda net, f, y: (
            squared(f.a[-1], y)
            + y.shape[1] * PENALTY * sum(float(np.sum(w**2)) for w in net.weights)
        ),
        lambda a, y: 2 * (a - y),
        (True, False),
    ),
    "squares + hidden units": Loss(
        lambda net, f, y: squared(f.a[-1], y) + PENALTY * float(np.sum(f.a[1] ** 2)),
        lambda a, y: 2 * (a - y),
        (True, False),
    ),
}


def experiment(config: Config, record: RunRecord) -> None:
    """Differentiate losses that keep and break the assumptions; learn digits by several costs."""
    errors = {name: errors_of(loss, config) for name, loss in LOSSES.items()}
    record.add_table(
        "losses",
        [
            {
                "loss": name,
                "sum over samples": LOSSES[name].keeps[0],
                "of the output alone": LOSSES[name].keeps[1],
                "error at once": at_once,
                "error batch by batch": in_batches,
            }
            for name, (at_once, in_batches) in errors.items()
        ],
        formats=dict.fromkeys(("error at once", "error batch by batch"), ".1e"),
    )
    judge_assumptions(record, errors, config)
    digits = data.load_digits()
    record.use_dataset(digits)
    test = {cost: train(cost, digits, config) for cost in record.track(COSTS, "cost functions")}
    judge_cost(record, test)
    told = ", ".join(f"{cost} {values.mean():.3f}" for cost, values in test.items())
    record.answer(
        "A sum over samples, if gradients are to be added up batch by batch: else they miss by up "
        f"to {max(errors[name][1] for name in ('root of the sum', 'worst sample')):.0%}, while at "
        "once the four equations stay exact. A function of the output, else they miss what the "
        "loss owes to weights and hidden units; which such function matters: test accuracies on "
        f"digits are {told}.",
        limits="A 3-5-2 net for the derivatives; cost functions at the best of three rates each.",
    )
    record.add_figure(
        "losses",
        plot_errors(errors, test),
        caption="Left, by how much backpropagation misses the gradient of each loss, at once and "
        "batch by batch; right, test accuracies of nets that learned digits by each cost function.",
    )


def errors_of(loss: Loss, config: Config) -> tuple[float, float]:
    """Return by how much the four equations miss the gradient, at once and batch by batch.

    Relative to the gradient by finite differences. Batch by batch, each batch is differentiated as
    if there were no other, and the gradients are added.
    """
    generator = np.random.default_rng(config.seed)
    layers = [ACTIVATIONS["sigmoid"]] * 2
    net = dense_net.draw_net(UNITS, layers, generator)
    x, y = generator.normal(size=(UNITS[0], SAMPLES)), generator.random((UNITS[-1], SAMPLES))
    shapes = [weights.shape for weights in net.weights]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    def value(numbers: np.ndarray) -> float:
        parts = zip(np.split(numbers, ends), shapes, strict=True)
        moved = net._replace(weights=[part.reshape(shape) for part, shape in parts])
        return loss.value(moved, dense_net.forward(moved, x), y)

    def by_equations(columns: np.ndarray) -> np.ndarray:
        passed = dense_net.forward(net, x[:, columns])
        gradient = loss.by_output(passed.a[-1], y[:, columns])
        return np.concatenate(
            [w.ravel() for w in dense_net.backward(net, passed, gradient).weights]
        )

    right = numerical_gradient(value, np.concatenate([w.ravel() for w in net.weights]))
    batches = np.split(np.arange(SAMPLES), range(config.batch_size, SAMPLES, config.batch_size))
    found = by_equations(np.arange(SAMPLES)), np.sum([by_equations(b) for b in batches], axis=0)
    at_once, in_batches = (np.linalg.norm(f - right) / np.linalg.norm(right) for f in found)
    return float(at_once), float(in_batches)


def judge_assumptions(
    record: RunRecord, errors: Mapping[str, tuple[float, float]], config: Config
) -> None:
    """Judge whether backpropagation needs each assumption, by losses that break it."""

    def told(names: list[str]) -> str:
        return "; ".join(f"{n} {errors[n][0]:.0e} and {errors[n][1]:.0e}" for n in names)

    kept = [name for name, loss in LOSSES.items() if all(loss.keeps)]
    exact = all(max(errors[name]) < EXACT for name in kept)

    def judge(id: str, place: int, remark: str) -> None:
        broken = [name for name, loss in LOSSES.items() if not loss.keeps[place]]
        at_once, in_batches = (
            exact and all(errors[name][way] > EXACT for name in broken) for way in (0, 1)
        )
        record.judge(
            id,
            f"relative errors at once and batch by batch: {told([*kept, *broken])}",
            holds=[in_batches, at_once],
            how=f"Against finite differences, {SAMPLES} samples at once or in batches of "
            f"{config.batch_size}. {remark}",
        )

    remark = "For all samples at once the equations start from ∇ₐC, whatever joins the samples."
    judge("D-assumption-1", 0, remark)
    remark = "What a loss owes to weights or hidden units has to be added, as frameworks do."
    judge("D-assumption-2", 1, remark)


def train(cost: str, digits: data.Dataset, config: Config) -> np.ndarray:
    """Train nets by a cost function, each rate; return the test accuracies of the best one's."""
    train, held_out = data.split(digits.train, 0.2, config.seed)
    runs = [*product(RATES, range(config.seed, config.seed + config.seeds))]

    def build(seed: int, x: np.ndarray, rate: float) -> keras.Model:
        net = models.build_mlp((28, 28), (32,), 10, scale=1 / 255, seed=seed)
        net.compile(keras.optimizers.Adam(rate), loss=COSTS[cost])
        return net

    replicas = models.fit_replicas(
        build,
        train.x,
        np.eye(10, dtype=np.float32)[train.y],
        seeds=[seed for _, seed in runs],
        settings=[rate for rate, _ in runs],
        epochs=config.epochs,
        batch_size=32,
    )

    def accuracy(part: data.Part) -> np.ndarray:
        right = replicas.predict(part.x).argmax(axis=-1) == part.y
        by_rate: np.ndarray = right.mean(axis=1).reshape(len(RATES), -1)
        return by_rate

    best: np.ndarray = accuracy(digits.test)[accuracy(held_out).mean(axis=1).argmax()]
    return best


def judge_cost(record: RunRecord, test: Mapping[str, np.ndarray]) -> None:
    """Judge that the cost function is a hyperparameter: which one is chosen matters."""
    ordered = sorted(test, key=lambda cost: test[cost].mean())
    gap = stats.welch(test[ordered[-1]], test[ordered[0]])
    # The two were picked after looking, so the level is shared out among all pairs (Bonferroni).
    interval = gap.interval(1 - 0.05 / (len(test) * (len(test) - 1) / 2))
    record.judge(
        "E-cost-hyperparameter",
        ", ".join(f"{cost} {values.mean():.3f}" for cost, values in test.items()),
        above=0,
        how=f"Test accuracy on digits, {len(test[ordered[0]])} nets each at the best of "
        f"{len(RATES)} rates; {ordered[-1]} against {ordered[0]}: {gap.mean:+.3f}.",
        interval=stats.Interval(*interval),
    )


def plot_errors(
    errors: Mapping[str, tuple[float, float]], test: Mapping[str, np.ndarray]
) -> Figure:
    """Draw what backpropagation misses of each loss, and what each cost function learns."""
    with plots.style.figure(13.0, 5.0) as figure:
        left, right = figure.subplots(1, 2)
        looks = plots.style.looks(["at once", "batch by batch"])
        for way, name in enumerate(looks):
            missed = [max(error[way], 1e-12) for error in errors.values()]
            left.plot(missed, range(len(errors)), linestyle="", label=name, **looks[name].line)
        left.set_xscale("log")
        left.set_yticks(range(len(errors)), errors)
        left.set(xlabel="error relative to the gradient", title="Backpropagation by the equations")
        left.set_ylim(len(errors) - 0.5, -0.5)
        left.legend()
        for place, values in enumerate(test.values()):
            right.plot(values, [place] * len(values), "o", color=plots.style.SPREAD)
            plots.draw_mean(right, place + 0.15, np.asarray(values))
        right.set_yticks(range(len(test)), test)
        right.set_ylim(len(test) - 0.5, -0.5)
        right.set(xlabel="test accuracy on digits", title="Cost functions")
        right.locator_params(axis="x", nbins=5)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
