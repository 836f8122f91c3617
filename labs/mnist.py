"""How well does a net read digits, and what do dropout, decay and convolution add?

Topic: practical labs                 Time: ten minutes
Run:   python -m labs.mnist
Quick: python -m labs.mnist --quick
Try:   --training-rows 5000 --convnet-epochs 3    which nets suffer most from fewer rows?
       --learning-rate 0.01                       do the lecture's nets bear ten times the rate?

The lecture's 784-512-512-10 net, with and without dropout and step decay, a dense net and a
convolutional one that get everything a modern recipe offers, and scikit-learn's net of the
same layers. A twelfth of the training rows is held out; the test rows are read once for
each net, after its last epoch.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI, and lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.image_study import ImageStudy, Trained

if TYPE_CHECKING:
    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (512, 512)
SHORT_EPOCHS = 5


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
    training_rows: Annotated[int, AtLeast(1)] | Literal["all"] = "all"
    """Keep so many of the training rows."""
    validation_fraction: Annotated[float, Within(0.05, 0.5)] = 1 / 12
    """Share of the training rows held out."""
    batch_size: Annotated[int, AtLeast(1)] = 128
    """Rows a step of the lecture's nets."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.001
    """Adam's rate for the lecture's nets; Keras's default."""
    seeds: Annotated[int, AtLeast(2)] = 3
    """Nets of the lecture for each published number."""
    dense_epochs: Annotated[int, AtLeast(1)] = 20
    """Passes of the dense nets; the lecture's 20."""
    convnet_epochs: Annotated[int, AtLeast(1)] = 12
    """Passes of the convolutional net, which trains on all training rows."""
    sklearn_epochs: Annotated[int, AtLeast(1)] = 5
    """Passes of MLPClassifier, the slowest net of all."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train the lecture's nets and modern ones, and read the test rows once for each."""
    study = ImageStudy(
        data.load_mnist(config.dataset),
        record,
        validation_fraction=config.validation_fraction,
        training_rows=config.training_rows,
        seed=config.seed,
        batch_size=config.batch_size,
    )
    record.console.print(f"{study.dataset.name}: {len(study.train_part):,} training rows.")
    judge_loss_of_one_hot_labels(record, study, config)

    short, dropout = train_published_nets(study, config)
    plain = study.train(
        "784-512-512-10", build_lecture_net(config, config.seed), config.dense_epochs
    )
    decayed = study.train(
        "with StepDecay",
        build_lecture_net(config, config.seed),
        config.dense_epochs,
        more_callbacks=[callbacks.StepDecay(every=max(1, config.dense_epochs // 3))],
    )
    dense = train_best_dense_net(study, config)
    classifier = study.train_mlp_classifier(
        "MLPClassifier 512-512",
        sklearn.neural_network.MLPClassifier(
            HIDDEN_UNITS,
            batch_size=config.batch_size,
            alpha=0.0,
            learning_rate_init=config.learning_rate,
            random_state=config.seed,
        ),
        config.sklearn_epochs,
    )
    convnet = train_convnet(study, config)
    judge_published(record, short, dropout)
    study.compare(convnet, dense)
    study.compare(plain, classifier)
    study.draw(convnet)
    study.draw_curves([plain, dropout[0], decayed, dense, classifier])
    study.draw_filters(plain)
    study.draw_filters(convnet)
    scores = {net.name: net.result.test_accuracy for net in (plain, decayed, dense, convnet)}
    told = ", ".join(f"{name} {score:.4f}" for name, score in scores.items())
    record.answer(
        f"Test accuracies: {told}, and with dropout {mean_accuracy(dropout):.4f}, the mean of "
        f"{config.seeds} seeds.",
        limits="One seed but for the nets with published numbers; differences of a few thousandths "
        "are chance.",
    )


def build_lecture_net(config: Config, seed: int, dropout: float = 0.0) -> Any:
    """Build the net of the slide; dividing by 255 is its first layer."""
    return models.build_mlp(
        (28, 28),
        HIDDEN_UNITS,
        10,
        scale=1 / 255,
        dropout=dropout,
        optimizer=keras.optimizers.Adam(config.learning_rate),
        seed=seed,
    )


def train_published_nets(study: ImageStudy, config: Config) -> tuple[list[Trained], list[Trained]]:
    """Train the two nets of which accuracies were published, over several seeds."""
    short, dropout = [], []
    for seed in range(config.seed, config.seed + config.seeds):
        epochs = min(SHORT_EPOCHS, config.dense_epochs)
        name = f"{epochs} epochs, seed {seed}"
        short.append(study.train(name, build_lecture_net(config, seed), epochs, seed=seed))
        name = f"dropout {DROPOUT}, seed {seed}"
        net = build_lecture_net(config, seed, DROPOUT)
        dropout.append(study.train(name, net, config.dense_epochs, seed=seed))
    return short, dropout


def train_best_dense_net(study: ImageStudy, config: Config) -> Trained:
    """Train the lecture's layers by a modern recipe."""
    net, augment = models.dense_recipe(len(study.train_part), config.dense_epochs, config.seed)
    return study.train("dense, moved images", net, config.dense_epochs, augment=augment)


def train_convnet(study: ImageStudy, config: Config) -> Trained:
    """Train a convolutional net by the same recipe, on the validation rows too."""
    rows = len(study.train_part) + len(study.validation)
    net, augment = models.convnet_recipe(rows, config.convnet_epochs, config.seed)
    return study.train(
        "convnet",
        net,
        config.convnet_epochs,
        batch_size=models.CONVNET_BATCH,
        augment=augment,
        on_all_rows=True,
    )


def mean_accuracy(nets: list[Trained]) -> float:
    """Return the mean test accuracy of some nets."""
    return float(np.mean([net.result.test_accuracy for net in nets]))


def judge_loss_of_one_hot_labels(record: RunRecord, study: ImageStudy, config: Config) -> None:
    """Judge that one-hot labels and integers give one loss, as the lecture's table implies."""
    part = study.train_part.take(np.arange(min(1000, len(study.train_part))))
    losses = []
    for one_hot in (True, False):
        net = build_lecture_net(config, study.seed)
        loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
        net.compile(optimizer="adam", loss=loss)
        y = np.eye(10, dtype="float32")[part.y] if one_hot else part.y
        history = models.fit(net, part.x, y, epochs=2, seed=study.seed).history
        losses.append(history["loss"])
    record.judge(
        "C-one-hot",
        losses[0],
        right=losses[1],
        how=f"Two epochs on {len(part):,} rows from the same weights in the same order.",
    )


def judge_published(record: RunRecord, short: list[Trained], dropout: list[Trained]) -> None:
    """Judge the test accuracies that were published for the lecture's net."""

    def judge(id: str, nets: list[Trained]) -> None:
        accuracies = np.array([net.result.test_accuracy for net in nets], dtype=float)
        record.judge(
            id,
            accuracies,
            how=f"Mean of {len(nets)} seeds, {accuracies.min():.4f} to {accuracies.max():.4f}, "
            "trained on 11 of 12 training rows.",
        )

    judge("D-5-epochs", short)
    judge("D-dropout", dropout)


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
