"""How soon does a convnet read 99% of MNIST's held-out digits, beside Keras's own example?

Run:   python -m tests.benchmarks.time_to_accuracy
Quick: python -m tests.benchmarks.time_to_accuracy --quick

Each training starts from a fresh model and ends after the first epoch that reads 99% or more
of 10,000 training rows which are held out of it; the test rows are read once, after its end.
Tracing and compiling count; reading the held-out images does not, nor what the libraries do
once in a process, nor dividing the example's pixels by 255. A training that runs out of epochs
is not left out: the seconds of all trainings are divided by the number of those that reached
the target.
MNIST is looked for in the folder that LABS_DATA_DIR names, then downloaded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
from keras import layers

from labs import data, records
from labs.running import AtLeast, LabConfig, Within, lab
from models import build_convnet, fit, one_cycle_adamw

# A model and what trains it for the epoch of a number, made anew for each seed.
Side = Callable[[data.Part, int], tuple[keras.Model, Callable[[int], object]]]
HELD_OUT = 10_000
"""Training rows that say when the target is reached."""
CYCLE = 2
"""Epochs in which the rate of our net rises and falls; one is not enough for 99%."""


@dataclass(frozen=True)
class Config(LabConfig):
    """How far, on how many rows, how often."""

    QUICK: ClassVar = {"rows": 6_000, "target": 0.95, "seeds": 1, "example_seeds": 1}

    rows: Annotated[int, Within(500, 50_000)] = 50_000
    """Training rows."""
    target: Annotated[float, Within(0.5, 1.0)] = 0.99
    """Accuracy on held-out rows at which a training ends."""
    seeds: Annotated[int, AtLeast(1)] = 30
    """Trainings of our net."""
    example_seeds: Annotated[int, AtLeast(1)] = 3
    """Trainings of the example, which is slow."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Run all trainings; count seconds for each that reached the target."""
    mnist = data.load_mnist("mnist")
    record.use_dataset(mnist)
    most, held_out = data.split(mnist.train, HELD_OUT / len(mnist.train), seed=0)
    raw = (most.take(np.arange(config.rows)), held_out, mnist.test)
    scaled = tuple(divided_by_255(part) for part in raw)
    races: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    for side, epochs, count, parts in (
        (keras_example, 15, config.example_seeds, scaled),
        (short_convnet, CYCLE, config.seeds, raw),
    ):
        name = side.__name__.replace("_", " ")
        first_start = parts[0].take(np.arange(500))
        race(side, first_start, *parts[1:], seed=0, epochs=1, target=config.target)
        seeds = range(config.seed, config.seed + count)
        own: list[dict[str, Any]] = [
            {"side": name, "seed": seed}
            | race(side, *parts, seed=seed, epochs=epochs, target=config.target)
            for seed in record.track(seeds, name)
        ]
        races += own
        successes = sum(one["held out"] >= config.target for one in own)
        tested = np.mean([one["test accuracy"] for one in own])
        costs.append(
            {"side": name, "reached by": f"{successes} of {len(own)}", "test accuracy": tested}
            | {
                f"{clock} a success": sum(one[clock] for one in own) / (successes or math.nan)
                for clock in ("seconds", "CPU seconds")
            }
        )
    times = {"seconds": ".2f", "CPU seconds": ".2f"}
    accuracies = {"held out": ".4f", "test accuracy": ".4f"}
    record.add_table("trainings", races, formats=times | accuracies)
    costs_formats = accuracies | {f"{clock} a success": ".2f" for clock in times}
    record.add_table("costs", costs, formats=costs_formats)
    stock, ours = (row["seconds a success"] for row in costs)
    record.answer(
        f"To {config.target:.0%} of {HELD_OUT:,} held-out digits Keras's example takes "
        f"{stock:.1f} s, our net {ours:.1f} s, {stock / ours:.1f} times less.",
        limits="Other machines, other nets.",
    )


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


def short_convnet(train: data.Part, seed: int) -> tuple[keras.Model, Callable[[int], object]]:
    """A small net with batch normalization whose rate rises and falls within two epochs.

    Smith and Topin (2018), "Super-convergence": so large a rate for so short a time.
    """
    batch_size = 64
    optimizer = one_cycle_adamw(0.01, steps=CYCLE * -(-len(train) // batch_size))
    model = build_convnet(
        (28, 28), 10, filters=(16, 32, 64), dropout=0.0, optimizer=optimizer, seed=seed
    )
    return model, lambda epoch: fit(
        model,
        train.x,
        train.y,
        batch_size=batch_size,
        initial_epoch=epoch,
        epochs=epoch + 1,
        seed=seed,
    )


def race(
    start: Side,
    train: data.Part,
    held_out: data.Part,
    test: data.Part,
    *,
    seed: int,
    epochs: int,
    target: float,
) -> dict[str, Any]:
    """Train until the target is reached; the clocks stand still while images are read.

    Returns:
        Epochs, accuracies after the last of them, wall and processor seconds.
    """

    def accuracy(part: data.Part) -> float:
        labels = model.predict(part.x, batch_size=500, verbose=0).argmax(axis=1)
        return float(np.mean(labels == part.y))

    wall, cpu = -time.perf_counter(), -time.process_time()
    model, train_epoch = start(train, seed)
    for epoch in range(epochs):
        train_epoch(epoch)
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
        reached = accuracy(held_out)
        if reached >= target or epoch + 1 == epochs:
            break
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
    return {
        "epochs": epoch + 1,
        "held out": reached,
        "test accuracy": accuracy(test),
        "seconds": wall,
        "CPU seconds": cpu,
    }


def divided_by_255(part: data.Part) -> data.Part:
    """Return the images as the example wants them, `(rows, 28, 28, 1)` float32 0–1."""
    return data.Part(part.x[..., np.newaxis].astype("float32") / 255, part.y)


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
