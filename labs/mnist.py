"""How well does a net read digits, and what do dropout, decay and convolution add?

Run:   python -m labs.mnist           about 7.5 minutes on 2 cores
Smoke: python -m labs.mnist --quick   under 30 s

The lecture's 784-512-512-10 net, with and without dropout and step decay, a dense net and a
convolutional one that get everything a modern recipe offers, and scikit-learn's net of the
same layers. A twelfth of the training rows is held out; the test rows are read once for
each net, after its last epoch.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI, and lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import lazy_loader
import numpy as np
from rich.console import Console

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from labs.image_study import ImageStudy, Trained

if TYPE_CHECKING:
    import keras

    from labs.results import Claim, RunRecord

sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (512, 512)
SHORT_EPOCHS = 5
DENSE_BATCH = 128
CONVNET_BATCH = 64
DROPOUT = 0.2


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {
        "training_rows": 2000,
        "seeds": 2,
        "dense_epochs": 2,
        "convnet_epochs": 1,
        "sklearn_epochs": 1,
    }

    dataset: Literal["auto", "mnist", "digits"] = "auto"
    """MNIST, scikit-learn's 8×8 digits enlarged, or the first of them that can be had."""
    training_rows: int = 0
    """Keep so many of the training rows; 0 keeps all."""
    validation_fraction: float = 1 / 12
    """Share of the training rows held out."""
    batch_size: int = DENSE_BATCH
    """Rows a step of the lecture's nets."""
    seeds: int = 3
    """Nets of the lecture for each published number, at least 2."""
    dense_epochs: int = 20
    """Passes of the dense nets; the lecture's 20."""
    convnet_epochs: int = 12
    """Passes of the convolutional net, which trains on all training rows."""
    sklearn_epochs: int = 5
    """Passes of MLPClassifier, the slowest net of all."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("training_rows", self.training_rows >= 0, "0 or more")
        self.require("validation_fraction", 0.05 <= self.validation_fraction <= 0.5, "0.05 to 0.5")
        self.require("seeds", self.seeds >= 2, "2 or more")
        for setting in ("batch_size", "dense_epochs", "convnet_epochs", "sklearn_epochs"):
            self.require(setting, getattr(self, setting) >= 1, "1 or more")


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    console = Console()
    study = ImageStudy(
        data.load_mnist(config.dataset),
        record,
        validation_fraction=config.validation_fraction,
        training_rows=config.training_rows,
        seed=config.seed,
        batch_size=config.batch_size,
    )
    console.print(f"{study.dataset.name}: {estimate(study, config)}")
    record.add_claims(check_loss_of_one_hot_labels(study))

    short, dropout = train_published_nets(study, config)
    plain = study.train("784-512-512-10", build_lecture_net(config.seed), config.dense_epochs)
    decayed = study.train(
        "with StepDecay",
        build_lecture_net(config.seed),
        config.dense_epochs,
        more_callbacks=[callbacks.StepDecay(every=max(1, config.dense_epochs // 3))],
    )
    dense = train_best_dense_net(study, config)
    classifier = study.train_mlp_classifier(
        "MLPClassifier 512-512",
        sklearn.neural_network.MLPClassifier(
            HIDDEN_UNITS, batch_size=config.batch_size, alpha=0.0, random_state=config.seed
        ),
        config.sklearn_epochs,
    )
    convnet = train_convnet(study, config)

    if study.dataset.name == "MNIST" and not config.training_rows:
        record.add_claims(*check_published(short, dropout, config))
    study.compare(convnet, dense)
    study.compare(plain, classifier)
    study.draw(convnet)
    study.draw_curves([plain, dropout[0], decayed, dense, classifier, convnet])
    study.draw_filters(plain)
    study.draw_filters(convnet)


def estimate(study: ImageStudy, config: Config) -> str:
    """Say how long the lab will take, from measured seconds on 2 cores."""
    nets = (config.seeds + 3) * config.dense_epochs + config.seeds * SHORT_EPOCHS
    per_row = 2.6e-5 * nets + 4.0e-4 * config.convnet_epochs + 2.4e-4 * config.sklearn_epochs
    minutes = (20 + len(study.train_part) * per_row) / 60
    return f"{len(study.train_part):,} training rows, about {minutes:.0f} minutes on 2 cores."


def build_lecture_net(seed: int, dropout: float = 0.0) -> keras.Model:
    """Build the net of the slide; dividing by 255 is its first layer."""
    return models.build_mlp((28, 28), HIDDEN_UNITS, 10, scale=1 / 255, dropout=dropout, seed=seed)


def train_published_nets(study: ImageStudy, config: Config) -> tuple[list[Trained], list[Trained]]:
    """Train the two nets of which accuracies were published, over several seeds."""
    short, dropout = [], []
    for seed in range(config.seed, config.seed + config.seeds):
        epochs = min(SHORT_EPOCHS, config.dense_epochs)
        name = f"{epochs} epochs, seed {seed}"
        short.append(study.train(name, build_lecture_net(seed), epochs, seed=seed))
        name = f"dropout {DROPOUT}, seed {seed}"
        net = build_lecture_net(seed, DROPOUT)
        dropout.append(study.train(name, net, config.dense_epochs, seed=seed))
    return short, dropout


def train_best_dense_net(study: ImageStudy, config: Config) -> Trained:
    """Train the lecture's layers by a modern recipe."""
    net, augment = dense_recipe(len(study.train_part), config.dense_epochs, config.seed)
    return study.train("dense, moved images", net, config.dense_epochs, augment=augment)


