"""How soon does a convnet read 99% of MNIST's test digits, beside Keras's own example?

Run:   python -m tests.benchmarks.time_to_accuracy           about 6 minutes on 2 cores
Smoke: python -m tests.benchmarks.time_to_accuracy --quick

Each training starts from a fresh model and ends after the first epoch with a test accuracy
of 99% or more. Tracing and compiling count; reading the test images does not, nor what the
libraries do once in a process, nor dividing the example's pixels by 255. The example trains
on all 60,000 rows here, not on the 90% of its page: that helps it. A training that runs out
of epochs is not left out: the seconds of all trainings are divided by the number of those
that reached the target.
MNIST is looked for in the folder that LABS_DATA_DIR names, then downloaded.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from rich.console import Console
from rich.table import Table

from labs import data
from labs.errors import InputError
from models import build_convnet, fit, one_cycle_adamw
from tests.benchmarks.machine import describe_machine

# A model and what trains it for the epoch of a number, made anew for each seed.
Side = Callable[[data.Part, int], tuple[keras.Model, Callable[[int], object]]]


@dataclass(frozen=True)
class Race:
    """One training: test accuracy after each epoch, wall and processor seconds."""

    accuracies: list[float]
    seconds: float
    cpu_seconds: float


def keras_example(train: data.Part, seed: int) -> tuple[keras.Model, Callable[[int], object]]:
    """Keras's "Simple MNIST convnet" by F. Chollet: stock fit, Adam, batches of 128."""
    keras.utils.set_random_seed(seed)
    y = keras.utils.to_categorical(train.y, 10)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model, lambda epoch: model.fit(
        train.x, y, batch_size=128, initial_epoch=epoch, epochs=epoch + 1, verbose=0
    )


def one_epoch_convnet(train: data.Part, seed: int) -> tuple[keras.Model, Callable[[int], object]]:
    """A small net with batch normalization whose rate rises and falls within one epoch.

    Smith and Topin (2018), "Super-convergence": so large a rate for so short a time.
    """
    batch_size = 64
    optimizer = one_cycle_adamw(0.01, steps=-(-len(train) // batch_size))
    model = build_convnet(
        (28, 28), 10, filters=(16, 32, 64), dropout=0.0, optimizer=optimizer, seed=seed
    )
    return model, lambda epoch: fit(model, train.x, train.y, batch_size=batch_size, seed=seed)


def race(
    start: Side, train: data.Part, test: data.Part, seed: int, epochs: int, target: float
) -> Race:
    """Train until the target is reached; the clocks stand still while the test set is read."""
    accuracies: list[float] = []
    wall, cpu = -time.perf_counter(), -time.process_time()
    model, train_epoch = start(train, seed)
    while True:
        train_epoch(len(accuracies))
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
        labels = model.predict(test.x, batch_size=500, verbose=0).argmax(axis=1)
        accuracies.append(float(np.mean(labels == test.y)))
        if accuracies[-1] >= target or len(accuracies) == epochs:
            return Race(accuracies, wall, cpu)
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()


def divided_by_255(part: data.Part) -> data.Part:
    """Return the images as the example wants them, `(rows, 28, 28, 1)` float32 0–1."""
    return data.Part(part.x[..., np.newaxis].astype("float32") / 255, part.y)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.time_to_accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, to 95%%")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each side")
    arguments = parser.parse_args()
    try:
        mnist = data.load_mnist("mnist")
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    rows, target = (6_000, 0.95) if arguments.quick else (60_000, 0.99)
    train = data.Part(mnist.train.x[:rows], mnist.train.y[:rows])
    console = Console(width=100)
    console.print(describe_machine("tensorflow", "keras"))
    report(train, mnist.test, range(1 if arguments.quick else arguments.seeds), target, console)


def report(
    train: data.Part, test: data.Part, seeds: range, target: float, console: Console
) -> None:
    """Run all trainings and print them, the seconds for each success, and the ratio."""
    table = Table(title=f"{len(train):,} rows, to {target:.0%} of {len(test):,} test rows")
    for column in ("", "seed", "epochs", "test %", "seconds", "CPU seconds"):
        table.add_column(column, justify="right" if column else "left")
    costs = {}
    raw, scaled = (train, test), (divided_by_255(train), divided_by_255(test))
    for side, epochs, parts in ((keras_example, 15, scaled), (one_epoch_convnet, 1, raw)):
        first_start = data.Part(parts[0].x[:500], parts[0].y[:500])
        race(side, first_start, parts[1], seed=0, epochs=1, target=target)
        races = [race(side, *parts, seed, epochs, target) for seed in seeds]
        name = side.__name__.replace("_", " ")
        for seed, one in zip(seeds, races, strict=True):
            figures = (100 * one.accuracies[-1], one.seconds, one.cpu_seconds)
            epochs_run = str(len(one.accuracies))
            table.add_row(name, str(seed), epochs_run, *(f"{f:.2f}" for f in figures))
        successes = sum(one.accuracies[-1] >= target for one in races)
        costs[name] = [
            sum(times) / successes if successes else float("inf")
            for times in ([one.seconds for one in races], [one.cpu_seconds for one in races])
        ]
        cells = (f"{cost:.2f}" for cost in costs[name])
        reached = f"reached by {successes} of {len(races)}"
        table.add_row(f"{name}, {reached}", "", "", "", *cells, style="bold", end_section=True)
    console.print(table)
    (stock, stock_cpu), (ours, ours_cpu) = costs.values()
    console.print(f"{stock / ours:.1f} times faster ({stock_cpu / ours_cpu:.1f} in CPU seconds).")


if __name__ == "__main__":
    main()
