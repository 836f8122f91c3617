"""Which optimizer comes down first, each at its own best rate?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.optimizers
Quick: python -m labs.optimizers --quick
Try:   --rates 1      who wins when each must take the rate from the book?
       --epochs 20    does the order of the first epochs last?

SGD, momentum, Adagrad, RMSprop and Adam race on pictures of digits. A rate that suits one of
them ruins another, so each gets the rate of its grid that is best on validation rows, and who
is better is said where the seeds show it.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Such, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
matplotlib = lazy_loader.load("matplotlib")

OPTIMIZERS: Mapping[str, tuple[Callable[[float], Any], float]] = {
    "SGD": (lambda rate: keras.optimizers.SGD(rate), 0.3),
    "momentum": (lambda rate: keras.optimizers.SGD(rate, momentum=0.9), 0.03),
    "Adagrad": (lambda rate: keras.optimizers.Adagrad(rate), 0.1),
    "RMSprop": (lambda rate: keras.optimizers.RMSprop(rate), 0.003),
    "Adam": (lambda rate: keras.optimizers.Adam(rate), 0.01),
}
"""What makes the optimizer with a rate, and the middle of its grid of rates.

One of your own is one line more. The middles are the best of a wide grid on the validation rows
of one split; a lab that finds
its best rate at the end of a grid says so.
"""
PRINTED = ("Adam", "Adagrad", "RMSprop", "SGD")
"""Those that the lecture names."""
FORMATS = {"test accuracy": ".4f", "95% interval of the mean": ".4f"}
HIDDEN_UNITS, BATCH_SIZE, VALIDATION_FRACTION = 32, 32, 0.25


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "rates": 1, "epochs": 3}

    seeds: Annotated[int, AtLeast(2)] = 6
    """Nets of each optimizer and rate."""
    rates: Annotated[int, AtLeast(1), Such(lambda rates: rates % 2 == 1, "an odd number")] = 3
    """Learning rates to choose from, an odd number, each √10 times the one before."""
    epochs: Annotated[int, AtLeast(1)] = 5
    """Passes over the training rows."""


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
    def label(self) -> str:
        """Name and chosen rate."""
        return f"{self.name}, rate {self.rates[self.chosen]:.2g}"

    @property
    def curve(self) -> np.ndarray:
        """Training loss with the chosen rate, `(seeds, epochs)`."""
        return self.train_loss[self.chosen]


def experiment(config: Config, record: RunRecord) -> None:
    """Race optimizers, each at the best rate of its grid on validation rows."""
    digits = data.load_digits()
    record.use_dataset(digits)
    racers = race(digits, config, record)
    record.add_table("race", [describe(racer) for racer in racers], formats=FORMATS)
    for racer in racers:
        record.save_history(racer.name.lower(), {"loss": racer.curve.mean(axis=0)})
    judge_race(record, racers)
    record.add_findings(*find_narrow_grids(racers))
    tests = differences({racer.name: racer.test for racer in racers})
    (first, second), interval = next(iter(tests.items()))
    scores = {racer.name: racer.test.mean() for racer in racers}
    record.answer(
        f"On the test rows {first} comes first with {scores[first]:.3f}, {second} second with "
        f"{scores[second]:.3f}, which {'shows' if interval.low > 0 else 'does not show'} that it "
        "is "
        f"better ({interval.low:+.3f} to {interval.high:+.3f} over {config.seeds} seeds). Of all "
        f"{len(tests)} pairs {sum(i.low > 0 for i in tests.values())} can be told apart.",
        limits="One small net and one split of the rows: the chance shown is that of training "
        "alone. A longer training may end in another order.",
    )
    record.add_figure(
        "race",
        plot_race(digits.name, racers),
        caption=(
            "Left the training loss of each optimizer at its best rate; right the validation loss "
            "at each rate of its grid."
        ),
    )
    record.add_figure(
        "seeds",
        plots.plot_seeds(
            digits.name,
            f"{config.epochs} epochs, each optimizer at its own best rate",
            {racer.label: racer.test for racer in racers},
        ),
        caption="Test accuracies of all seeds, each optimizer at its own best rate.",
    )


def race(digits: data.Dataset, config: Config, record: RunRecord) -> list[Racer]:
    """Train nets with each optimizer and each rate of its grid, from the same seeds."""
    train, validation = data.split(digits.train, VALIDATION_FRACTION, config.seed)
    data.check(replace(digits, train=train), validation)
    exponents = (np.arange(config.rates) - config.rates // 2) / 2
    grids = {
        name: [float(f"{middle * 10**e:.2g}") for e in exponents]
        for name, (_, middle) in OPTIMIZERS.items()
    }
    racers = []
    for name in record.track(list(grids), "optimizers"):
        rates = grids[name]
        nets = train_nets(name, rates, train, config)
        shape = (len(rates), config.seeds)
        losses = cross_entropy(nets.predict(validation.x), validation.y).reshape(shape)
        chosen = int(losses.mean(axis=1).argmin())
        right = (nets.predict(digits.test.x).argmax(axis=-1) == digits.test.y).mean(axis=1)
        train_loss = nets.history["loss"].reshape(*shape, -1)
        racers.append(Racer(name, rates, losses, train_loss, chosen, right.reshape(shape)[chosen]))
    return racers


def train_nets(
    name: str, rates: Sequence[float], train: data.Part, config: Config
) -> models.Replicas:
    """Train nets of one optimizer, for each rate from the same seeds."""
    make, _ = OPTIMIZERS[name]

    def build(seed: int, x_train: np.ndarray, rate: float) -> Any:
        return models.build_mlp(
            x_train.shape[1:], (HIDDEN_UNITS,), 10, scale=1 / 255, optimizer=make(rate), seed=seed
        )

    return models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=[*range(config.seed, config.seed + config.seeds)] * len(rates),
        settings=[rate for rate in rates for _ in range(config.seeds)],
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
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


def describe(racer: Racer) -> dict[str, Any]:
    """Return a row of the race's table."""
    return {
        "optimizer": racer.name,
        "chosen rate": racer.rates[racer.chosen],
        "rates tried": " ".join(f"{rate:.2g}" for rate in racer.rates),
        "validation loss": float(racer.validation_loss[racer.chosen].mean()),
        "test accuracy": float(racer.test.mean()),
        "95% interval of the mean": stats.mean_interval(racer.test),
    }


