"""How well does a net read digits, and what do dropout, decay and convolution add?

Topic: practical labs                 Time: twenty minutes
Run:   python -m labs.mnist
Quick: python -m labs.mnist --quick
Try:   --training-rows 5000 --convnet-epochs 3    which nets suffer most from fewer rows?
       --learning-rate 0.01                       do the lecture's nets bear ten times the rate?

The lecture's 784-512-512-10 net, with and without dropout and step decay, a dense net and a
convolutional one that get everything a modern recipe offers, and scikit-learn's net of the
same layers. A twelfth of the training rows is held out; the test rows are read once for
each net, after its last epoch. A run that was interrupted goes on with `--resume`.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI, and lecture D, Deep Learning 모델 학습법 (course notes, day 55),
Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data, stats
from labs.running import Above, AtLeast, AtMost, ResumableConfig, Within, lab
from labs.studies.image_study import ImageStudy, Trained, file_name

if TYPE_CHECKING:
    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (512, 512)
DROPOUT = 0.2
SHORT, PLAIN, DROPPED, DECAYED = "short", "plain", "dropout", "StepDecay"
FORMATS = {
    "test accuracy": ".4f",
    "95% interval": ".4f",
    "added": "+.4f",
    "its 95% interval": "+.4f",
}


@dataclass(frozen=True)
class Config(ResumableConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {
        "training_rows": 2000,
        "seeds": 2,
        "short_epochs": 1,
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
    seeds: Annotated[int, AtLeast(2)] = 5
    """Nets of the lecture of each kind."""
    short_epochs: Annotated[int, AtLeast(1)] = 5
    """Passes of its short nets."""
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

    nets = train_lecture_nets(study, config)
    short, plain, dropout = (nets[name] for name in (SHORT, PLAIN, DROPPED))
    record.add_table("added", tabulate_added(nets), formats=FORMATS)
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
    record.recommend(file_name(convnet.name))
    if config.sklearn_epochs == config.short_epochs:
        study.compare(short, [classifier])
    record.compare("mnist-5-epochs", mean_accuracy(short), how=describe_seeds(short))
    record.compare("mnist-dropout", mean_accuracy(dropout), how=describe_seeds(dropout))
    study.draw(convnet)
    study.draw_curves([plain[0], dropout[0], nets[DECAYED][0], dense, classifier])
    study.draw_filters(plain[0])
    study.draw_filters(convnet)
    told = ", ".join(f"{name} {mean_accuracy(own):.4f}" for name, own in nets.items())
    record.answer(
        f"Mean test accuracies of {config.seeds} nets each: {told}. One net each, with moved "
        f"images: dense {dense.result.test_accuracy:.4f}, convolutional, on all training rows, "
        f"{convnet.result.test_accuracy:.4f}.",
        limits="Nets of unlike rows or epochs are not compared; of the nets that stand alone, "
        "differences of a few thousandths are chance.",
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


def train_lecture_nets(study: ImageStudy, config: Config) -> dict[str, list[Trained]]:
    """Train the net of the slide shortly, long, with dropout, with decay, from the same seeds."""

    def train(
        name: str,
        epochs: int,
        dropout: float = 0.0,
        decayed: bool = False,
        scripted: bool = False,
    ) -> list[Trained]:
        decay = [callbacks.StepDecay(every=max(1, epochs // 3))] if decayed else []
        return [
            study.train(
                f"{name}, seed {seed}",
                build_lecture_net(config, seed, dropout),
                epochs,
                more_callbacks=decay,
                seed=seed,
                as_keras=scripted and seed == config.seed,
            )
            for seed in range(config.seed, config.seed + config.seeds)
        ]

    return {
        SHORT: train(f"short, {config.short_epochs} epochs", config.short_epochs, scripted=True),
        PLAIN: train(f"{config.dense_epochs} epochs", config.dense_epochs),
        DROPPED: train(f"dropout {DROPOUT}", config.dense_epochs, dropout=DROPOUT),
        DECAYED: train("StepDecay", config.dense_epochs, decayed=True),
    }


def tabulate_added(nets: Mapping[str, Sequence[Trained]]) -> list[dict[str, Any]]:
    """Set each kind against the plain nets of as many epochs, paired by seed."""
    accuracies = {
        name: np.array([net.result.test_accuracy for net in own]) for name, own in nets.items()
    }
    rows = []
    for name, own in accuracies.items():
        row: dict[str, Any] = {"net": name, "nets": len(own), "test accuracy": own.mean()}
        row["95% interval"] = stats.mean_interval(own)
        if name in (DROPPED, DECAYED):
            added = own - accuracies[PLAIN]
            row |= {"added": added.mean(), "its 95% interval": stats.mean_interval(added)}
        rows.append(row)
    return rows


def describe_seeds(nets: Sequence[Trained]) -> str:
    """Say how many nets there are, and how far they lie apart."""
    accuracies = [net.result.test_accuracy or 0.0 for net in nets]
    return (
        f"That is the mean of {len(nets)} seeds, {min(accuracies):.4f} to {max(accuracies):.4f}, "
        "trained on 11 of 12 training rows."
    )


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


def mean_accuracy(nets: Sequence[Trained]) -> float:
    """Return the mean test accuracy of some nets."""
    return float(np.mean([net.result.test_accuracy for net in nets]))


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