def train_convnet(study: ImageStudy, config: Config) -> Trained:
    """Train a convolutional net by the same recipe, on the validation rows too."""
    rows = len(study.train_part) + len(study.validation)
    net, augment = convnet_recipe(rows, config.convnet_epochs, config.seed)
    return study.train(
        "convnet",
        net,
        config.convnet_epochs,
        batch_size=CONVNET_BATCH,
        augment=augment,
        on_all_rows=True,
    )


def dense_recipe(rows: int, epochs: int, seed: int) -> tuple[keras.Model, models.RandomChanges]:
    """Return the lecture's layers with a rate that rises and falls, and what moves its images.

    Args:
        rows: Training rows, in batches of `DENSE_BATCH`.
        epochs: Passes over them; the rate falls to zero in the last one.
        seed: Seed of the weights and of the augmentation.
    """
    steps = -(-rows // DENSE_BATCH) * epochs
    optimizer = models.one_cycle_adamw(2e-3, steps)
    net = models.build_mlp(
        (28, 28), HIDDEN_UNITS, 10, scale=1 / 255, optimizer=optimizer, seed=seed
    )
    return net, models.RandomChanges(shift=2, rotation=10, zoom=0.1, seed=seed)


def convnet_recipe(rows: int, epochs: int, seed: int) -> tuple[keras.Model, models.RandomChanges]:
    """Return a convolutional net likewise; batches of `CONVNET_BATCH`."""
    steps = -(-rows // CONVNET_BATCH) * epochs
    optimizer = models.one_cycle_adamw(1e-2, steps)
    net = models.build_convnet((28, 28), 10, optimizer=optimizer, seed=seed)
    return net, models.RandomChanges(shift=2, rotation=10, zoom=0.1, seed=seed)


def check_loss_of_one_hot_labels(study: ImageStudy) -> Claim:
    """Check that one-hot labels and integers give one loss, as the lecture's table implies."""
    part = study.train_part.take(np.arange(min(1000, len(study.train_part))))
    losses = []
    for one_hot in (True, False):
        net = build_lecture_net(study.seed)
        loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
        net.compile(optimizer="adam", loss=loss)
        y = np.eye(10, dtype="float32")[part.y] if one_hot else part.y
        history = models.fit(net, part.x, y, epochs=2, seed=study.seed).history
        losses.append(history["loss"])
    return results.judge_formula(
        "C-one-hot",
        "Categorical cross-entropy for one-hot labels, sparse for integers.",
        published="the same loss",
        slide_value=losses[0],
        right_value=losses[1],
        note=f"Two epochs on {len(part):,} rows from the same weights in the same order.",
    )


def check_published(
    short: list[Trained], dropout: list[Trained], config: Config
) -> Iterator[Claim]:
    """Check the test accuracies that were published for the lecture's net."""
    published = {
        "D-5-epochs": (f"{SHORT_EPOCHS} epochs without dropout", "97.6–98.2%", short),
        "D-dropout": (f"{config.dense_epochs} epochs with dropout .2", "98.40%", dropout),
    }
    for name, (what, printed, nets) in published.items():
        accuracies = np.array([net.result.test_accuracy for net in nets], dtype=float)
        yield results.judge(
            name,
            f"784-512-512-10 net, {what}: test accuracy.",
            published=printed,
            measured=float(accuracies.mean()),
            note=f"Mean of {len(nets)} seeds, {accuracies.min():.4f} to {accuracies.max():.4f}, "
            "trained on 11 of 12 training rows.",
            mean_interval=results.mean_interval(accuracies),
            prediction_interval=results.prediction_interval(accuracies),
        )


if __name__ == "__main__":
    run_lab(run, Config, __doc__)