def differences(scores: Mapping[str, np.ndarray]) -> dict[tuple[str, str], stats.Interval]:
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
        (a, b): stats.mean_interval(scores[a] - scores[b], 1 - 0.05 / len(pairs)) for a, b in pairs
    }


def judge_race(record: RunRecord, racers: Sequence[Racer]) -> None:
    """Judge that the optimizers differ when compared."""
    losses = {racer.name: racer.curve[:, -1] for racer in racers}
    pairs = differences({name: -np.log(loss) for name, loss in losses.items() if name in PRINTED})
    tests = differences({racer.name: racer.test for racer in racers})
    shown = [f"{a} before {b}" for (a, b), interval in pairs.items() if interval.low > 0]
    best = next(iter(pairs))[0]
    means = sorted((loss.mean(), name) for name, loss in losses.items())
    record.judge(
        "C-optimizers-compared",
        "training loss in the last epoch: "
        + ", ".join(f"{name} {mean:.3f}" for mean, name in means),
        holds=all(pairs[pair].low > 0 for pair in pairs if pair[0] == best),
        how=(
            f"{len(racers[0].test)} seeds, each optimizer at the best rate of its grid on the "
            f"validation rows; {best} has to be told from each other one. Of the {len(pairs)} "
            f"differences between those that the lecture "
            f"names {len(shown)} can be shown"
            + (f": {'; '.join(shown)}." if shown else ": chance is larger.")
            + f" In test accuracy {sum(i.low > 0 for i in tests.values())} of all {len(tests)} can "
            "be."
        ),
    )


def find_narrow_grids(racers: Sequence[Racer]) -> Iterator[str]:
    """Say whose grid of rates was too narrow."""
    for racer in racers:
        if len(racer.rates) > 1 and racer.chosen in (0, len(racer.rates) - 1):
            yield (
                f"The best rate of {racer.label} lies at the end of its grid: a wider one might "
                "serve it better (--rates)."
            )


def plot_race(name: str, racers: Sequence[Racer]) -> Figure:
    """Draw training loss over the epochs and validation loss over the rates."""
    with plots.style.figure(12.0, 5.8) as figure:
        curves, rates = figure.subplots(1, 2)
        looks = plots.style.looks(racer.name for racer in racers)
        for racer in racers:
            look = looks[racer.name].line
            loss = racer.curve.mean(axis=0)
            curves.semilogy(np.arange(1, len(loss) + 1), loss, label=racer.label, **look)
            rates.loglog(racer.rates, racer.validation_loss.mean(axis=1), **look)
        curves.set(xlabel="epoch", ylabel="training loss", title="each at its best rate")
        curves.set_xticks(range(1, len(loss) + 1))
        for axes in (curves, rates):
            axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
            axes.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
        rates.set(xlabel="learning rate", ylabel="validation loss", title="each rate tried")
        figure.legend(loc="outside lower center", ncols=3)
        figure.suptitle(f"{name}: optimizers at their own best rates")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
