"""What do the image labs' best recipes reach, over several seeds, on all training rows?

Run:   LABS_DATA_DIR=... python -m tests.benchmarks.recipes    about 18 minutes on 2 cores
Smoke: python -m tests.benchmarks.recipes --quick              any data, one epoch

Each net is trained to its last epoch and reads the test rows once; nothing is chosen on them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from labs import data, stats
from labs.data import Dataset
from labs.sign_language import HAND_CHANGES
from models import CONVNET_BATCH, DENSE_BATCH, convnet_recipe, dense_recipe, fit
from tests.benchmarks.machine import describe_machine

Recipe = Callable[..., tuple]  # From rows, epochs and seed to a net and its augmentation.


def train(dataset: Dataset, recipe: Recipe, epochs: int, batch: int, seed: int) -> tuple:
    """Return the test accuracy of one training, and its wall and processor seconds."""
    rows = dataset.train
    wall, cpu = time.perf_counter(), time.process_time()
    net, augment = recipe(rows=len(rows), epochs=epochs, seed=seed)
    fit(net, rows.x, rows.y, epochs=epochs, batch_size=batch, seed=seed, augment=augment)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    labels = net.predict(dataset.test.x, batch_size=500, verbose=0).argmax(axis=1)
    return float(np.mean(labels == dataset.test.y)), wall, cpu


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.recipes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="one epoch: see that it runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    digits, hands = data.load_mnist(), data.load_sign_language()
    letters = partial(convnet_recipe, num_classes=hands.num_classes, changes=HAND_CHANGES)
    recipes: list[tuple[str, Dataset, Recipe, int, int]] = [
        ("dense net, moved images", digits, dense_recipe, 20, DENSE_BATCH),
        ("convolutional net, moved images", digits, convnet_recipe, 12, CONVNET_BATCH),
        ("best recipe", hands, letters, 16, CONVNET_BATCH),
    ]
    table = Table("recipe", "data", "seed", "test accuracy", "seconds", "CPU seconds")
    for name, dataset, recipe, epochs, batch in recipes:
        reached = []
        for seed in arguments.seeds:
            epochs = 1 if arguments.quick else epochs
            accuracy, wall, cpu = train(dataset, recipe, epochs, batch, seed)
            reached.append(accuracy)
            table.add_row(
                name, dataset.name, str(seed), f"{accuracy:.4f}", f"{wall:.0f}", f"{cpu:.0f}"
            )
        if len(reached) > 1:
            low, high = stats.mean_interval(reached)
            mean = f"{np.mean(reached):.4f} ({low:.4f} – {high:.4f})"
            table.add_row(name, dataset.name, "mean, 95% interval", mean, end_section=True)
    console = Console(width=120)
    console.print(describe_machine("tensorflow", "keras"))
    console.print(table)


if __name__ == "__main__":
    main()
