"""How soon does a convnet read 99% of MNIST's test digits, beside Keras's own example?

Run:   python -m tests.benchmarks.time_to_accuracy
Quick: python -m tests.benchmarks.time_to_accuracy --quick

Each training starts from a fresh model and ends after the first epoch with a test accuracy
of 99% or more. Tracing and compiling count; reading the test images does not, nor what the
libraries do once in a process, nor dividing the example's pixels by 255. The example trains
on all 60,000 rows here, not on the 90% of its page: that helps it. A training that runs out
of epochs is not left out: the seconds of all trainings are divided by the number of those
that reached the target.
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


@dataclass(frozen=True)
class Config(LabConfig):
    """How far, on how many rows, how often."""

    QUICK: ClassVar = {"rows": 6_000, "target": 0.95, "seeds": 1}

    rows: Annotated[int, Within(500, 60_000)] = 60_000
    """Training rows."""
    target: Annotated[float, Within(0.5, 1.0)] = 0.99
    """Test accuracy at which a training ends."""
    seeds: Annotated[int, AtLeast(1)] = 3
    """Trainings of each side."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Run all trainings; count seconds for each that reached the target."""
    mnist = data.load_mnist("mnist")
    record.use_dataset(mnist)
    train = mnist.train.take(np.arange(config.rows))
    raw, scaled = (train, mnist.test), (divided_by_255(train), divided_by_255(mnist.test))
    races: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    for side, epochs, parts in ((keras_example, 15, scaled), (one_epoch_convnet, 1, raw)):
        name = side.__name__.replace("_", " ")
        first_start = parts[0].take(np.arange(500))
        race(side, first_start, parts[1], seed=0, epochs=1, target=config.target)
        seeds = range(config.seed, config.seed + config.seeds)
        own: list[dict[str, Any]] = [
            {"side": name, "seed": seed}
            | race(side, *parts, seed=seed, epochs=epochs, target=config.target)
            for seed in record.track(seeds, name)
        ]
        races += own
        successes = sum(one["test accuracy"] >= config.target for one in own)
        costs.append(
            {"side": name, "reached by": f"{successes} of {len(own)}"}
            | {
                f"{clock} a success": sum(one[clock] for one in own) / (successes or math.nan)
                for clock in ("seconds", "CPU seconds")
            }
        )
    times = {"seconds": ".2f", "CPU seconds": ".2f"}
    record.add_table("trainings", races, formats={**times, "test accuracy": ".4f"})
    record.add_table("costs", costs, formats={f"{clock} a success": ".2f" for clock in times})
    stock, ours = (row["seconds a success"] for row in costs)
    record.answer(
        f"To {config.target:.0%} of the test digits Keras's example takes {stock:.1f} s, the net "
        f"of one epoch {ours:.1f} s, {stock / ours:.1f} times less.",
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
) -> dict[str, Any]:
    """Train until the target is reached; the clocks stand still while the test set is read.

    Returns:
        Epochs, test accuracy after the last of them, wall and processor seconds.
    """
    wall, cpu = -time.perf_counter(), -time.process_time()
    model, train_epoch = start(train, seed)
    for epoch in range(epochs):
        train_epoch(epoch)
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
        labels = model.predict(test.x, batch_size=500, verbose=0).argmax(axis=1)
        accuracy = float(np.mean(labels == test.y))
        if accuracy >= target or epoch + 1 == epochs:
            break
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
    return {
        "epochs": epoch + 1,
        "test accuracy": accuracy,
        "seconds": wall,
        "CPU seconds": cpu,
    }


def divided_by_255(part: data.Part) -> data.Part:
    """Return the images as the example wants them, `(rows, 28, 28, 1)` float32 0–1."""
    return data.Part(part.x[..., np.newaxis].astype("float32") / 255, part.y)


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
