"""What do the image labs' best recipes reach, over several seeds, on all training rows?

Run:   python -m tests.benchmarks.recipes
Quick: python -m tests.benchmarks.recipes --quick

Each net is trained to its last epoch and reads the test rows once; nothing is chosen on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np

from labs import data, records, stats
from labs.data import Dataset
from labs.running import AtLeast, AtMost, LabConfig, lab
from labs.sign_language import HAND_CHANGES
from models import CONVNET_BATCH, DENSE_BATCH, convnet_recipe, dense_recipe, fit

Recipe = Callable[..., tuple]  # From rows, epochs and seed to a net and its augmentation.


@dataclass(frozen=True)
class Config(LabConfig):
    """How long and how often."""

    QUICK: ClassVar = {"most_epochs": 1}

    seeds: Annotated[int, AtLeast(2)] = 3
    """Trainings of each recipe."""
    most_epochs: Annotated[int, AtLeast(1), AtMost(20)] = 20
    """Passes of a training, where its recipe has more."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Train each recipe from every seed."""
    digits, hands = data.load_mnist(), data.load_sign_language()
    letters = partial(convnet_recipe, num_classes=hands.num_classes, changes=HAND_CHANGES)
    recipes: list[tuple[str, Dataset, Recipe, int, int]] = [
        ("dense net, moved images", digits, dense_recipe, 20, DENSE_BATCH),
        ("convolutional net, moved images", digits, convnet_recipe, 12, CONVNET_BATCH),
        ("best recipe", hands, letters, 16, CONVNET_BATCH),
    ]
    trainings: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    for name, dataset, recipe, epochs, batch in recipes:
        common: dict[str, Any] = {"recipe": name, "data": dataset.name}
        own: list[dict[str, Any]] = [
            {**common, "seed": seed}
            | train(dataset, recipe, min(epochs, config.most_epochs), batch, seed)
            for seed in record.track(range(config.seed, config.seed + config.seeds), name)
        ]
        trainings += own
        reached = [one["test accuracy"] for one in own]
        interval = stats.mean_interval(reached)
        means.append({**common, "mean": np.mean(reached), "95% interval": interval})
    times = {"seconds": ".0f", "CPU seconds": ".0f"}
    record.add_table("trainings", trainings, formats={**times, "test accuracy": ".4f"})
    record.add_table("means", means, formats={"mean": ".4f", "95% interval": ".4f"})
    told = ", ".join(f"{row['recipe']} ({row['data']}) {row['mean']:.4f}" for row in means)
    record.answer(
        f"Mean test accuracies of {config.seeds} seeds: {told}.",
        limits="Intervals are over seeds; other test rows would move all figures.",
    )


def train(dataset: Dataset, recipe: Recipe, epochs: int, batch: int, seed: int) -> dict[str, Any]:
    """Return the test accuracy of one training, and its wall and processor seconds."""
    rows = dataset.train
    wall, cpu = time.perf_counter(), time.process_time()
    net, augment = recipe(rows=len(rows), epochs=epochs, seed=seed)
    fit(net, rows.x, rows.y, epochs=epochs, batch_size=batch, seed=seed, augment=augment)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    labels = net.predict(dataset.test.x, batch_size=500, verbose=0).argmax(axis=1)
    accuracy = float(np.mean(labels == dataset.test.y))
    return {"test accuracy": accuracy, "seconds": wall, "CPU seconds": cpu}


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
